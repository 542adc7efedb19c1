import { scaleLinear } from 'd3-scale';
import { html, nothing, svg, type TemplateResult } from 'lit';
import type { PanelMemory, PanelPhase } from '../../../server/src/protocol/panel.ts';
import { gib, gibNumber } from '../gib-format.ts';

const HEIGHT = 112;
const FLOOR = 78;
const GAP = 4;

/** How memory moves through a step, with the phase of the peak marked. */
export function phasesSection(memory: PanelMemory): TemplateResult | typeof nothing {
  if (memory.phases.length === 0) return nothing;
  return html`
    <section class="phases" aria-labelledby="phases-title">
      <h2 id="phases-title">Where the peak is</h2>
      <batchwise-chart .draw=${(width: number) => drawPhases(memory, width)}></batchwise-chart>
      ${phaseTable(memory.phases)}
    </section>
  `;
}

function drawPhases(memory: PanelMemory, width: number): TemplateResult {
  const highest = Math.max(...memory.phases.map((phase) => phase.peakBytes));
  // Phases are what the allocator holds; the context and what it keeps in reserve lie under all of them.
  const beneath = Math.max(0, memory.expectedBytes - highest);
  const y = scaleLinear()
    .domain([0, Math.max(memory.capacityBytes ?? 0, highest + beneath) * 1.04])
    .range([FLOOR, 6]);
  const column = width / memory.phases.length;
  return html`
    <svg width=${width} height=${HEIGHT} role="img" aria-label=${phasesText(memory)}>
      ${memory.phases.map((phase, index) => {
        const [left, right] = [index * column + GAP / 2, (index + 1) * column - GAP / 2];
        const middle = (left + right) / 2;
        const at = (bytes: number) => y(bytes + beneath);
        const outline = `M${left} ${FLOOR}V${at(phase.startBytes)}L${middle} ${at(middleBytes(phase))}L${right} ${at(phase.endBytes)}V${FLOOR}Z`;
        return svg`
          <path class="phase ${phase.name === memory.peakPhase ? `peak ${memory.verdict}` : ''}" d=${outline}><title>${phaseText(phase)}</title></path>
          ${phaseLabel(phase.name, middle)}
        `;
      })}
      ${memory.capacityBytes === undefined ? nothing : svg`<line class="capacity-line" x1="0" x2=${width} y1=${y(memory.capacityBytes)} y2=${y(memory.capacityBytes)}></line>`}
    </svg>
  `;
}

/** A phase whose peak is at an end runs straight; otherwise the peak is drawn in its middle. */
function middleBytes({ startBytes, peakBytes, endBytes }: PanelPhase): number {
  return peakBytes > Math.max(startBytes, endBytes) ? peakBytes : (startBytes + endBytes) / 2;
}

function phaseLabel(name: string, x: number): TemplateResult<2> {
  const words = name.split(' ');
  return svg`<text class="label" text-anchor="middle">${words.map((word, line) => svg`<tspan x=${x} y=${FLOOR + 13 + line * 12}>${word}</tspan>`)}</text>`;
}

function phaseText(phase: PanelPhase): string {
  return `${phase.name}: ${gibNumber(phase.startBytes)} to ${gibNumber(phase.endBytes)} GiB, at most ${gib(phase.peakBytes)}`;
}

/** The table after the chart has the figures. */
function phasesText(memory: PanelMemory): string {
  return `Memory through ${memory.phases.length} phases of a step, highest during ${memory.peakPhase}`;
}

function phaseTable(phases: readonly PanelPhase[]): TemplateResult {
  return html`
    <div class="for-readers"><table>
      <caption>Allocated memory by phase</caption>
      <tr><th>Phase</th><th>Start</th><th>Peak</th><th>End</th></tr>
      ${phases.map((phase) => html`<tr><th>${phase.name}</th><td>${gib(phase.startBytes)}</td><td>${gib(phase.peakBytes)}</td><td>${gib(phase.endBytes)}</td></tr>`)}
    </table></div>
  `;
}
