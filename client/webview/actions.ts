import type { PanelControl, PanelPlace, WhatIf } from '../../server/src/protocol/panel.ts';

/** What a section can ask for. */
export interface PanelActions {
  /** Tries one value of a control; the file's own value takes the change back. */
  change(control: PanelControl, value: string | number): void;
  /** Adds several changes at once to those being tried. */
  tryAll(changes: WhatIf): void;
  reset(): void;
  apply(): void;
  open(place: PanelPlace): void;
  chooseHardware(): void;
  showPlan(plan: string): void;
}
