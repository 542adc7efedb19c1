/** Decays of moving averages, and what they do when the batch changes. */

/** EMA of the weights when the batch grows by κ: ρ' = ρ^κ. Busbridge et al. 2023, arXiv 2307.13813. Up to batch 24,576 (BYOL). */
export function scaleEmaDecay(decay: number, kappa: number): number {
  return decay ** kappa;
}

/** Adam's β2 that keeps its half-life in tokens: β2' = β2^(B'/B). Marek et al. 2025, arXiv 2507.07101. Never negative. */
export function scaleBeta2(beta2: number, fromBatch: number, toBatch: number): number {
  return beta2 ** (toBatch / fromBatch);
}

/** Steps after which a moving average of this decay has forgotten half: ln ½ / ln ρ. */
export function halfLifeSteps(decay: number): number {
  return Math.log(0.5) / Math.log(decay);
}

/** Warmup steps of untuned Adam: ⌊2/(1 − β2)⌋. Ma and Yarats 2019, arXiv 1910.04209. */
export function untunedWarmupSteps(beta2: number): number {
  // Rounding first keeps 2/(1 − 0.999) at 2000 in spite of binary fractions.
  return Math.floor(Number((2 / (1 - beta2)).toPrecision(9)));
}
