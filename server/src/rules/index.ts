import { accumulationAddsNoNegatives } from './accumulation-adds-no-negatives.ts';
import { accumulationWithStepInBackward } from './accumulation-with-step-in-backward.ts';
import { balanceLossOverMicroBatch } from './balance-loss-over-micro-batch.ts';
import { batchBelowExpertRanks } from './batch-below-expert-ranks.ts';
import { batchChangedWithoutLr } from './batch-changed-without-lr.ts';
import { batchIdentityBroken } from './batch-identity-broken.ts';
import { batchNormStarved } from './batch-norm-starved.ts';
import { batchPastCritical } from './batch-past-critical.ts';
import { bestModelNeedsMatchingCadence } from './best-model-needs-matching-cadence.ts';
import { beta2UnfitForBatch } from './beta2-unfit-for-batch.ts';
import { bf16UnsupportedByGpu } from './bf16-unsupported-by-gpu.ts';
import { contrastiveBatchOutOfRange } from './contrastive-batch-out-of-range.ts';
import { dataRepeatedPastValue } from './data-repeated-past-value.ts';
import { decayMissesRunEnd } from './decay-misses-run-end.ts';
import { eightBitOptimizerWithFsdp } from './eight-bit-optimizer-with-fsdp.ts';
import { emaDecayNotRescaled } from './ema-decay-not-rescaled.ts';
import { emaOutlastsRun } from './ema-outlasts-run.ts';
import { evalBatchExceedsTrainBatch } from './eval-batch-exceeds-train-batch.ts';
import { exceedsGpuMemory } from './exceeds-gpu-memory.ts';
import { expertParallelIndivisible } from './expert-parallel-indivisible.ts';
import { fewerUpdatesAtSameEpochs } from './fewer-updates-at-same-epochs.ts';
import { fp8UnsupportedByGpu } from './fp8-unsupported-by-gpu.ts';
import { fp16AndBf16 } from './fp16-and-bf16.ts';
import { fp16WeightsWithScaler } from './fp16-weights-with-scaler.ts';
import { fp16WithoutLossScaling } from './fp16-without-loss-scaling.ts';
import { fsdpAndDeepspeed } from './fsdp-and-deepspeed.ts';
import { fsdpWrapsMissingLayer } from './fsdp-wraps-missing-layer.ts';
import { fullFinetuneLrLoraSized } from './full-finetune-lr-lora-sized.ts';
import { generationsDoNotDivideBatch } from './generations-do-not-divide-batch.ts';
import { headDimsIndivisible } from './head-dims-indivisible.ts';
import { horizonChangedWithoutLr } from './horizon-changed-without-lr.ts';
import { KEY_RULES } from './key-rules.ts';
import { klCoefficientTooLarge } from './kl-coefficient-too-large.ts';
import { largeBatchWithoutWarmup } from './large-batch-without-warmup.ts';
import { layersExceedWidth } from './layers-exceed-width.ts';
import { learningRateAboveBand } from './learning-rate-above-band.ts';
import { learningRateBelowBand } from './learning-rate-below-band.ts';
import { linearScalingUnderAdam } from './linear-scaling-under-adam.ts';
import { lionLrAdamSized } from './lion-lr-adam-sized.ts';
import { logitsDominateMemory } from './logits-dominate-memory.ts';
import { loraBatchLarge } from './lora-batch-large.ts';
import { loraLrFullFinetuneSized } from './lora-lr-full-finetune-sized.ts';
import { lrFromAnotherOptimizer } from './lr-from-another-optimizer.ts';
import { memoryLeftUnused } from './memory-left-unused.ts';
import { microBatchBelowSequence } from './micro-batch-below-sequence.ts';
import { minLrAbovePeak } from './min-lr-above-peak.ts';
import { miniBatchExceedsRollout } from './mini-batch-exceeds-rollout.ts';
import { miniBatchIndivisible } from './mini-batch-indivisible.ts';
import { offloadWithoutCheckpointing } from './offload-without-checkpointing.ts';
import { offloadWithoutStage3 } from './offload-without-stage-3.ts';
import { packingChangedWithoutBatch } from './packing-changed-without-batch.ts';
import { packingWithoutVarlenAttention } from './packing-without-varlen-attention.ts';
import { paddingWastesBatch } from './padding-wastes-batch.ts';
import { pipelineBubbleLarge } from './pipeline-bubble-large.ts';
import { pipelineStagesIndivisible } from './pipeline-stages-indivisible.ts';
import { pipelineWithZero2 } from './pipeline-with-zero-2.ts';
import { ppoBatchChangedAlone } from './ppo-batch-changed-alone.ts';
import { preferenceLrTooHigh } from './preference-lr-too-high.ts';
import { pretrainingLrAboveLaws } from './pretraining-lr-above-laws.ts';
import { quantizedWithoutAdapter } from './quantized-without-adapter.ts';
import { rlLrTooHigh } from './rl-lr-too-high.ts';
import { rolloutLeavesRemainder } from './rollout-leaves-remainder.ts';
import { rolloutTensorParallelIndivisible } from './rollout-tensor-parallel-indivisible.ts';
import { runHasNoSteps } from './run-has-no-steps.ts';
import { runTooShort } from './run-too-short.ts';
import { sequenceExceedsPositions } from './sequence-exceeds-positions.ts';
import { sequenceIndivisibleByContext } from './sequence-indivisible-by-context.ts';
import { sequenceLengthNotAsNamed } from './sequence-length-not-as-named.ts';
import { sequenceParallelWithoutTensor } from './sequence-parallel-without-tensor.ts';
import { settingsDisagree } from './settings-disagree.ts';
import { sgdLrTooHigh } from './sgd-lr-too-high.ts';
import { shapesOffTensorCores } from './shapes-off-tensor-cores.ts';
import { singleSampleGroup } from './single-sample-group.ts';
import type { KeyRule } from './support/define-key-rule.ts';
import { tensorParallelIndivisible } from './tensor-parallel-indivisible.ts';
import { tf32UnsupportedByGpu } from './tf32-unsupported-by-gpu.ts';
import { tightGpuMemory } from './tight-gpu-memory.ts';
import type { Rule } from './types.ts';
import { valueOutOfRange } from './value-out-of-range.ts';
import { warmupGivenTwice } from './warmup-given-twice.ts';
import { warmupOutlastsRun } from './warmup-outlasts-run.ts';
import { warmupRatioAboveOne } from './warmup-ratio-above-one.ts';
import { weightDecayForgetsRun } from './weight-decay-forgets-run.ts';
import { worldSizeIndivisible } from './world-size-indivisible.ts';
import { zero3OverNodesWithSmallBatch } from './zero3-over-nodes-with-small-batch.ts';

