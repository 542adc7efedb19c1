import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';
import { html, nothing, svg, type TemplateResult } from 'lit';
import type { PanelControl, PanelState, PanelSweepPoint, WhatIf } from '../../../server/src/protocol/panel.ts';
import type { PanelActions } from '../actions.ts';
import { gib, gibRange } from '../gib-format.ts';
import { MICRO_BATCH, shownValue } from '../what-if.ts';
import { spacedTicks } from './ticks.ts';

const GIB = 2 ** 30;
const HEIGHT = 190;
const MARGIN = { left: 34, right: 12, top: 14, bottom: 34 };

/** Memory at each micro batch; a point tries its micro batch. */
export function microBatchSection(
  state: PanelState,
  wanted: WhatIf,
  actions: PanelActions,
): TemplateResult | typeof nothing {
  const control = state.controls.find(({ field }) => field === MICRO_BATCH);
  if (state.sweep.length < 2 || control === undefined) return nothing;
  const now = shownValue(control, state, wanted);
  const curve: Curve = { state, control, actions, ...(typeof now === 'number' ? { now } : {}) };
  return html`
    <section class="sweep" aria-labelledby="sweep-title">
      <h2 id="sweep-title">Memory against micro batch</h2>
      <batchwise-chart .draw=${(width: number) => drawCurve(curve, width)}></batchwise-chart>
    </section>
  `;
}

interface Curve {
  readonly state: PanelState;
  readonly control: PanelControl;
  readonly actions: PanelActions;
  readonly now?: number;
}

interface Scales {
  readonly x: ScaleLinear<number, number>;
  readonly y: ScaleLinear<number, number>;
  readonly width: number;
}

function drawCurve(curve: Curve, width: number): TemplateResult {
  const { sweep, memory } = curve.state;
  const sizes = sweep.map((point) => point.microBatch);
  const highest = Math.max(memory?.capacityBytes ?? 0, ...sweep.map((point) => point.highBytes));
  const scales: Scales = {
    x: scaleLinear()
      .domain([Math.min(...sizes), Math.max(...sizes)])
      .range([MARGIN.left + 8, width - MARGIN.right]),
    y: scaleLinear()
      .domain([0, (highest / GIB) * 1.08])
      .range([HEIGHT - MARGIN.bottom, MARGIN.top]),
    width,
  };
  const band = area<PanelSweepPoint>()
    .x((point) => scales.x(point.microBatch))
    .y0((point) => scales.y(point.lowBytes / GIB))
    .y1((point) => scales.y(point.highBytes / GIB));
  const middle = line<PanelSweepPoint>()
    .x((point) => scales.x(point.microBatch))
    .y((point) => scales.y(point.expectedBytes / GIB));
  return html`
    <svg width=${width} height=${HEIGHT} role="group" aria-label="Memory against micro batch. Arrow keys choose, Enter tries.">
      ${axes(sizes, scales)}
      <path class="band" d=${band([...sweep]) ?? ''}></path>
      <path class="curve" d=${middle([...sweep]) ?? ''}></path>
      ${memory?.capacityBytes === undefined ? nothing : capacityLine(memory.capacityBytes, sweep, scales)}
      ${sweep.map((point) => pointButton(point, curve, scales))}
      ${marks(curve, scales)}
    </svg>
  `;
}

function axes(sizes: readonly number[], { x, y, width }: Scales): TemplateResult<2> {
  const floor = HEIGHT - MARGIN.bottom;
  return svg`<g aria-hidden="true">
    <line class="axis" x1=${MARGIN.left} x2=${width - MARGIN.right} y1=${floor} y2=${floor}></line>
    ${y.ticks(4).map((tick) => svg`<text class="label" x=${MARGIN.left - 6} y=${y(tick) + 3} text-anchor="end">${tick}</text>`)}
    ${spacedTicks(sizes, x, 20).map((size) => svg`<text class="label" x=${x(size)} y=${floor + 14} text-anchor="middle">${size}</text>`)}
    <text class="label" x=${width - MARGIN.right} y=${floor + 29} text-anchor="end">micro batch</text>
    <text class="label" x="0" y="9">GiB</text>
  </g>`;
}

/** The label stands at the end where the curve is farther from the line. */
function capacityLine(
  capacityBytes: number,
  sweep: readonly PanelSweepPoint[],
  { y, width }: Scales,
): TemplateResult<2> {
  const at = y(capacityBytes / GIB);
  const distance = (point: PanelSweepPoint | undefined) => Math.abs((point?.expectedBytes ?? 0) - capacityBytes);
  const left = distance(sweep[0]) > distance(sweep.at(-1));
  return svg`
    <line class="capacity-line" x1=${MARGIN.left} x2=${width - MARGIN.right} y1=${at} y2=${at}></line>
    <text class="label" x=${left ? MARGIN.left + 6 : width - MARGIN.right} y=${at - 4} text-anchor=${left ? 'start' : 'end'}>${gib(capacityBytes)}</text>
  `;
}

