import type { FieldName } from '../server/src/engine/index.ts';

/** A field's key may be in another field's unit, be replaced by the other's, or count only beside a value of it. */
export function follows(moved: FieldName, edited: FieldName): boolean {
  return FOLLOWERS.some(([leader, follower]) => leader.test(edited) && follower.test(moved));
}

const FOLLOWERS: readonly (readonly [RegExp, RegExp])[] = [
  // Epochs, steps, tokens and shares of a run, of which frameworks take one; cadences in any of these.
  [/^schedule\.|^rollout\.(rounds|episodes)$/, /^schedule\.|^rollout\.(rounds|episodes)$/],
  [
    /^(batch|parallel)\.|^data\.(sequenceLength|packing)/,
    /^schedule\.(totalSteps|epochs|totalTokens|warmupSteps|decaySteps)/,
  ],
  [/^rollout\.(batch|miniBatch|promptsPerStep|generations|updateEpochs|completionLength)/, /^schedule\.(total|epochs)/],
  // Steps of a pipeline that holds several updates.
  [/^(batch|rollout)\./, /^schedule\.(save|eval)Steps$/],
  // Batches a device, a replica or a pipeline stage; a token budget in place of a count.
  [/^parallel\.|^data\.packing$/, /^(batch|optimizer\.peakLearningRate|schedule)\b/],
  // A batch, a rate and a length for this many processes are scaled to those that run.
  [/^reference\.world$/, /^(batch|optimizer\.peakLearningRate|schedule|reference)\b/],
  [
    /^rollout\.(generations|promptsPerStep|completionLength)$/,
    /^(rollout|batch)\.(miniBatch|batch|microTokens|global)$/,
  ],
  [/^(parallel\.pipeline|model\.layers)$/, /^parallel\.virtualPipeline$/],
  // Between the tensor ranks activations are sharded, where there are any.
  [/^parallel\.tensor$/, /^parallel\.sequence$/],
  // A launcher starts no more processes on a node than there are.
  [/^parallel\.world$/, /^parallel\.gpusPerNode$/],
  // Some keys count for some models only.
  [/^model\.name$/, /^model\.attention$/],
  // A feed-forward width may be a multiple of the hidden size.
  [/^model\.hiddenSize$/, /^model\.intermediateSize$/],
  // Megatron pads the vocabulary to what its tensor ranks divide.
  [/^parallel\.tensor$/, /^model\.vocabSize$/],
  // Nothing is evaluated without examples, however often.
  [/^evaluation\.examples$/, /^schedule\.eval/],
  // Settings of what was switched off or exchanged.
  [/^adapter\.kind$/, /^adapter\./],
  [/^adapter\.quantization$/, /^(adapter\.(kind|doubleQuantization)|optimizer\.name)$/],
  [/^activations\.checkpointing$/, /^activations\./],
  [/^sharding\.(zeroStage|reshardAfterForward)$/, /^sharding\./],
  // Each engine has sections of its own.
  [/^sharding\.engine$/, /./],
  [/^optimizer\.name$/, /^optimizer\./],
  // Under Noam the peak is where warmup ends.
  [/^schedule\.warmup(Steps|Ratio)$/, /^optimizer\.peakLearningRate$/],
  [/^run\.objective$/, /^(preference|rollout|loss)\./],
  [/^rollout\.engine$/, /^rollout\./],
  [/^parallel\.world$/, /^rollout\.colocated$/],
  [/^rollout\.colocated$/, /^(parallel\.(nodes|gpusPerNode|world)|rollout\.memoryShare)$/],
];
