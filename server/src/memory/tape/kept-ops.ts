import { FUSED_KERNEL } from './fuse.ts';
import type { Op, Program, Value } from './tape.ts';

/**
 * Whose outputs checkpointing of chosen ops keeps: matrix products and attention, every second product, attention, all
 * but scores, or all but what the feed-forward or the experts make.
 */
export type KeptOps = 'matmuls' | 'alternate-matmuls' | 'attention' | 'all-but-scores' | 'all-but-feed-forward';

const PRODUCTS: ReadonlySet<string> = new Set(['linear', 'batched product', 'grouped product', 'position projection']);

/**
 * What a checkpointed forward keeps by op (pytorch: torch/utils/checkpoint.py, create_selective_checkpoint_contexts;
 * torchtitan: torchtitan/distributed/activation_checkpoint.py keeps every second product from the first on).
 */
export function keptValues({ ops, output }: Program, kept: KeptOps | undefined): ReadonlySet<Value> {
  if (kept === undefined) return NOTHING;
  if (kept === 'all-but-scores') return allButScores(ops);
  if (kept === 'all-but-feed-forward') return allButFeedForward(ops);
  let products = 0;
  const isKept = (op: Op): boolean => {
    if (op.kind === 'attention') return true;
    if (kept === 'attention' || !PRODUCTS.has(op.kind)) return false;
    products += 1;
    return kept === 'matmuls' || products % 2 === 1;
  };
  const results = ops.filter(isKept).flatMap(({ outputs }) => outputs);
  return new Set(results.filter((value) => !endsInOutput(ops, value, output)));
}

/** A compiled second pass makes nothing that only the layer's output needs. */
function endsInOutput(ops: readonly Op[], value: Value, output: Value): boolean {
  const readers = ops.filter(({ inputs }) => inputs.includes(value));
  const isLast = ({ kind, saves, outputs }: Op): boolean =>
    kind === FUSED_KERNEL && saves.length === 0 && outputs.every((one) => one === output);
  return readers.length > 0 && readers.every(isLast);
}

/** Megatron-LM: megatron/core/transformer/attention.py, recompute_granularity selective: attention's core alone runs again. */
function allButScores(ops: readonly Op[]): ReadonlySet<Value> {
  const scores = new Set(
    ops.filter(({ kind }) => kind === 'softmax').flatMap(({ outputs }) => outputs.map(({ elements }) => elements)),
  );
  return new Set(ops.flatMap(({ saves }) => saves).filter(({ elements }) => !scores.has(elements)));
}

/** Megatron-LM: megatron/core/transformer/transformer_layer.py, recompute_modules mlp and moe keep their input alone. */
function allButFeedForward(ops: readonly Op[]): ReadonlySet<Value> {
  const inside = ops.filter(({ inFeedForward }) => inFeedForward);
  const made = new Set(inside.flatMap(({ outputs }) => outputs));
  const taken = inside.flatMap(({ inputs }) => inputs).filter((value) => !made.has(value));
  const saved = ops.filter(({ inFeedForward }) => !inFeedForward).flatMap(({ saves }) => saves);
  return new Set([...taken, ...saved.filter((value) => !made.has(value))]);
}

const NOTHING: ReadonlySet<Value> = new Set();
