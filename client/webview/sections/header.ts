import { html, nothing, type TemplateResult } from 'lit';
import type { PanelState } from '../../../server/src/protocol/panel.ts';
import type { PanelActions } from '../actions.ts';

/** File, what it trains, on what, in which steps. */
export function headerSection(state: PanelState, actions: PanelActions): TemplateResult {
  const about = [state.framework, state.summary].filter((part) => part !== undefined).join(' · ');
  return html`
    <header>
      <h1>${state.fileName}</h1>
      ${planPicker(state, actions)}
      ${about === '' ? nothing : html`<span class="dim">${about}</span>`}
      ${hardwareChip(state, actions)}
      ${state.batch === undefined ? nothing : html`<span class="chip">${state.batch}</span>`}
    </header>
  `;
}

function planPicker(state: PanelState, actions: PanelActions): TemplateResult | typeof nothing {
  if (state.plans.length < 2) return nothing;
  return html`
    <select
      aria-label="Plan in this file"
      .value=${state.plan ?? ''}
      @change=${(event: Event & { readonly target: HTMLSelectElement }) => actions.showPlan(event.target.value)}
    >
      ${state.plans.map((plan) => html`<option value=${plan} ?selected=${plan === state.plan}>${plan}</option>`)}
    </select>
  `;
}

function hardwareChip(state: PanelState, actions: PanelActions): TemplateResult | typeof nothing {
  const { hardware } = state;
  if (state.framework === undefined || hardware === undefined) return nothing;
  return html`
    <button
      class="chip ${hardware.known ? '' : 'asks'}"
      title="Choose the GPU and how many"
      aria-label="Hardware: ${hardware.label}, ${hardware.origin}. Choose another."
      @click=${() => actions.chooseHardware()}
    >
      ${hardware.label} <span class="dim">· ${hardware.origin}</span>
    </button>
  `;
}
