import { html, nothing, type TemplateResult } from 'lit';
import type { PanelMemory } from '../../../server/src/protocol/panel.ts';

/** What the estimate had to assume. */
export function notesSection(memory: PanelMemory): TemplateResult | typeof nothing {
  if (memory.assumptions.length === 0) return nothing;
  return html`
    <section class="notes" aria-labelledby="notes-title">
      <h2 id="notes-title">Assumed</h2>
      <ul class="plain dim">
        ${memory.assumptions.map((assumption) => html`<li>${assumption}</li>`)}
      </ul>
    </section>
  `;
}