/** One tab stop for the whole curve; the arrow keys move along it. */
function pointButton(
  point: PanelSweepPoint,
  { state, control, actions, now }: Curve,
  { x, y }: Scales,
): TemplateResult<2> {
  const stop = state.sweep.some(({ microBatch }) => microBatch === now) ? now : state.sweep[0]?.microBatch;
  const verdict = pointVerdict(point, state.memory?.capacityBytes);
  const text = `Micro batch ${point.microBatch}: ${gibRange(point.lowBytes, point.highBytes)}${verdict === '' ? '' : `, ${verdict}`}`;
  const tryIt = () => actions.change(control, point.microBatch);
  const centre = x(point.microBatch);
  return svg`
    <g class="point" role="button" tabindex=${point.microBatch === stop ? 0 : -1} aria-label=${text} aria-pressed=${point.microBatch === now} @click=${tryIt} @keydown=${(event: KeyboardEvent) => moveAlong(event, tryIt)}>
      <title>${text}</title>
      <rect class="hit" x=${centre - 10} y=${MARGIN.top} width="20" height=${HEIGHT - MARGIN.top - MARGIN.bottom}></rect>
      <circle class="dot" cx=${centre} cy=${y(point.expectedBytes / GIB)} r="3"></circle>
    </g>
  `;
}

function pointVerdict(point: PanelSweepPoint, capacityBytes: number | undefined): string {
  if (capacityBytes === undefined) return '';
  if (point.highBytes <= capacityBytes) return 'fits';
  return point.lowBytes > capacityBytes ? 'exceeds' : 'tight';
}

function moveAlong(event: KeyboardEvent, tryIt: () => void): void {
  const here = event.currentTarget;
  if (!(here instanceof SVGElement)) return;
  if (event.key === 'Enter' || event.key === ' ') {
    event.preventDefault();
    tryIt();
    return;
  }
  const points = [...(here.parentElement?.querySelectorAll<SVGElement>('.point') ?? [])];
  const index = points.indexOf(here);
  const next = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: points.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  points[next]?.focus();
}

/** The micro batch in force and the largest that fits, named in the chart. */
function marks({ state, now }: Curve, scales: Scales): TemplateResult<2> {
  const at = (microBatch: number | undefined) => state.sweep.find((point) => point.microBatch === microBatch);
  const largest = at(state.largestMicroBatch);
  const current = at(now);
  if (largest !== undefined && largest === current) {
    return markBelow(largest, `${largest.microBatch} now, the largest that fits`, scales);
  }
  return svg`
    ${largest === undefined ? nothing : markBelow(largest, `${largest.microBatch} is the largest that fits`, scales)}
    ${current === undefined ? nothing : markAbove(current, pointVerdict(current, state.memory?.capacityBytes), scales)}
  `;
}

/** Mean width of a character of a mark's text, in pixels. */
const CHARACTER = 6.2;

/** The curve rises, so the room is to the right below a point and to the left above it. */
function markBelow(point: PanelSweepPoint, text: string, { x, y, width }: Scales): TemplateResult<2> {
  const [cx, cy] = [x(point.microBatch), y(point.expectedBytes / GIB)];
  const long = text.length * CHARACTER;
  const fits = cx + long < width;
  const beneath = long > width / 2 ? HEIGHT - MARGIN.bottom - 8 : cy + 30;
  return svg`<g class="mark fits" aria-hidden="true">
    <circle cx=${cx} cy=${cy} r="5"></circle>
    <text x=${fits ? cx + 4 : width} y=${Math.min(fits ? cy + 18 : beneath, HEIGHT - MARGIN.bottom - 5)} text-anchor=${fits ? 'start' : 'end'}>${text}</text>
  </g>`;
}

function markAbove(point: PanelSweepPoint, verdict: string, { x, y }: Scales): TemplateResult<2> {
  const [cx, cy] = [x(point.microBatch), y(point.expectedBytes / GIB)];
  const anchor = cx < MARGIN.left + 50 ? 'start' : 'end';
  return svg`<g class="mark ${verdict}" aria-hidden="true">
    <circle cx=${cx} cy=${cy} r="5"></circle>
    <text x=${cx} y=${cy - 10} text-anchor=${anchor}>${point.microBatch} now</text>
  </g>`;
}
