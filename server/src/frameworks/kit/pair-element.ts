import type { ConfigValue } from '../../text/index.ts';
import type { Around } from '../types.ts';
import { castNumber } from './key.ts';

/** One number of a pair that stands under one key, as Adam's betas do; the other stays as it is written. */
export function pairElement(
  path: string,
  index: 0 | 1,
): {
  readonly read: (value: ConfigValue) => number | undefined;
  readonly write: (to: number, around: Around) => ConfigValue | undefined;
} {
  return {
    read: (value) => (Array.isArray(value) ? castNumber(value[index] ?? null) : undefined),
    write: (to, around) => {
      const pair = around.get(path);
      if (!Array.isArray(pair) || pair.length !== 2) return undefined;
      return pair.map((element: ConfigValue, place) => (place === index ? to : element));
    },
  };
}
