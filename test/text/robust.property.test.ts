import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConfigNode,
  parseText,
  placeAt,
  setValue,
  type TextRange,
  toValue,
  unsetValue,
  withLoader,
} from '../../server/src/text/index.ts';
import { type ConfigFormat, sampleOf } from './config-samples.ts';

const FORMATS = ['yaml', 'json', 'toml'] as const;

const FRAGMENTS = [
  ...[
    '\n',
    '\r\n',
    '\t',
    '  ',
    '- ',
    '? ',
    ': ',
    ':',
    '#',
    ' #',
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    "'",
    '"""',
    '|\n',
    '>-\n',
  ],
  ...['&a ', '*a', '*a\n', '<<: *a\n', '<<: [*a, *b]\n', '!!', '!x ', '---\n', '...\n', '%YAML 1.1\n', '//', '/*', '='],
  ...['[[t]]\n', '[t]\n', '\uFEFF', '\0', '\uD800', '<<<<<<< a\n', '>>>>>>> b\n', '${', '{{', '`', '@', '\\', '\u2028'],
];

interface Change {
  readonly at: number;
  readonly cut: number;
  readonly add: string;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat({ max: 300 }),
  cut: fc.nat({ max: 8 }),
  add: fc.oneof(fc.constantFrom(...FRAGMENTS), fc.constant('')),
});

function mutated(format: ConfigFormat): fc.Arbitrary<string> {
  const sample = sampleOf(format);
  return fc
    .tuple(sample, fc.array(change, { minLength: 1, maxLength: 5 }), fc.option(fc.nat({ max: 200 })))
    .map(([{ text }, changes, length]) => {
      const changed = changes.reduce((t, { at, cut, add }) => t.slice(0, at) + add + t.slice(at + cut), text);
      return length === null ? changed : changed.slice(0, length);
    });
}

function ranges(node: ConfigNode, found: TextRange[] = []): readonly TextRange[] {
  found.push(node.range);
  if (node.kind === 'seq') for (const item of node.items) ranges(item, found);
  if (node.kind === 'map') {
    for (const entry of node.entries) {
      found.push(entry.keyRange);
      ranges(entry.value, found);
    }
  }
  return found;
}

describe.each(FORMATS)('a broken text in %s', (format) => {
  it('never throws, and every range and message is sound', () => {
    fc.assert(
      fc.property(mutated(format), fc.nat({ max: 300 }), (text, offset) => {
        const tree = withLoader(parseText('x', text, format), 'pyyaml');
        expect(tree.problems.length).toBeLessThanOrEqual(1);
        for (const { message, range } of tree.problems) {
          expect(message).toMatch(/^[A-Z].*\.$/);
          expect(message.length).toBeLessThan(160);
          expect(range.start).toBeLessThanOrEqual(range.end);
          expect(range.end).toBeLessThanOrEqual(text.length);
        }
        for (const { start, end } of tree.root === undefined ? [] : ranges(tree.root)) {
          expect(start).toBeLessThanOrEqual(end);
          expect(end).toBeLessThanOrEqual(text.length);
        }
        if (tree.root !== undefined) toValue(tree.root);
        placeAt(tree, offset);
        setValue(tree, ['lr'], 1e-4);
        unsetValue(tree, ['lr']);
      }),
      { numRuns: 500 },
    );
  });
});

describe.each(FORMATS)('a sound text in %s', (format) => {
  it('has every own value inside its parent and every scalar where its text stands', () => {
    fc.assert(
      fc.property(sampleOf(format), ({ text }) => {
        const { root, problems } = withLoader(parseText('x', text, format), 'pyyaml');
        expect(problems).toEqual([]);
        const check = (node: ConfigNode, outer: TextRange): void => {
          expect(node.range.start).toBeGreaterThanOrEqual(outer.start);
          expect(node.range.end).toBeLessThanOrEqual(outer.end);
          if (node.kind === 'scalar') {
            expect(text.slice(node.range.start, node.range.end).replace(/^["']|["']$/g, '')).toBe(node.source);
          }
          if (node.kind === 'seq') for (const item of node.items) check(item, node.range);
          if (node.kind === 'map') {
            for (const { value, key, keyRange } of node.entries) {
              expect(text.slice(keyRange.start, keyRange.end).replace(/"/g, '')).toBe(key);
              check(value, node.range);
            }
          }
        };
        if (root !== undefined) check(root, { start: 0, end: text.length });
      }),
      { numRuns: 300 },
    );
  });
});
