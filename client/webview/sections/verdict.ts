import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, nothing, type TemplateResult } from 'lit';
import type { PanelMemory } from '../../../server/src/protocol/panel.ts';
import type { PanelActions } from '../actions.ts';
import { gib, gibRange, roundGibRange } from '../gib-format.ts';

/** The headline: whether it fits, by how much, and how well that is known. */
export function verdictLine(memory: PanelMemory, actions: PanelActions): TemplateResult {
  const { word, rest } = headline(memory);
  return html`
    <p class="verdict">
      <strong class="headline"><span class="word ${memory.verdict}">${word}</span> ${rest}</strong>
      <span class="dim">${detail(memory)}</span>
      ${memory.capacityBytes === undefined ? chooseGpu(actions) : nothing}
    </p>
  `;
}

/** The headline as one sentence, for screen readers. */
export function verdictSentence(memory: PanelMemory): string {
  const { word, rest } = headline(memory);
  return `${word} ${rest}.`;
}

function headline(memory: PanelMemory): { readonly word: string; readonly rest: string } {
  const { lowBytes, highBytes, capacityBytes: capacity } = memory;
  if (capacity === undefined) return { word: 'Needs', rest: `${gibRange(lowBytes, highBytes)} on each GPU` };
  switch (memory.verdict) {
    case 'exceeds':
      return { word: 'Exceeds', rest: `by ${roundGibRange(lowBytes - capacity, highBytes - capacity)}` };
    case 'tight':
      return { word: 'Tight:', rest: `from ${gib(capacity - lowBytes)} to spare to ${gib(highBytes - capacity)} over` };
    case 'fits':
      return { word: 'Fits', rest: `with ${roundGibRange(capacity - highBytes, capacity - lowBytes)} to spare` };
    case 'unknown':
      return { word: 'Unknown', rest: 'whether it fits' };
    default:
      return memory.verdict satisfies never;
  }
}

function detail(memory: PanelMemory): string {
  const need =
    memory.capacityBytes === undefined
      ? []
      : [
          `needs ${gibRange(memory.lowBytes, memory.highBytes).replace(' GiB', '')} of ${gib(memory.capacityBytes)} on each GPU`,
        ];
  return [...need, `peak during ${memory.peakPhase}`, memory.regimeNote.replace(/\.$/, '')].join(' · ');
}

function chooseGpu(actions: PanelActions): TemplateResult {
  return html`<vscode-button @click=${() => actions.chooseHardware()}>Choose a GPU to compare with</vscode-button>`;
}
