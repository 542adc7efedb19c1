/** Learning-rate rules that belong to one optimizer, method or script. */

/** LAMB on BERT-Large, batch 512 to 32,768: the first row of the published table; the others follow from it. */
const LAMB_ANCHOR = { batch: 512, learningRate: 6.25e-4, warmupShare: 1 / 320 };

/**
 * LAMB's untuned learning rate and warmup: √ scaling of the rate, warmup share in proportion to the batch.
 * You et al. 2020, arXiv 1904.00962 (the rule was read in secondary sources; the table is recalled and follows the rule exactly).
 */
export function lambForBatch(batch: number): { readonly learningRate: number; readonly warmupShare: number } {
  const kappa = batch / LAMB_ANCHOR.batch;
  return {
    learningRate: LAMB_ANCHOR.learningRate * Math.sqrt(kappa),
    warmupShare: LAMB_ANCHOR.warmupShare * kappa,
  };
}

/**
 * LARS's local learning rate of one layer: φ·‖w‖ / (‖g‖ + λ‖w‖). You, Gitman, Ginsburg 2017, arXiv 1708.03888.
 * The formula and φ = 0.001 are recalled.
 */
export function larsLocalRate(
  weightNorm: number,
  gradientNorm: number,
  weightDecay: number,
  trustCoefficient = 0.001,
): number {
  return (trustCoefficient * weightNorm) / (gradientNorm + weightDecay * weightNorm);
}

/** How much smaller Lion's rate, and larger its weight decay, is than AdamW's. google/automl: lion/README.md. */
export const LION_FACTOR = { low: 3, high: 10 } as const;

export interface Span {
  readonly low: number;
  readonly high: number;
}

/** Lion's learning rate and weight decay from an AdamW recipe, by `LION_FACTOR`, the rate rounded as the authors state it. */
export function lionFromAdamW(
  learningRate: number,
  weightDecay: number,
): { readonly learningRate: Span; readonly weightDecay: Span } {
  return {
    learningRate: { low: learningRate / LION_FACTOR.high, high: learningRate / LION_FACTOR.low },
    weightDecay: { low: weightDecay * LION_FACTOR.low, high: weightDecay * LION_FACTOR.high },
  };
}

/** SimCLR's two rules under LARS. google-research/simclr: model_util.py: linear 0.3·B/256, square root 0.075·√B. */
export function simclrRates(batch: number): { readonly linear: number; readonly squareRoot: number } {
  return { linear: (0.3 * batch) / 256, squareRoot: 0.075 * Math.sqrt(batch) };
}

/** Rate from a base rate per 256 images: MAE, MoCo v3 and DINO. facebookresearch/mae: main_pretrain.py. */
export function rateFromBase256(baseRate: number, batch: number): number {
  return (baseRate * batch) / 256;
}

/** Rate from a base rate at 1,024 images by the square root. facebookresearch/dinov2: utils/config.py. */
export function rateFromBase1024(baseRate: number, batch: number): number {
  return baseRate * Math.sqrt(batch / 1024);
}

/** 3e-4·√(B/4e6), B the batch in loss tokens. LLaMA-Factory: scripts/stat_utils/cal_lr.py. */
export function rateForLossTokens(batchTokens: number): number {
  return 3e-4 * Math.sqrt(batchTokens / 4e6);
}

/** LoRA's best rate is about this many times full fine-tuning's. TRL: docs/source/lora_without_regret.md (fitted 9.8). */
export const LORA_FACTOR = 10;

/**
 * Hidden-matrix learning rate under maximal-update parametrisation with Adam: η_base / (width / base width).
 * Yang et al. 2022, arXiv 2203.03466; microsoft/mup: optim.py.
 */
export function mupHiddenRate(baseRate: number, baseWidth: number, width: number): number {
  return baseRate / (width / baseWidth);
}
