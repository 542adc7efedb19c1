import { type ScaleLogarithmic, scaleLog } from 'd3-scale';
import { html, nothing, svg, type TemplateResult } from 'lit';
import type { PanelRates, PanelState } from '../../../server/src/protocol/panel.ts';
import { compactCount, rate } from '../gib-format.ts';
import { type Label, placeLabels } from './place-labels.ts';

const HEIGHT = 190;
const MARGIN = { left: 38, right: 12, top: 10, bottom: 34 };

/** Learning rate against tokens a step: this config, its version at HEAD, what a law makes of it, published recipes, the band. */
export function ratesSection(state: PanelState): TemplateResult | typeof nothing {
  const { rates } = state;
  if (rates === undefined || isAlone(rates)) return nothing;
  return html`
    <section class="rates" data-section="rates" tabindex="-1" aria-labelledby="rates-title">
      <h2 id="rates-title">${rates.title}</h2>
      <batchwise-chart .draw=${(width: number) => drawRates(rates, width)}></batchwise-chart>
      ${rates.band === undefined ? nothing : html`<p class="small dim">Band: ${rates.band.note}</p>`}
      ${ratesTable(rates)}
    </section>
  `;
}

/** Without anything to compare with, a point says no more than the file does. */
function isAlone(rates: PanelRates): boolean {
  const count = points(rates).length;
  return count === 0 || (count === 1 && rates.band === undefined);
}

interface RatePoint {
  readonly kind: 'recipe' | 'head' | 'scaled' | 'here';
  readonly label: string;
  readonly tokensPerStep: number;
  readonly learningRate: number;
  readonly source?: string;
}

/** In the order of drawing, the most important on top. */
function points(rates: PanelRates): readonly RatePoint[] {
  const { here, head, scaled } = rates;
  return [
    ...rates.recipes.map((recipe) => ({ kind: 'recipe' as const, ...recipe })),
    ...(head === undefined ? [] : [{ kind: 'head' as const, ...head }]),
    ...(scaled === undefined ? [] : [{ kind: 'scaled' as const, ...scaled }]),
    ...(here === undefined ? [] : [{ kind: 'here' as const, label: 'this file', ...here }]),
  ];
}

interface Scales {
  readonly x: ScaleLogarithmic<number, number>;
  readonly y: ScaleLogarithmic<number, number>;
  readonly width: number;
}

function drawRates(rates: PanelRates, width: number): TemplateResult {
  const all = points(rates);
  const band = rates.band === undefined ? [] : [rates.band.low, rates.band.high];
  const scales: Scales = {
    x: scaleLog()
      .domain(widened(all.map((point) => point.tokensPerStep)))
      .range([MARGIN.left, width - MARGIN.right]),
    y: scaleLog()
      .domain(widened([...all.map((point) => point.learningRate), ...band]))
      .range([HEIGHT - MARGIN.bottom, MARGIN.top]),
    width,
  };
  const area = { left: MARGIN.left, right: width, top: 0, bottom: HEIGHT - MARGIN.bottom };
  return html`
    <svg width=${width} height=${HEIGHT} role="img" aria-label=${ratesText(rates, all)}>
      ${rates.band === undefined ? nothing : bandShape(rates.band, scales)} ${axes(scales)} ${move(rates, scales)}
      ${all.map((point) => dot(point, scales))}
      ${placeLabels(labels(all, scales), area, moveDots(rates, scales)).map(
        (label) =>
          svg`<text class="label ${label.name}" x=${label.x} y=${label.y} text-anchor=${label.anchor}>${label.text}</text>`,
      )}
    </svg>
  `;
}

/** A domain with room on both sides, at least a decade wide. */
function widened(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(1.6, Math.sqrt(10 / (high / low)));
  return [low / room, high * room];
}

function bandShape(band: { readonly low: number; readonly high: number; readonly note: string }, { y, width }: Scales) {
  return svg`<rect class="band" x=${MARGIN.left} width=${width - MARGIN.left - MARGIN.right} y=${y(band.high)} height=${y(band.low) - y(band.high)}><title>${band.note}</title></rect>`;
}

