import { describe, expect, it } from 'vitest';
import { pairElement } from '../../../server/src/frameworks/kit/pair-element.ts';
import type { Around } from '../../../server/src/frameworks/types.ts';
import type { ConfigValue } from '../../../server/src/text/index.ts';

function around(value: ConfigValue): Around {
  return { file: 'train.yaml', get: () => value, has: () => true };
}

describe('one number of a pair', () => {
  it.each<[ConfigValue, 0 | 1, number | undefined, ConfigValue | undefined]>([
    [[0.9, 0.95], 0, 0.9, [0.8, 0.95]],
    [[0.9, 0.95], 1, 0.95, [0.9, 0.8]],
    [['0.9', '0.95'], 1, 0.95, ['0.9', 0.8]],
    [[0.9], 0, 0.9, undefined],
    [0.9, 0, undefined, undefined],
  ])('of %j at %i is read as %s and written as %j', (value, index, read, written) => {
    const row = pairElement('betas', index);
    expect(row.read(value)).toBe(read);
    expect(row.write(0.8, around(value))).toEqual(written);
  });
});
