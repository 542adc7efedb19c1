import { html, nothing, type TemplateResult } from 'lit';
import type { PanelMemory, PanelTerm } from '../../../server/src/protocol/panel.ts';
import type { PanelActions } from '../actions.ts';
import { gib } from '../gib-format.ts';
import { termClass } from '../term-colour.ts';
import { driverLinks } from './driver-link.ts';

/** The bar's legend: each term, the keys that drive it, its size. */
export function termsSection(memory: PanelMemory, actions: PanelActions): TemplateResult {
  const total = html`<tr class="total"><th scope="row">expected at the peak</th><td>${gib(memory.expectedBytes)}</td></tr>`;
  return html`
    <section class="terms" aria-labelledby="terms-title">
      <h2 id="terms-title">What it is made of</h2>
      <table>
        <tbody>
          ${memory.terms.map((term) => termRow(term, actions))} ${total}
          ${memory.hostBytes === 0 ? nothing : hostRow(memory.hostBytes)}
        </tbody>
      </table>
    </section>
  `;
}

function termRow(term: PanelTerm, actions: PanelActions): TemplateResult {
  const swatch = html`<svg class="swatch" width="9" height="9" aria-hidden="true"><rect class="term ${termClass(term.name)}" width="9" height="9" rx="2"></rect></svg>`;
  return html`
    <tr class=${term.atPeak ? '' : 'dim'}>
      <th scope="row">
        ${term.atPeak ? swatch : nothing}${term.name}
        <div class="small">${term.atPeak ? nothing : 'not live at the peak · '}${driverLinks(term.drivers, actions)}</div>
      </th>
      <td>${gib(term.bytes)}</td>
    </tr>
  `;
}

function hostRow(hostBytes: number): TemplateResult {
  return html`<tr class="dim"><th scope="row">offloaded to host memory, for each GPU</th><td>${gib(hostBytes)}</td></tr>`;
}
