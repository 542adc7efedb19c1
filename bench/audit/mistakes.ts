import { DATA_MISTAKES } from './data-mistakes.ts';
import type { Mistake } from './plant.ts';
import { PRECISION_MISTAKES } from './precision-mistakes.ts';
import { RATE_MISTAKES } from './rate-mistakes.ts';
import { ROLLOUT_MISTAKES } from './rollout-mistakes.ts';
import { SHAPE_MISTAKES } from './shape-mistakes.ts';

/** Every mistake that the audit plants. */
export const MISTAKES: readonly Mistake[] = [
  ...RATE_MISTAKES,
  ...SHAPE_MISTAKES,
  ...PRECISION_MISTAKES,
  ...DATA_MISTAKES,
  ...ROLLOUT_MISTAKES,
];
