import { type FieldName, type PlanEdit, setField, type TrainingPlan, withEdits } from '../../plan/index.ts';
import { estimateMemory } from '../estimate.ts';
import type { MemoryEstimate } from '../types.ts';

/** The least that what sizes a pass can be. */
const LEAST: { readonly [F in FieldName]?: PlanEdit } = {
  'data.sequenceLength': setField('data.sequenceLength', 1),
  'data.targetLength': setField('data.targetLength', 1),
  'batch.micro': setField('batch.micro', 1),
};

/**
 * What a run needs however much data a pass holds, where nothing else is missing: states and weights, and activations
 * of one token. Undefined where another fact is missing as well.
 */
export function leastMemory(plan: TrainingPlan, missing: readonly FieldName[]): MemoryEstimate | undefined {
  const edits = missing.flatMap((field) => LEAST[field] ?? []);
  if (edits.length === 0 || edits.length < missing.length) return undefined;
  const outcome = estimateMemory(withEdits(plan, edits));
  return outcome.known ? outcome.estimate : undefined;
}
