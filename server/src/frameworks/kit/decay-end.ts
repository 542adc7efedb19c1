import type { ConfigValue } from '../../text/index.ts';
import type { Around } from '../types.ts';

interface DecayEnd {
  /** The step at which the decay ends, counted from the start of the run. */
  readonly read: (value: ConfigValue, around: Around) => number | undefined;
  readonly write: (to: number, around: Around) => ConfigValue | undefined;
  /** Steps of warmup where the decay ends at a step: some keys give them as a share of it. */
  readonly warmup: (end: number, around: Around) => number | undefined;
}

/** How often a share of warmup is taken anew until the end it belongs to is found. */
const ATTEMPTS = 20;

/**
 * Reader and writer of `schedule.decaySteps` for a key that says when the decay ends: warmup is a part of what it
 * counts, and the field holds the steps after it.
 */
export function decayEnd({ read, write, warmup }: DecayEnd): {
  readonly read: (value: ConfigValue, around: Around) => number | undefined;
  readonly write: (to: number, around: Around) => ConfigValue | undefined;
} {
  const stepsUntil = (end: number, around: Around): number | undefined => {
    const steps = warmup(end, around);
    return steps === undefined || steps >= end ? undefined : end - steps;
  };
  return {
    read: (value, around) => {
      const end = read(value, around);
      return end === undefined ? undefined : stepsUntil(end, around);
    },
    write: (to, around) => {
      let end = to;
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const steps = stepsUntil(end, around);
        if (steps === to) return write(end, around);
        const before = warmup(end, around);
        if (before === undefined) return undefined;
        end = to + before;
      }
      return undefined;
    },
  };
}
