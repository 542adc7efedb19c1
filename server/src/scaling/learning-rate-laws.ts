/**
 * Absolute learning-rate laws of language-model pretraining with Adam.
 * Published recipes sit up to 22 times below them, so they serve as a ceiling only.
 */

/** Kaplan's law turns negative at 1.2e10 parameters and is meaningless well before. */
const KAPLAN_USABLE_PARAMETERS = 1e9;

/** 3.239e-3 − 1.395e-4·ln N. Kaplan et al. 2020, arXiv 2001.08361, appendix D.6. `usable` up to 10⁹ parameters. */
export function kaplanLearningRate(parameters: number): { readonly learningRate: number; readonly usable: boolean } {
  return {
    learningRate: 3.239e-3 - 1.395e-4 * Math.log(parameters),
    usable: parameters <= KAPLAN_USABLE_PARAMETERS,
  };
}

export interface DeepSeekShape {
  readonly layers: number;
  readonly hiddenSize: number;
  readonly sequenceLength: number;
}

/** Non-embedding FLOPs per token, attention counted: M = 72·n_layer·d² + 12·n_layer·d·l_seq. DeepSeek LLM 2024, arXiv 2401.02954, eq. 2. */
export function deepSeekFlopsPerToken({ layers, hiddenSize, sequenceLength }: DeepSeekShape): number {
  const matrices = 72 * layers * hiddenSize ** 2;
  const attention = 12 * layers * hiddenSize * sequenceLength;
  return matrices + attention;
}

/**
 * η = 0.3118·C^−0.125, with C = M·D. DeepSeek LLM 2024, arXiv 2401.02954, eq. 1.
 * Fitted from 10¹⁷ to 2·10¹⁹ FLOPs; gives the rates of their 7B and 67B models within 3%. A table in circulation prints 0.3188.
 */
export function deepSeekLearningRate(flops: number): number {
  return 0.3118 * flops ** -0.125;
}

/** B = 0.2920·C^0.3271 tokens. DeepSeek LLM 2024, arXiv 2401.02954, eq. 1. */
export function deepSeekBatch(flops: number): number {
  return 0.292 * flops ** 0.3271;
}

/**
 * η = 1.79·N^−0.713·D^0.307, N non-embedding parameters. Li et al. 2025 (Step Law), arXiv 2503.04715.
 * N from 215M to 1.07B, D from 4e9 to 1e11 tokens, at the optimal batch, AdamW with cosine decay.
 */
export function stepLawLearningRate(parameters: number, trainedTokens: number): number {
  return 1.79 * parameters ** -0.713 * trainedTokens ** 0.307;
}

/** η = 3.7·N^−0.36 and B = 0.7576·N^0.703 tokens at 20 tokens a parameter. Porian et al. 2024, arXiv 2406.19146. 5M to 901M parameters. */
export function porianOptimum(parameters: number): { readonly learningRate: number; readonly batchTokens: number } {
  return { learningRate: 3.7 * parameters ** -0.36, batchTokens: 0.7576 * parameters ** 0.703 };
}

/** Exponent of the token horizon at a fixed batch. Bjorck et al. 2024, arXiv 2409.19913 (0.32 for 760M parameters and more). */
export const HORIZON_EXPONENT = 0.32;

/** Factor for the learning rate when the run's tokens grow by `tokenFactor` at the same batch. Bjorck et al. 2024. */
export function horizonFactor(tokenFactor: number): number {
  return tokenFactor ** -HORIZON_EXPONENT;
}

/** Power Scheduler's constants under maximal-update parametrisation. Shen et al. 2024, arXiv 2408.13359, eq. 5-6. */
const POWER_SCHEDULER = { optimum: 4.6, a: 4, exponent: -0.51, ceiling: 0.02 };

/** Best WSD rate for T tokens at a batch in sequences of 4,096: β·4.6·T^−0.51, under muP. Shen et al. 2024, eq. 5. */
export function powerOptimum(trainedTokens: number, batchSequences: number): number {
  return batchSequences * POWER_SCHEDULER.optimum * trainedTokens ** POWER_SCHEDULER.exponent;
}

/** The rate after n tokens: min(η_max, β·a·n^b). Shen et al. 2024, eq. 6. */
export function powerSchedule(seenTokens: number, batchSequences: number): number {
  const power = batchSequences * POWER_SCHEDULER.a * seenTokens ** POWER_SCHEDULER.exponent;
  return Math.min(POWER_SCHEDULER.ceiling, power);
}

export interface PretrainingScale {
  /** Non-embedding parameters; active ones of a mixture of experts. */
  readonly parameters: number;
  readonly trainedTokens: number;
  /** Known shapes give DeepSeek's own FLOPs; without one 6·N·D stands in. */
  readonly shape?: DeepSeekShape;
}

/**
 * The upper edge of the laws: the larger of Step Law and DeepSeek's law.
 * No published recipe of 40 lies above it, and two in three runs at eight times Step Law's rate diverged.
 */
export function learningRateCeiling({ parameters, trainedTokens, shape }: PretrainingScale): number {
  const flops = shape === undefined ? 6 * parameters * trainedTokens : deepSeekFlopsPerToken(shape) * trainedTokens;
  return Math.max(stepLawLearningRate(parameters, trainedTokens), deepSeekLearningRate(flops));
}
