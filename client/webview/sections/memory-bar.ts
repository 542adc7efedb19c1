import { html, nothing, svg, type TemplateResult } from 'lit';
import type { PanelMemory } from '../../../server/src/protocol/panel.ts';
import { gib, gibRange } from '../gib-format.ts';
import { termClass } from '../term-colour.ts';

/** Free space at the right, as a share of the largest figure, so that the last marker is not cut off. */
const MARGIN = 1.06;

/** Every term at the peak in one stacked bar against the card's capacity, with the range of the estimate over it. */
export function memoryBar(memory: PanelMemory): TemplateResult {
  const largest = Math.max(memory.capacityBytes ?? 0, memory.highBytes) * MARGIN;
  const percent = (bytes: number) => `${((100 * bytes) / largest).toFixed(3)}%`;
  let end = 0;
  const segments = memory.terms
    .filter((term) => term.atPeak)
    .map((term) => {
      const start = end;
      end += term.bytes;
      return svg`<rect class="term ${termClass(term.name)}" x=${percent(start)} y="8" width=${percent(term.bytes)} height="26"><title>${term.name} ${gib(term.bytes)}</title></rect>`;
    });
  return html`
    <svg class="bar" width="100%" height="54" role="img" aria-label=${barText(memory)}>
      <rect class="track" x="0" y="8" width="100%" height="26" rx="2"></rect>
      ${memory.capacityBytes === undefined ? nothing : overZone(memory.capacityBytes, largest, percent)}
      ${segments}
      ${range(memory, percent)}
      ${memory.capacityBytes === undefined ? nothing : capacityMark(memory.capacityBytes, largest, percent)}
    </svg>
  `;
}

type Percent = (bytes: number) => string;

function overZone(capacityBytes: number, largest: number, percent: Percent): TemplateResult<2> {
  return svg`<rect class="over" x=${percent(capacityBytes)} y="8" width=${percent(largest - capacityBytes)} height="26"></rect>`;
}

function range({ lowBytes, highBytes }: PanelMemory, percent: Percent): TemplateResult<2> {
  const [low, high] = [percent(lowBytes), percent(highBytes)];
  const whisker = (name: string) => svg`<g class=${name}>
    <line x1=${low} x2=${high} y1="21" y2="21"></line>
    <line x1=${low} x2=${low} y1="16" y2="26"></line>
    <line x1=${high} x2=${high} y1="16" y2="26"></line>
  </g>`;
  return svg`<g>${whisker('halo')}${whisker('whisker')}<title>Estimate ${gibRange(lowBytes, highBytes)}</title></g>`;
}

function capacityMark(capacityBytes: number, largest: number, percent: Percent): TemplateResult<2> {
  const anchor = capacityBytes / largest > 0.25 ? 'end' : 'start';
  return svg`
    <line class="capacity" x1=${percent(capacityBytes)} x2=${percent(capacityBytes)} y1="2" y2="40"></line>
    <text class="label" x=${percent(capacityBytes)} y="52" text-anchor=${anchor}>${gib(capacityBytes)} on the GPU</text>
  `;
}

function barText(memory: PanelMemory): string {
  const parts = memory.terms.filter((term) => term.atPeak).map((term) => `${term.name} ${gib(term.bytes)}`);
  const capacity = memory.capacityBytes === undefined ? '' : ` of ${gib(memory.capacityBytes)}`;
  return `Memory at the peak: ${gib(memory.expectedBytes)}${capacity}, estimated ${gibRange(memory.lowBytes, memory.highBytes)}. ${parts.join(', ')}.`;
}
