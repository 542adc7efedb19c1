import type { MeasuredRow } from './measured-row.ts';

/** A row and what the engine says of it. */
export interface Scored {
  readonly row: MeasuredRow;
  /** The engine's own name of the kind of run. */
  readonly regime?: string;
  readonly simulated?: boolean;
  readonly allocatedBytes?: number;
  readonly reservedBytes?: number;
  readonly lowBytes?: number;
  readonly highBytes?: number;
  readonly verdict?: 'fits' | 'tight' | 'exceeds' | 'unknown';
}

export interface ScoreLine {
  readonly regime: string;
  readonly rows: number;
  readonly median: number;
  readonly mean: number;
  readonly p90: number;
  readonly p95: number;
  readonly max: number;
  readonly under: string;
  readonly bias: number;
}

export interface DecisionLine {
  readonly verdict: string;
  readonly runs: number;
  readonly 'out of memory': number;
  readonly fitted: number;
}

/** A prediction this much too low counts as under. */
const UNDER_PERCENT = -5;

/** The regimes scores are told apart by. A row may be in several. */
const REGIMES: readonly (readonly [name: string, holds: (row: MeasuredRow) => boolean])[] = [
  ['all', () => true],
  ['Trainer', ({ harness }) => harness === 'transformers-trainer'],
  ['Trainer, causal LM', (row) => isTrainer(row) && row.task === 'causal-lm'],
  ['Trainer, encoder', (row) => isTrainer(row) && (row.task === 'mlm' || row.task === 'classification')],
  ['Trainer, encoder-decoder', ({ task }) => task === 'seq2seq-lm'],
  ['Trainer, image', (row) => isTrainer(row) && row.task === 'image'],
  ['Trainer, full', (row) => isTrainer(row) && row.method === 'full'],
  ['Trainer, LoRA', ({ method }) => method === 'lora'],
  ['Trainer, checkpointing', (row) => isTrainer(row) && row.gradientCheckpointing],
  ['Trainer, eager attention', ({ attention }) => attention === 'eager'],
  ['Trainer, 16-bit weights', (row) => isTrainer(row) && row.weightsDtype !== 'fp32'],
  ['Trainer, fp32 + autocast', (row) => isTrainer(row) && row.weightsDtype === 'fp32' && row.autocast !== null],
  ['Trainer, fp32', (row) => isTrainer(row) && row.weightsDtype === 'fp32' && row.autocast === null],
  ['Trainer, accumulation', (row) => isTrainer(row) && row.gradientAccumulation > 1],
  ['FSDP2', ({ harness }) => harness === 'fsdp2-one-rank'],
  ['timm convnets', ({ harness, model }) => harness === 'timm-loop' && !model.startsWith('vit')],
  ['timm ViT', ({ harness, model }) => harness === 'timm-loop' && model.startsWith('vit')],
];

function isTrainer({ harness }: MeasuredRow): boolean {
  return harness === 'transformers-trainer';
}

/** Errors of the rows that ran to their end, by regime. */
export function scoreTable(scored: readonly Scored[], quantity: 'allocated' | 'reserved'): ScoreLine[] {
  return REGIMES.flatMap(([regime, holds]) => {
    const errors = scored.filter(({ row }) => holds(row)).flatMap((one) => errorPercent(one, quantity));
    return errors.length === 0 ? [] : [scoreLine(regime, errors)];
  });
}

/** Signed error in percent, or nothing where the run did not end or nothing was predicted. */
function errorPercent({ row, allocatedBytes, reservedBytes }: Scored, quantity: 'allocated' | 'reserved'): number[] {
  const { outOfMemory, peakAllocatedBytes, peakReservedBytes } = row.measured;
  const measured = quantity === 'allocated' ? peakAllocatedBytes : peakReservedBytes;
  const predicted = quantity === 'allocated' ? allocatedBytes : reservedBytes;
  if (outOfMemory || measured === undefined || predicted === undefined) return [];
  return [(predicted / measured - 1) * 100];
}

function scoreLine(regime: string, errors: readonly number[]): ScoreLine {
  const sizes = errors.map(Math.abs).sort((a, b) => a - b);
  const quantile = (share: number): number =>
    sizes[Math.min(sizes.length - 1, Math.ceil(share * sizes.length) - 1)] ?? 0;
  const middle = ((sizes[(sizes.length - 1) >> 1] ?? 0) + (sizes[sizes.length >> 1] ?? 0)) / 2;
  const under = errors.filter((error) => error < UNDER_PERCENT).length;
  return {
    regime,
    rows: errors.length,
    median: rounded(middle),
    mean: rounded(sum(sizes) / sizes.length),
    p90: rounded(quantile(0.9)),
    p95: rounded(quantile(0.95)),
    max: rounded(sizes.at(-1) ?? 0),
    under: `${((100 * under) / errors.length).toFixed(0)}%`,
    bias: rounded(sum(errors) / errors.length),
  };
}

/** How often each verdict was given, and how those runs ended. A run that fitted must not have been called `exceeds`. */
export function decisionTable(scored: readonly Scored[]): DecisionLine[] {
  const limited = scored.filter(({ row }) => row.allocatorCapBytes !== undefined);
  if (limited.length === 0) return [];
  return (['fits', 'tight', 'exceeds', 'unknown'] as const).map((verdict) => {
    const runs = limited.filter((one) => (one.verdict ?? 'unknown') === verdict);
    const outOfMemory = runs.filter(({ row }) => row.measured.outOfMemory).length;
    return { verdict, runs: runs.length, 'out of memory': outOfMemory, fitted: runs.length - outOfMemory };
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
