import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { PanelControl, PanelState, WhatIf } from '../../../server/src/protocol/panel.ts';
import type { PanelActions } from '../actions.ts';
import { gibNumber } from '../gib-format.ts';
import { differences, isEmpty, shownValue, valueLabel } from '../what-if.ts';

type NumberControl = Extract<PanelControl, { kind: 'number' }>;
type ChoiceControl = Extract<PanelControl, { kind: 'choice' }>;
type InputEvent = Event & { readonly target: HTMLInputElement };

interface Trial {
  readonly wanted: WhatIf;
  /** What the last Apply did; empty when there is nothing to say. */
  readonly notice: string;
}

/** The what-if controls, the difference from the file, and the way to write it. */
export function tryItSection(
  state: PanelState,
  { wanted, notice }: Trial,
  actions: PanelActions,
): TemplateResult | typeof nothing {
  if (state.controls.length === 0) return nothing;
  return html`
    <section class="try" aria-labelledby="try-title">
      <h2 id="try-title">Try it</h2>
      <div class="controls">
        ${state.controls.map((control) => controlRow(control, shownValue(control, state, wanted), actions))}
      </div>
      ${isEmpty(wanted) ? nothing : difference(state, wanted, actions)}
      <p class="notice dim" role="status">${notice}</p>
    </section>
  `;
}

function controlRow(control: PanelControl, value: string | number | undefined, actions: PanelActions): TemplateResult {
  const id = `control-${control.field.replaceAll('.', '-')}`;
  const changed = value !== control.fileValue;
  const hint = control.writable ? '' : 'Can be tried here; the file has no key for it.';
  return html`
    <label for=${id} title=${hint} class=${changed ? 'changed' : ''}>
      ${control.label}${changed ? html` <del class="dim" aria-hidden="true">${valueLabel(control, control.fileValue)}</del>` : nothing}
    </label>
    ${
      control.kind === 'number'
        ? numberInputs(control, typeof value === 'number' ? value : undefined, { id, actions })
        : choiceInput(control, typeof value === 'string' ? value : undefined, { id, actions })
    }
  `;
}

interface Row {
  readonly id: string;
  readonly actions: PanelActions;
}

function numberInputs(control: NumberControl, value: number | undefined, { id, actions }: Row): TemplateResult {
  const stops = control.stops;
  const typed = (event: InputEvent) => {
    const entered = event.target.valueAsNumber;
    if (Number.isInteger(entered) && entered > 0) actions.change(control, entered);
    else event.target.value = value === undefined ? '' : String(value);
  };
  const slider = html`<input
    type="range"
    min="0"
    max=${stops.length - 1}
    step="1"
    aria-label=${control.label}
    aria-valuetext=${valueLabel(control, value)}
    .value=${live(String(nearestStop(stops, value)))}
    @input=${(event: InputEvent) => {
      const stop = stops[event.target.valueAsNumber];
      if (stop !== undefined) actions.change(control, stop);
    }}
  />`;
  return html`
    ${stops.length < 2 ? nothing : slider}
    <input
      id=${id}
      class=${stops.length < 2 ? 'alone' : ''}
      type="number"
      min="1"
      step="1"
      title=${control.unit ?? ''}
      .value=${live(value === undefined ? '' : String(value))}
      @change=${typed}
    />
  `;
}

/** The slider's position for a value between two stops is the lower one. */
function nearestStop(stops: readonly number[], value: number | undefined): number {
  if (value === undefined) return 0;
  return Math.max(
    0,
    stops.findLastIndex((stop) => stop <= value),
  );
}

function choiceInput(control: ChoiceControl, value: string | undefined, { id, actions }: Row): TemplateResult {
  const known = control.options.some((option) => option.value === value);
  return html`
    <select
      id=${id}
      .value=${live(value ?? '')}
      @change=${(event: Event & { readonly target: HTMLSelectElement }) => actions.change(control, event.target.value)}
    >
      ${known ? nothing : html`<option value=${value ?? ''} selected disabled>${value ?? 'not set'}</option>`}
      ${control.options.map(
        (option) => html`<option value=${option.value} ?selected=${option.value === value}>${option.label}</option>`,
      )}
    </select>
  `;
}

function difference(state: PanelState, wanted: WhatIf, actions: PanelActions): TemplateResult {
  const changes = differences(state, wanted);
  const count = state.applicableChanges;
  const unwritten = changes.filter((change) => !change.writable).map((change) => change.label);
  return html`
    <div class="difference">
      <ul class="plain">
        ${changes.map((change) => html`<li>${change.label} <del class="dim">${change.from}</del> → <ins>${change.to}</ins></li>`)}
      </ul>
      <div class="buttons">
        <vscode-button ?disabled=${count === 0} @click=${() => actions.apply()}>Apply to ${state.fileName}</vscode-button>
        <vscode-button secondary @click=${() => actions.reset()}>Reset</vscode-button>
        <span class="dim">${countText(count)}${memoryChange(state)}</span>
      </div>
      ${unwritten.length === 0 || count === 0 ? nothing : html`<p class="small dim">${unwritten.join(', ')}: tried here only, the file has no key for it.</p>`}
    </div>
  `;
}

function countText(count: number): string {
  if (count === 0) return 'The file has no key for this';
  return count === 1 ? '1 change' : `${count} changes`;
}

function memoryChange({ memory, fileMemory }: PanelState): string {
  if (memory === undefined || fileMemory === undefined) return '';
  return ` · ${gibNumber(fileMemory.expectedBytes)} → ${gibNumber(memory.expectedBytes)} GiB`;
}
