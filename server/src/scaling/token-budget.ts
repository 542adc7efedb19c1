/** Tokens per parameter, repeated data, and the timescale of weight decay. */

/** R*_D of the repetition law. Muennighoff et al. 2023, arXiv 2305.16264 (15 in secondary sources; the digits are recalled). */
const REPETITION_HALF_VALUE = 15.387756;

/**
 * What repeated epochs are worth in unique epochs: 1 + R*(1 − e^(−R/R*)), R = epochs − 1.
 * Muennighoff et al. 2023, arXiv 2305.16264. Language-model pretraining; up to 4 epochs are nearly as good as new data.
 */
export function effectiveEpochs(epochs: number): number {
  const repeats = epochs - 1;
  return 1 + REPETITION_HALF_VALUE * (1 - Math.exp(-repeats / REPETITION_HALF_VALUE));
}

/** Compute-optimal tokens per parameter. Hoffmann et al. 2022 (Chinchilla), arXiv 2203.15556. More is normal for models that serve. */
export const CHINCHILLA_TOKENS_PER_PARAMETER = 20;

export interface WeightDecaySetting {
  readonly batchTokens: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly trainedTokens: number;
}

/**
 * AdamW's timescale as a share of the run: τ = B/(η·λ·D). Wang and Aitchison 2024, arXiv 2405.13698; Bergsma et al. 2025, arXiv 2505.13738.
 * Under muP η is the width-adjusted rate.
 */
export function weightDecayTimescale(setting: WeightDecaySetting): number {
  const { batchTokens, learningRate, weightDecay, trainedTokens } = setting;
  return batchTokens / (learningRate * weightDecay * trainedTokens);
}

/** τ_opt = 1.084·TPP^−0.527. Bergsma et al. 2025 (Power Lines), arXiv 2505.13738. TPP from 20 to 1,000, 111M to 3.3B parameters. */
export function optimalTimescale(tokensPerParameter: number): number {
  return 1.084 * tokensPerParameter ** -0.527;
}

/** The weight decay that meets `optimalTimescale`: λ = B/(τ_opt·η·D). */
export function optimalWeightDecay(
  run: Omit<WeightDecaySetting, 'weightDecay'> & { readonly parameters: number },
): number {
  const timescale = optimalTimescale(run.trainedTokens / run.parameters);
  return run.batchTokens / (timescale * run.learningRate * run.trainedTokens);
}
