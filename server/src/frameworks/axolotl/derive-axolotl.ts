import { type Derivation, derive } from '../../plan/index.ts';

/** Warmup where no key states it: axolotl: src/axolotl/core/builders/base.py (_configure_warmup_and_logging). */
const WARMUP_SHARE = 0.03;
const WARMUP_AT_MOST = 100;

export const DERIVATIONS: readonly Derivation[] = [
  derive(
    'schedule.warmupSteps',
    ['schedule.warmupRatio', 'schedule.totalSteps'],
    'warmup share × total steps, rounded down',
    (share, total) => atLeastTwo(Math.floor(share * total)),
  ),
  {
    field: 'schedule.warmupSteps',
    from: ['schedule.totalSteps'],
    how: '3% of the steps, at most 100, where no key says otherwise',
    compute: ({ 'schedule.totalSteps': total, 'schedule.warmupRatio': share }) =>
      total === undefined || share !== undefined
        ? undefined
        : atLeastTwo(Math.min(Math.floor(WARMUP_SHARE * total.value), WARMUP_AT_MOST)),
  },
];

/** A single warmup step is made two. */
function atLeastTwo(steps: number): number {
  return steps === 1 ? 2 : steps;
}
