import type { ConfigValue } from '../../text/index.ts';
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

/**
 * Functional tests cut a recipe down to a few steps and leave its schedule as it was, on purpose. Only release runs
 * are trained to their end.
 */
export function isCutShort(around: Around): boolean {
  const kind = around.get('TEST_TYPE') ?? null;
  return typeof kind === 'string' && kind !== 'release';
}
