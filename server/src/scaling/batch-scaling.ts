/** How the peak learning rate and its companions move when the batch grows by a factor kappa. */

/** Exponents p of η ∝ B^p measured for Adam: Marek et al. 2025 (0.158) and the Step Law grid below its optimum (0.76). */
export const ADAM_BATCH_EXPONENTS = { low: 0.16, high: 0.76 } as const;

/** Largest global batch for which linear scaling with warmup kept ResNet-50's accuracy. Goyal et al. 2017, arXiv 1706.02677. */
export const LINEAR_SCALING_LIMIT_IMAGES = 8192;

/**
 * Linear scaling rule for SGD with momentum: η' = κ·η. Goyal et al. 2017, arXiv 1706.02677.
 * Domain: convolutional networks, batch up to 8,192 images, with gradual warmup.
 */
export function scaleLinear(learningRate: number, fromBatch: number, toBatch: number): number {
  return learningRate * (toBatch / fromBatch);
}

/**
 * Square-root rule for the Adam family: η' = √κ·η. Malladi et al. 2022, arXiv 2205.10287; Granziol et al. 2022, arXiv 2006.09092.
 * Domain: batches below the critical batch; measured exponents are `ADAM_BATCH_EXPONENTS`.
 */
export function scaleSquareRoot(learningRate: number, fromBatch: number, toBatch: number): number {
  return learningRate * Math.sqrt(toBatch / fromBatch);
}

/** Steps that `epochs` passes over `examples` take, rounded. Goyal et al. 2017 warm up over 5 epochs. */
export function stepsOfEpochs(examples: number, epochs: number, globalBatch: number): number {
  return Math.round((epochs * examples) / globalBatch);
}

/**
 * A learning rate stated for batch one and multiplied by the whole batch at run time.
 * diffusers: examples/text_to_image/train_text_to_image.py, `--scale_lr`.
 */
export function scaleFromBatchOne(
  learningRate: number,
  batch: { readonly micro: number; readonly accumulation: number; readonly ranks: number },
): number {
  return learningRate * batch.micro * batch.accumulation * batch.ranks;
}

export interface AdamSettings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/**
 * The whole square-root rule of the Adam SDE, decays and epsilon included. Malladi et al. 2022, arXiv 2205.10287:
 * η' = η·√κ, β' = 1 − κ(1 − β), ε' = ε/√κ.
 * `applicable` is false where a decay leaves (0, 1): κ ≥ 1/(1 − β).
 */
export function scaleAdam(settings: AdamSettings, kappa: number): AdamSettings & { readonly applicable: boolean } {
  const beta1 = 1 - kappa * (1 - settings.beta1);
  const beta2 = 1 - kappa * (1 - settings.beta2);
  return {
    learningRate: settings.learningRate * Math.sqrt(kappa),
    beta1,
    beta2,
    epsilon: settings.epsilon / Math.sqrt(kappa),
    applicable: beta1 > 0 && beta2 > 0,
  };
}

/**
 * Best Adam learning rate at a batch: η_max / (½(√(B_noise/B) + √(B/B_noise))). Li et al. 2024, arXiv 2405.14578, eq. 13-21.
 * `batch` and `noiseScale` in the same unit. Domain: small models; the falling branch is flat in other measurements.
 */
export function surgeLearningRate(maxLearningRate: number, noiseScale: number, batch: number): number {
  const balance = (Math.sqrt(noiseScale / batch) + Math.sqrt(batch / noiseScale)) / 2;
  return maxLearningRate / balance;
}

/** The SGD form of the same analysis: η_max / (1 + B_noise/B). McCandlish et al. 2018, arXiv 1812.06162; Li et al. 2024, eq. 1. */
export function noiseLimitedLearningRate(maxLearningRate: number, noiseScale: number, batch: number): number {
  return maxLearningRate / (1 + noiseScale / batch);
}

/**
 * Invariance of PPO with a decoupled proximal policy, for an optimisation batch smaller by `shrink`.
 * Hilton, Cobbe, Schulman 2022, arXiv 2110.00641: Adam's step size falls by √c, and the centre of mass β/(1 − β)
 * of the proximal policy's moving average, counted in gradient steps, grows by c.
 */
export function shrinkPpoBatch(
  learningRate: number,
  proximalDecay: number,
  shrink: number,
): { readonly learningRate: number; readonly proximalDecay: number } {
  const centreOfMass = (proximalDecay / (1 - proximalDecay)) * shrink;
  return { learningRate: learningRate / Math.sqrt(shrink), proximalDecay: centreOfMass / (1 + centreOfMass) };
}
