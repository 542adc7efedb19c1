/** Optimal and critical batch sizes of language-model pretraining. Batches in tokens unless said otherwise. */

/** Costs of training at a batch of `share` × the critical batch, relative to the minimum. */
export interface BatchCost {
  /** E/E_min = 1 + B/B_crit: tokens for the same loss. */
  readonly tokens: number;
  /** S/S_min = 1 + B_crit/B: steps for the same loss. */
  readonly steps: number;
}

/** McCandlish et al. 2018, arXiv 1812.06162: (S/S_min − 1)(E/E_min − 1) = 1. */
export function batchCost(share: number): BatchCost {
  return { tokens: 1 + share, steps: 1 + 1 / share };
}

/** Critical batch at a loss L in nats per token: 2e8 / L^(1/0.21). Kaplan et al. 2020, arXiv 2001.08361, section 5.1. WebText2, their own BPE. */
export function kaplanCriticalBatch(loss: number): number {
  return 2e8 / loss ** (1 / 0.21);
}

/**
 * Optimal batch at a C4 loss: 1.21e9 / L^6.24. Hu et al. 2024 (MiniCPM), arXiv 2404.06395. 9M to 170M parameters.
 * A comparison table in circulation prints 2e18 for the coefficient.
 */
export function miniCpmOptimalBatch(loss: number): number {
  return 1.21e9 / loss ** 6.24;
}

/** Optimal batch for D tokens: 0.58·D^0.571. Li et al. 2025 (Step Law), arXiv 2503.04715. D from 4e9 to 1e11; within 2× of it the loss is flat. */
export function stepLawOptimalBatch(trainedTokens: number): number {
  return 0.58 * trainedTokens ** 0.571;
}

/** Sequences of this length are the unit of Zhang et al.'s fit. */
const ZHANG_SEQUENCE_TOKENS = 512;

/**
 * Largest batch that costs at most 20% more steps than perfect scaling: 22.91·(D/10⁶)^0.47 sequences of 512 tokens.
 * Zhang et al. 2024, arXiv 2410.21676. 85M to 1.2B parameters. D is in millions: with the billions that a secondary source
 * prints, the paper's three fits contradict each other.
 */
export function zhangCriticalBatch(trainedTokens: number): number {
  return ZHANG_SEQUENCE_TOKENS * zhangCriticalSequences(trainedTokens);
}

/** The same in sequences of 512 tokens. */
export function zhangCriticalSequences(trainedTokens: number): number {
  return 22.91 * (trainedTokens / 1e6) ** 0.47;
}

/** A 20% overhead is B = 0.2·B_crit, by `batchCost`. */
const ZHANG_SHARE_OF_CRITICAL = 0.2;

/** Sequences of this length are the unit of Power Lines' fits. */
const POWER_LINES_SEQUENCE_TOKENS = 2048;

/** 0.0306·D^0.383 sequences of 2,048 tokens. Bergsma et al. 2025 (Power Lines), arXiv 2505.13738; the coefficient is recalled. */
export function powerLinesOptimalSequences(trainedTokens: number): number {
  return 0.0306 * trainedTokens ** 0.383;
}

/** 0.0471·D^0.462 sequences of 2,048 tokens. Bergsma et al. 2025 (Power Lines), arXiv 2505.13738; the coefficient is recalled. */
export function powerLinesCriticalSequences(trainedTokens: number): number {
  return 0.0471 * trainedTokens ** 0.462;
}

/**
 * The batch at which the same loss costs twice the tokens, in tokens: the larger of two independent data-based laws
 * (Zhang et al. 2024 and Power Lines 2025), which agree within about 15% from 10¹⁰ to 10¹² tokens.
 */
export function criticalBatch(trainedTokens: number): number {
  const zhang = zhangCriticalBatch(trainedTokens) / ZHANG_SHARE_OF_CRITICAL;
  const powerLines = POWER_LINES_SEQUENCE_TOKENS * powerLinesCriticalSequences(trainedTokens);
  return Math.max(zhang, powerLines);
}
