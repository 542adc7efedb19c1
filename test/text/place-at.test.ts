import { describe, expect, it } from 'vitest';
import { type Format, parseText, placeAt, withLoader } from '../../server/src/text/index.ts';

/** The place of the `|` in the text, which is taken out before parsing. */
function place(marked: string, format: Format = 'yaml'): string {
  const offset = marked.indexOf('|');
  const text = marked.slice(0, offset) + marked.slice(offset + 1);
  const found = placeAt(withLoader(parseText('x', text, format), 'pyyaml'), offset);
  return found === undefined ? 'nothing' : `${found.part} ${found.path.join('.')}`.trim();
}

describe('placeAt', () => {
  it.each([
    ['mod|el:\n  dim: 8\n', 'key model'],
    ['model:\n  dim|: 8\n', 'key model.dim'],
    ['model:\n  dim: |8\n', 'value model.dim'],
    ['model:\n  dim: 8|\n', 'value model.dim'],
    ['model:\n  dim: 8 # no|te\n', 'gap model'],
    ['a: |\n', 'value a'],
    ['a:|\nb: 1\n', 'value a'],
    ['model:\n  dim: 8\n  |\nlr: 1\n', 'gap model'],
    ['model:\n  dim: 8\n|\nlr: 1\n', 'gap'],
    ['model:\n  |\nlr: 1\n', 'gap model'],
    ['model:\n  deep:\n    x: 1\n  |\n', 'gap model'],
    ['model:\n  deep:\n    x: 1\n    |\n', 'gap model.deep'],
    ['l:\n  - a: 1\n    |\n', 'gap l.0'],
    ['l: [1, |2]\n', 'value l.1'],
    ['m: {a: 1, |}\n', 'gap m'],
    ['m: {a: |, b: 1}\n', 'value m.a'],
    ['<<: 1|', 'gap'],
  ])('%j is %s', (marked, expected) => {
    expect(place(marked)).toBe(expected);
  });

  it.each([
    ['{ "a": { "b|": 1 } }', 'json', 'key a.b'],
    ['{ "a": { "b": 1 |} }', 'json', 'gap a'],
    ['{ "a": "x|" }', 'json', 'value a'],
    ['[m]\nd = |8\n', 'toml', 'value m.d'],
    ['[m|]\nd = 8\n', 'toml', 'key m'],
    ['[m.n]\nd| = 8\n[q]\n', 'toml', 'key m.n.d'],
  ] as const)('%j in %s is %s', (marked, format, expected) => {
    expect(place(marked, format)).toBe(expected);
  });

  it('finds nothing in a text without a tree', () => {
    expect(place('|')).toBe('nothing');
  });
});
