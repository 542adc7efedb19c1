import { castNumber } from '../kit/key.ts';
import { excludes, isSet, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';
import { flag, given } from './flags.ts';

const ARGUMENTS = 'Megatron-LM: megatron/training/arguments.py, validate_args';
const CALCULATOR = 'Megatron-LM: megatron/core/num_microbatches_calculator.py';

const SUFFIXES: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, B: 1e9, T: 1e12 };

const numberAt = (around: Around, name: string): number | undefined => castNumber(given(around, name));

/** What a schedule of batches is refused for; undefined: nothing, or it is not read. */
function scheduleFault(schedule: string): string | undefined {
  const steps = schedule
    .replaceAll(',', ' ')
    .split(/\s+/)
    .filter((step) => step !== '');
  const pairs = steps.map((step) => step.split(':').map(amountOf));
  if (pairs.some((pair) => pair.length < 2 || pair.some((amount) => amount === undefined)))
    return 'pairs of THRESHOLD:BATCH';
  const starts = pairs.map(([start]) => start ?? 0).toSorted((one, other) => one - other);
  if (starts[0] !== 0) return 'a first threshold of 0';
  if (starts.some((start, index) => index > 0 && start === starts[index - 1])) return 'a threshold for every batch';
  return pairs.some(([, batch]) => (batch ?? 0) <= 0) ? 'batches above 0' : undefined;
}

/** A number with the suffix of thousands, millions, billions or trillions. */
function amountOf(text: string): number | undefined {
  const factor = SUFFIXES[text.trim().slice(-1).toUpperCase()];
  const number = castNumber(factor === undefined ? text : text.trim().slice(0, -1));
  return number === undefined ? undefined : number * (factor ?? 1);
}

/** Batches that Megatron-LM's arguments refuse before the ranks are counted. */
export const BATCH_CHECKS: readonly KeyCheck[] = [
  requires(flag('rl-use-sequence-packing'), {
    when: isTrue,
    requires: '--micro-batch-size 1',
    found: (around) => {
      const micro = numberAt(around, 'micro-batch-size');
      return micro === undefined || micro === 1 ? undefined : String(micro);
    },
    effect: 'refused',
    cite: ARGUMENTS,
  }),
  {
    key: flag('eval-global-batch-size'),
    cite: ARGUMENTS,
    wrong: (around) => {
      const global = numberAt(around, 'eval-global-batch-size');
      const micro = numberAt(around, 'eval-micro-batch-size') ?? numberAt(around, 'micro-batch-size');
      if (global === undefined || micro === undefined || micro <= 0 || global % micro === 0) return undefined;
      return {
        kind: 'not-allowed',
        data: { found: global, expected: `multiples of the micro batch ${micro}` },
        effect: 'refused',
      };
    },
  },
  excludes(flag('step-batch-size-schedule'), flag('global-batch-size'), ARGUMENTS, isSet),
  {
    key: flag('step-batch-size-schedule'),
    cite: `${CALCULATOR}, StepBatchsizeNumMicroBatchesCalculator`,
    wrong: (around) => {
      const value = given(around, 'step-batch-size-schedule');
      const schedule = Array.isArray(value) ? value.join(' ') : value;
      const expected = typeof schedule === 'string' ? scheduleFault(schedule) : undefined;
      if (typeof schedule !== 'string' || expected === undefined) return undefined;
      return { kind: 'not-allowed', data: { found: schedule, expected }, effect: 'refused' };
    },
  },
];
