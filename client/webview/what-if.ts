import type { PanelControl, PanelState, WhatIf } from '../../server/src/protocol/panel.ts';

/** The field that the memory curve and its points stand for. */
export const MICRO_BATCH = 'batch.micro';

/** The changes with one more: a value equal to the file's takes its field out. */
export function withChange(whatIf: WhatIf, control: PanelControl, value: string | number): WhatIf {
  const rest = Object.entries(whatIf).filter(([field]) => field !== control.field);
  if (value !== control.fileValue) rest.push([control.field, value]);
  return Object.fromEntries(rest);
}

/** What a control shows: the value just chosen, before the state that takes it in has arrived. */
export function shownValue(control: PanelControl, state: PanelState, wanted: WhatIf): string | number | undefined {
  const chosen = wanted[control.field];
  if (typeof chosen === 'string' || typeof chosen === 'number') return chosen;
  const takenBack = control.field in state.whatIf && !(control.field in wanted);
  return takenBack ? control.fileValue : control.value;
}

export function isEmpty(whatIf: WhatIf): boolean {
  return Object.keys(whatIf).length === 0;
}

export interface Difference {
  readonly label: string;
  readonly from: string;
  readonly to: string;
  readonly writable: boolean;
}

/** The tried changes in words, in the order of the controls; fields without a control come last under their own name. */
export function differences(state: PanelState, wanted: WhatIf): readonly Difference[] {
  const fields = new Set(Object.keys(wanted));
  const named = state.controls
    .filter((control) => fields.delete(control.field))
    .map((control) => ({
      label: control.label,
      from: valueLabel(control, control.fileValue),
      to: valueLabel(control, shownValue(control, state, wanted)),
      writable: control.writable,
    }));
  const unnamed = [...fields].map((field) => ({
    label: field,
    from: 'as in the file',
    to: wanted[field] === null ? 'unset' : String(wanted[field]),
    writable: true,
  }));
  return [...named, ...unnamed];
}

/** A control's value as people read it. */
export function valueLabel(control: PanelControl, value: string | number | undefined): string {
  if (value === undefined) return 'not set';
  if (typeof value === 'number') return value.toLocaleString('en-US');
  const option = control.kind === 'choice' ? control.options.find((choice) => choice.value === value) : undefined;
  return option?.label ?? value;
}
