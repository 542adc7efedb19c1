import type { Mistake } from './plant.ts';
import { RATE_MISTAKES } from './rate-mistakes.ts';
import { SHAPE_MISTAKES } from './shape-mistakes.ts';

/** Every mistake that the audit plants. */
export const MISTAKES: readonly Mistake[] = [...RATE_MISTAKES, ...SHAPE_MISTAKES];
