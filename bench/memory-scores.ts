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
  /** Absent where what was measured is only a part of what the plan says. */
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
  readonly limit: string;
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
  ['rows that may set a factor', ({ split }) => split !== 'scoring' && split !== 'blind'],
  ['rows that only score', ({ split }) => split === 'scoring'],
  ['rows drawn at random and predicted before they ran', ({ split }) => split === 'blind'],
  ['Trainer', ({ harness }) => harness === 'transformers-trainer'],
  ['Trainer, causal LM', (row) => isTrainer(row) && row.task === 'causal-lm'],
  ['Trainer, encoder', (row) => isTrainer(row) && (row.task === 'mlm' || row.task === 'classification')],
  ['Trainer, encoder-decoder', ({ task }) => task === 'seq2seq-lm'],
  ['Trainer, image', (row) => isTrainer(row) && row.task === 'image'],
  ['Trainer, full', (row) => isTrainer(row) && row.method === 'full'],
  ['Trainer, LoRA', ({ method }) => method === 'lora'],
  ['Trainer, adapters beside LoRA', (row) => isTrainer(row) && !['full', 'lora', 'freeze'].includes(row.method)],
  ['Trainer, partly frozen', ({ method }) => method === 'freeze'],
  ['Trainer, modules saved beside LoRA', ({ lora }) => lora?.modulesToSave !== undefined],
  ['checkpointing of chosen ops or layers', ({ selective }) => selective !== undefined],
  ['Liger’s kernels', ({ liger }) => liger === true],
  ['bitsandbytes, 8-bit states', (row) => isTrainer(row) && /8bit|lion|ademamix/.test(row.optimizer)],
  ['bitsandbytes, 4-bit and 8-bit weights', ({ quantization }) => quantization === 'nf4' || quantization === 'int8'],
  ['products in fp8', ({ float8 }) => float8 !== undefined],
  ['compiled layer by layer', ({ compile }) => compile === 'layers'],
  ['compiled whole', ({ compile }) => compile === true],
  ['Trainer, checkpointing', (row) => isTrainer(row) && row.gradientCheckpointing],
  ['Trainer, eager attention', ({ attention }) => attention === 'eager'],
  ['Trainer, 16-bit weights', (row) => isTrainer(row) && row.weightsDtype !== 'fp32'],
  ['Trainer, fp32 + autocast', (row) => isTrainer(row) && row.weightsDtype === 'fp32' && row.autocast !== null],
  ['Trainer, fp32', (row) => isTrainer(row) && row.weightsDtype === 'fp32' && row.autocast === null],
  ['Trainer, accumulation', (row) => isTrainer(row) && row.gradientAccumulation > 1],
  ['Trainer, mixture of experts', (row) => isTrainer(row) && /moe|mixtral|gpt-oss|deepseek/i.test(row.model)],
  ['Trainer, 4-bit base', ({ quantization }) => quantization !== undefined],
  ['plain loops: preference pairs, distillation', ({ harness }) => harness === 'plain-loop'],
  ['contrastive pairs', ({ harness }) => harness === 'contrastive-loop'],
  ['evaluation', ({ harness }) => harness === 'transformers-trainer-evaluation'],
  ['generation', ({ harness }) => harness === 'transformers-generate'],
  ['DDP', ({ harness }) => harness === 'ddp-one-rank'],
  ['tensor parallel', ({ harness }) => harness === 'tensor-parallel-one-rank'],
  ['FSDP2', ({ harness }) => harness === 'fsdp2-one-rank'],
  ['timm convnets', ({ harness, model }) => harness === 'timm-loop' && !model.startsWith('vit')],
  ['image models that only score', ({ harness, split }) => harness === 'timm-loop' && split === 'scoring'],
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
  return { regime, ...errorSummary(errors) };
}

/** Size and direction of signed errors in percent. */
export function errorSummary(errors: readonly number[]): Omit<ScoreLine, 'regime'> {
  const sizes = errors.map(Math.abs).sort((a, b) => a - b);
  const quantile = (share: number): number =>
    sizes[Math.min(sizes.length - 1, Math.ceil(share * sizes.length) - 1)] ?? 0;
  const middle = ((sizes[(sizes.length - 1) >> 1] ?? 0) + (sizes[sizes.length >> 1] ?? 0)) / 2;
  const under = errors.filter((error) => error < UNDER_PERCENT).length;
  return {
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
  const judged = scored.filter(({ verdict }) => verdict !== undefined);
  const limited = judged.filter(({ row }) => row.allocatorCapBytes !== undefined);
  const whole = judged.filter(({ row }) => row.allocatorCapBytes === undefined && row.gpu !== undefined);
  return [...decisionsOf(limited, 'capped'), ...decisionsOf(whole, 'whole card')];
}

function decisionsOf(limited: readonly Scored[], limit: string): DecisionLine[] {
  if (limited.length === 0) return [];
  return (['fits', 'tight', 'exceeds', 'unknown'] as const).map((verdict) => {
    const runs = limited.filter((one) => one.verdict === verdict);
    const outOfMemory = runs.filter(({ row }) => row.measured.outOfMemory).length;
    return { limit, verdict, runs: runs.length, 'out of memory': outOfMemory, fitted: runs.length - outOfMemory };
  });
}

export interface CoverageLine {
  readonly regime: string;
  readonly rows: number;
  readonly 'in range': string;
  readonly under: string;
  readonly over: string;
}

/** How often the measured reserved peak lies in the range the engine gives, by the engine's own regimes. */
export function coverageTable(scored: readonly Scored[]): CoverageLine[] {
  const groups = new Map<string, Scored[]>();
  for (const one of scored) {
    if (one.regime === undefined || one.row.measured.outOfMemory || one.row.measured.peakReservedBytes === undefined)
      continue;
    groups.set(one.regime, [...(groups.get(one.regime) ?? []), one]);
  }
  return [...groups].sort().map(([regime, rows]) => {
    const under = rows.filter(({ row, lowBytes = 0 }) => (row.measured.peakReservedBytes ?? 0) < lowBytes).length;
    const over = rows.filter(({ row, highBytes = 0 }) => (row.measured.peakReservedBytes ?? 0) > highBytes).length;
    const share = (count: number): string => `${((100 * count) / rows.length).toFixed(0)}%`;
    return {
      regime,
      rows: rows.length,
      'in range': share(rows.length - under - over),
      under: share(under),
      over: share(over),
    };
  });
}

/** Rows furthest off, to be told rather than hidden. */
export function worstRows(
  scored: readonly Scored[],
  count: number,
): { readonly row: MeasuredRow; readonly error: number }[] {
  return scored
    .flatMap((one) => errorPercent(one, 'allocated').map((error) => ({ row: one.row, error })))
    .sort((one, other) => Math.abs(other.error) - Math.abs(one.error))
    .slice(0, count);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
