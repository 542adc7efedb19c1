/** Whole-number arithmetic that frameworks check or silently floor. */

/** Completions of one generation round, and what is left of them after whole groups. TRL: trl/trainer/grpo_config.py. */
export function generationRound(
  batch: { readonly micro: number; readonly steps: number; readonly ranks: number },
  generations: number,
): { readonly completions: number; readonly remainder: number } {
  const completions = batch.micro * batch.steps * batch.ranks;
  return { completions, remainder: completions % generations };
}

/** Completions of one optimizer step on one rank: ⌊mini batch · generations / ranks⌋. verl: workers/config/actor.py, fsdp_workers.py. */
export function miniBatchPerRank(miniBatchPrompts: number, generations: number, ranks: number): number {
  return Math.floor((miniBatchPrompts * generations) / ranks);
}

/** Transitions left for a truncated last mini batch. stable-baselines3: ppo/ppo.py. */
export function rolloutRemainder(steps: number, environments: number, miniBatch: number): number {
  return (steps * environments) % miniBatch;
}

/** Rows of an embedding padded up to a multiple. Megatron-LM: `make_vocab_size_divisible_by`, 128 by default. */
export function paddedVocabulary(vocabSize: number, multiple = 128): number {
  return Math.ceil(vocabSize / multiple) * multiple;
}

/** Idle share of a pipeline step: (p − 1)/(m + p − 1), p stages and m micro batches. Narayanan et al. 2021, arXiv 2104.04473, section 2.2. */
export function pipelineBubble(stages: number, microBatches: number): number {
  return (stages - 1) / (microBatches + stages - 1);
}

/** The smallest multiple of `step` at or above `least`. */
export function nextMultiple(least: number, step: number): number {
  return Math.ceil(least / step) * step;
}

/** Greatest common divisor of two whole numbers above zero. */
export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
