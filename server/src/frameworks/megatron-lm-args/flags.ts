import type { ConfigValue } from '../../text/index.ts';
import { castNumber } from '../kit/key.ts';
import type { Around } from '../types.ts';

/** The path of a command-line flag in the file. */
export function flag(name: string): string {
  return `MODEL_ARGS.--${name}`;
}

/** A flag's value; null where it is not given. */
export function given(around: Around, name: string): ConfigValue {
  return around.get(flag(name)) ?? null;
}

/** A switch that is on. */
export function isOn(around: Around, name: string): boolean {
  return around.get(flag(name)) === true;
}

/** A decay so many times as long as the run is of another run, whose schedule a shorter one borrows. */
const BORROWED = 20;

/**
 * Functional tests cut a recipe down to a few steps and leave its schedule as it was, on purpose. Only release runs
 * are trained to their end, and some of those are the first steps of a longer one.
 */
export function isCutShort(around: Around): boolean {
  const kind = around.get('TEST_TYPE') ?? null;
  if (typeof kind !== 'string') return false;
  return (
    kind !== 'release' ||
    ['iters', 'samples'].some((unit) => {
      const run = castNumber(given(around, `train-${unit}`));
      const decay = castNumber(given(around, `lr-decay-${unit}`));
      return run !== undefined && decay !== undefined && decay >= BORROWED * run;
    })
  );
}
