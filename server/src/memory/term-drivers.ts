import type { FieldName } from '../plan/index.ts';
import type { PhaseName, TermName } from './types.ts';

/** The plan fields that drive each part of the peak, the strongest first. */
const TERM_DRIVERS: Readonly<Record<TermName, readonly FieldName[]>> = {
  weights: ['model.name', 'precision.weights', 'adapter.quantization', 'sharding.zeroStage', 'parallel.tensor'],
  gradients: ['model.name', 'adapter.kind', 'sharding.zeroStage', 'precision.gradients'],
  'optimizer states': ['optimizer.name', 'adapter.kind', 'sharding.zeroStage', 'sharding.offloadOptimizer'],
  'master weights': ['precision.master', 'sharding.zeroStage'],
  'weight casts': ['precision.autocast', 'precision.weights'],
  activations: ['batch.micro', 'data.sequenceLength', 'activations.checkpointing', 'model.attention'],
  'logits and loss': ['batch.micro', 'data.sequenceLength', 'loss.kernel', 'model.vocabSize'],
  temporaries: ['optimizer.name', 'batch.micro'],
  'gathered layers': ['sharding.engine', 'sharding.reshardAfterForward', 'sharding.zeroStage'],
  'communication buffers': ['sharding.reduceBucketElements', 'parallel.world'],
  'other models': ['run.objective'],
  'rollout engine': ['rollout.memoryShare', 'rollout.engine'],
  'key-value cache': ['rollout.batch', 'rollout.completionLength', 'batch.eval', 'evaluation.length'],
  inputs: ['batch.micro', 'data.sequenceLength'],
  workspace: ['hardware.gpu'],
  context: ['hardware.gpu'],
  fragmentation: ['batch.micro', 'activations.checkpointing'],
};

/** What takes the place of training's fields where a phase without gradients sets the peak. */
const IN_EVALUATION: Partial<Record<FieldName, FieldName>> = {
  'batch.micro': 'batch.eval',
  'data.sequenceLength': 'evaluation.length',
  'activations.checkpointing': 'evaluation.keepsLogits',
};
const IN_GENERATION: Partial<Record<FieldName, FieldName>> = {
  'batch.micro': 'rollout.batch',
  'data.sequenceLength': 'rollout.promptLength',
  'activations.checkpointing': 'rollout.completionLength',
};

/** The plan fields that drive a part of a peak in that phase, the strongest first. */
export function driversOf(term: TermName, phase: PhaseName): readonly FieldName[] {
  const drivers = TERM_DRIVERS[term];
  if (phase !== 'evaluation' && phase !== 'generation') return drivers;
  const replaced = phase === 'evaluation' ? IN_EVALUATION : IN_GENERATION;
  return drivers.map((field) => replaced[field] ?? field);
}