/** Every rule on plan fields, by id. */
export const RULES: readonly Rule[] = [
  accumulationAddsNoNegatives,
  accumulationWithStepInBackward,
  balanceLossOverMicroBatch,
  batchBelowExpertRanks,
  batchChangedWithoutLr,
  batchIdentityBroken,
  batchNormStarved,
  batchPastCritical,
  bestModelNeedsMatchingCadence,
  beta2UnfitForBatch,
  bf16UnsupportedByGpu,
  contrastiveBatchOutOfRange,
  dataRepeatedPastValue,
  decayMissesRunEnd,
  eightBitOptimizerWithFsdp,
  emaDecayNotRescaled,
  emaOutlastsRun,
  evalBatchExceedsTrainBatch,
  exceedsGpuMemory,
  expertParallelIndivisible,
  fewerUpdatesAtSameEpochs,
  fp16AndBf16,
  fp16WeightsWithScaler,
  fp16WithoutLossScaling,
  fp8UnsupportedByGpu,
  fsdpAndDeepspeed,
  fsdpWrapsMissingLayer,
  fullFinetuneLrLoraSized,
  generationsDoNotDivideBatch,
  headDimsIndivisible,
  horizonChangedWithoutLr,
  klCoefficientTooLarge,
  largeBatchWithoutWarmup,
  layersExceedWidth,
  learningRateAboveBand,
  learningRateBelowBand,
  linearScalingUnderAdam,
  lionLrAdamSized,
  logitsDominateMemory,
  loraBatchLarge,
  loraLrFullFinetuneSized,
  lrFromAnotherOptimizer,
  memoryLeftUnused,
  microBatchBelowSequence,
  minLrAbovePeak,
  miniBatchExceedsRollout,
  miniBatchIndivisible,
  offloadWithoutCheckpointing,
  offloadWithoutStage3,
  packingChangedWithoutBatch,
  packingWithoutVarlenAttention,
  paddingWastesBatch,
  pipelineBubbleLarge,
  pipelineStagesIndivisible,
  pipelineWithZero2,
  ppoBatchChangedAlone,
  preferenceLrTooHigh,
  pretrainingLrAboveLaws,
  quantizedWithoutAdapter,
  rlLrTooHigh,
  rolloutLeavesRemainder,
  rolloutTensorParallelIndivisible,
  runHasNoSteps,
  runTooShort,
  sequenceExceedsPositions,
  sequenceIndivisibleByContext,
  sequenceLengthNotAsNamed,
  sequenceParallelWithoutTensor,
  settingsDisagree,
  sgdLrTooHigh,
  shapesOffTensorCores,
  singleSampleGroup,
  tensorParallelIndivisible,
  tf32UnsupportedByGpu,
  tightGpuMemory,
  valueOutOfRange,
  warmupGivenTwice,
  warmupOutlastsRun,
  warmupRatioAboveOne,
  weightDecayForgetsRun,
  worldSizeIndivisible,
  zero3OverNodesWithSmallBatch,
];

const RULES_BY_ID: ReadonlyMap<string, Rule | KeyRule> = new Map(
  [...RULES, ...KEY_RULES].map((rule) => [rule.id, rule]),
);

/** The rule of an id, one on plan fields or one on keys. */
export function findRule(id: string): Rule | KeyRule | undefined {
  return RULES_BY_ID.get(id);
}

export { describeKeyIssue, KEY_RULES } from './key-rules.ts';
export type { KeyFinding, KeyProblem, KeyRule } from './support/define-key-rule.ts';
export { formatNumber } from './support/define-rule.ts';
export { gibAmount } from './support/gib-amount.ts';
export type * from './types.ts';
