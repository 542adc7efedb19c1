import { html, nothing, type TemplateResult } from 'lit';
import type { PanelState } from '../../../server/src/protocol/panel.ts';
import type { PanelActions } from '../actions.ts';
import { gib } from '../gib-format.ts';
import { driverLink } from './driver-link.ts';

/** What the file does not say and nothing else does: without it there is no estimate, and none is guessed. */
export function missingSection(state: PanelState, actions: PanelActions): TemplateResult | typeof nothing {
  if (state.missing.length === 0) return nothing;
  const asksHardware = state.hardware !== undefined && !state.hardware.known;
  return html`
    <section class="missing" aria-labelledby="missing-title">
      <h2 id="missing-title">${state.memory === undefined ? 'No estimate without' : 'Not known'}</h2>
      <ul>
        ${state.missing.map((driver) => html`<li>${driverLink(driver, actions)} <span class="dim">${driver.origin}</span></li>`)}
      </ul>
      ${leastLine(state)}
      ${asksHardware ? html`<vscode-button @click=${() => actions.chooseHardware()}>Choose hardware</vscode-button>` : nothing}
    </section>
  `;
}

function leastLine({ least }: PanelState): TemplateResult | typeof nothing {
  if (least === undefined) return nothing;
  const card = least.capacityBytes === undefined ? '' : ` of ${gib(least.capacityBytes)}`;
  return html`<p>At least ${gib(least.bytes)}${card} on each GPU, whatever a pass holds.</p>`;
}
