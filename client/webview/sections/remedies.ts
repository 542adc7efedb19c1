import { html, nothing, type TemplateResult } from 'lit';
import type { PanelRemedy, PanelState } from '../../../server/src/protocol/panel.ts';
import type { PanelActions } from '../actions.ts';
import { gib } from '../gib-format.ts';

/** Edits already computed to fit; a click tries one. */
export function remediesSection(state: PanelState, actions: PanelActions): TemplateResult | typeof nothing {
  if (state.remedies.length === 0) return nothing;
  return html`
    <section class="remedies" aria-labelledby="remedies-title">
      <h2 id="remedies-title">What would fit</h2>
      <ul>
        ${state.remedies.map((remedy) => html`<li>${remedyButton(remedy, actions)}</li>`)}
      </ul>
    </section>
  `;
}

function remedyButton(remedy: PanelRemedy, actions: PanelActions): TemplateResult {
  return html`
    <button class="remedy" title="Try this" @click=${() => actions.tryAll(remedy.whatIf)}>
      <span>${remedy.title} <span class="dim">${remedy.note}</span></span>
      <span class="figure">${gib(remedy.expectedBytes)}</span>
    </button>
  `;
}
