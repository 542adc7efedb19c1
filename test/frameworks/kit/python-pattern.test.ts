import { describe, expect, it } from 'vitest';
import { brokenPattern } from '../../../server/src/frameworks/kit/python-pattern.ts';

describe('patterns that Python refuses', () => {
  it.each(['(', 'a)', '[a', '*.q_proj', '(*a)', 'a|+b', 'a\\', '(?:a', 'x[]y'])('has %j among them', (pattern) => {
    expect(brokenPattern(pattern)).toBe(true);
  });

  it.each(['q_proj', '.*\\.q_proj', '(?:a|b)+', '[]a]', '[^]]', '\\(', 'a\\|*', '(?P<name>x)', '', 'a{2}', '[(]'])(
    'has not %j',
    (pattern) => {
      expect(brokenPattern(pattern)).toBe(false);
    },
  );
});
