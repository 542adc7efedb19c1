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

/** Batches beyond this are slips of the keyboard; looking for their divisors would only take time. */
const LARGEST_SEARCHED = 1_000_000;

/** The largest divisor of `total` up to `limit`, or 1 where the numbers are no counts. */
export function largestDivisorUpTo(total: number, limit: number): number {
  if (!Number.isInteger(total) || total < 1 || limit < 1) return 1;
  const start = Math.min(total, Math.floor(limit));
  if (start > LARGEST_SEARCHED) return 1;
  for (let candidate = start; candidate > 1; candidate--) {
    if (total % candidate === 0) return candidate;
  }
  return 1;
}

/** The divisor of `total` nearest to `wanted`, at least 2, below twice `wanted`; undefined where there is none. */
export function nearestDivisor(total: number, wanted: number): number | undefined {
  if (!Number.isInteger(total) || total < 1) return undefined;
  if (!Number.isInteger(wanted) || wanted > LARGEST_SEARCHED) return undefined;
  for (let distance = 0; distance < wanted; distance++) {
    for (const candidate of [wanted - distance, wanted + distance]) {
      if (candidate >= 2 && total % candidate === 0) return candidate;
    }
  }
  return undefined;
}