function axes({ x, y, width }: Scales): TemplateResult<2> {
  const floor = HEIGHT - MARGIN.bottom;
  return svg`
    <line class="axis" x1=${MARGIN.left} x2=${width - MARGIN.right} y1=${floor} y2=${floor}></line>
    ${decades(y).map((tick) => svg`<text class="label" x=${MARGIN.left - 5} y=${y(tick) + 3} text-anchor="end">${rate(tick)}</text>`)}
    ${decades(x).map((tick) => svg`<text class="label" x=${x(tick)} y=${floor + 14} text-anchor="middle">${compactCount(tick)}</text>`)}
    <text class="label" x=${width - MARGIN.right} y=${floor + 29} text-anchor="end">tokens a step</text>
  `;
}

/** Powers of ten, or 1-2-5 steps where the axis spans less than two of them. */
function decades(scale: ScaleLogarithmic<number, number>): readonly number[] {
  const ticks = scale.ticks(4);
  const powers = ticks.filter((tick) => Number.isInteger(Math.round(Math.log10(tick) * 1e6) / 1e6));
  return powers.length >= 2 ? powers : ticks.filter((tick) => /^[125]/.test(tick.toExponential()));
}

function move({ head, here }: PanelRates, { x, y }: Scales): TemplateResult<2> | typeof nothing {
  if (head === undefined || here === undefined) return nothing;
  return svg`<line class="move" x1=${x(head.tokensPerStep)} y1=${y(head.learningRate)} x2=${x(here.tokensPerStep)} y2=${y(here.learningRate)}></line>`;
}

/** Places along the dashed line that labels keep clear of. */
function moveDots({ head, here }: PanelRates, { x, y }: Scales): readonly { readonly x: number; readonly y: number }[] {
  if (head === undefined || here === undefined) return [];
  const [from, to] = [head, here].map((end) => ({ x: x(end.tokensPerStep), y: y(end.learningRate) }));
  if (from === undefined || to === undefined) return [];
  const count = Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / 8);
  return Array.from({ length: count }, (_, index) => ({
    x: from.x + ((to.x - from.x) * index) / count,
    y: from.y + ((to.y - from.y) * index) / count,
  }));
}

function dot(point: RatePoint, { x, y }: Scales): TemplateResult<2> {
  const radius = point.kind === 'recipe' ? 3.5 : 5;
  return svg`<circle class="rate ${point.kind}" cx=${x(point.tokensPerStep)} cy=${y(point.learningRate)} r=${radius}><title>${pointText(point)}</title></circle>`;
}

/** The most important first: a later label gives way to an earlier one. */
function labels(all: readonly RatePoint[], { x, y }: Scales): readonly Label[] {
  return all.toReversed().map((point) => ({
    name: point.kind,
    text: point.kind === 'scaled' ? `${point.label}: ${rate(point.learningRate)}` : point.label,
    x: x(point.tokensPerStep),
    y: y(point.learningRate),
  }));
}

function pointText(point: RatePoint): string {
  const source = point.source === undefined ? '' : ` (${point.source})`;
  return `${point.label}: ${rate(point.learningRate)} at ${compactCount(point.tokensPerStep)} tokens a step${source}`;
}

/** The table after the chart has the figures. */
function ratesText(rates: PanelRates, all: readonly RatePoint[]): string {
  const band = rates.band === undefined ? '' : `, band ${rate(rates.band.low)} to ${rate(rates.band.high)}`;
  return `${rates.title}: ${all.length} ${all.length === 1 ? 'run' : 'runs'}${band}`;
}

function ratesTable(rates: PanelRates): TemplateResult {
  return html`
    <div class="for-readers"><table>
      <caption>${rates.title}</caption>
      <tr><th>Run</th><th>Tokens a step</th><th>Learning rate</th><th>Source</th></tr>
      ${points(rates)
        .toReversed()
        .map(
          (point) =>
            html`<tr><th>${point.label}</th><td>${compactCount(point.tokensPerStep)}</td><td>${rate(point.learningRate)}</td><td>${point.source ?? ''}</td></tr>`,
        )}
    </table></div>
  `;
}
