import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyEdits,
  type ConfigPath,
  type ConfigValue,
  type Loader,
  nodeAt,
  parseText,
  setValue,
  toValue,
  unsetValue,
  withLoader,
} from '../../server/src/text/index.ts';
import { type ConfigFormat, type Sample, sampleOf } from './config-samples.ts';

const LOADERS: Readonly<Record<ConfigFormat, readonly Loader[]>> = {
  yaml: ['pyyaml', 'omegaconf', 'yaml-1.2'],
  json: ['json'],
  toml: ['toml'],
};

const scalar: fc.Arbitrary<ConfigValue> = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(1e-5, 2e-5, 5e-6, 3e8, 0.1, 1, 0, 64, 1e21),
  fc.boolean(),
  // A text with an interpolation or a template in it never reads as a value.
  fc.string({ maxLength: 12 }).filter((text) => !/\$\{|\{\{|\{%/.test(text)),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom(
    'cosine',
    'on',
    '1e-5',
    'null',
    '',
    'a: b',
    'a #b',
    '- x',
    "it's",
    '"q"',
    '1:30',
    '0o7',
    '???',
    ' x ',
  ),
);
const value: fc.Arbitrary<ConfigValue> = fc.oneof({ weight: 5, arbitrary: scalar }, fc.array(scalar, { maxLength: 3 }));

interface Case {
  readonly sample: Sample;
  readonly loader: Loader;
  readonly path: ConfigPath;
  readonly value: ConfigValue;
}

function cases(format: ConfigFormat): fc.Arbitrary<Case> {
  return sampleOf(format).chain((sample) =>
    fc.record({
      sample: fc.constant(sample),
      loader: fc.constantFrom(...LOADERS[format]),
      path: fc.oneof(
        fc.constantFrom<ConfigPath>(...sample.paths, ['absent']),
        fc.constantFrom<ConfigPath>(...sample.paths).map((path) => [...path.slice(0, -1), 'new_key']),
        fc.constant<ConfigPath>(['absent', 'deep', 'key']),
      ),
      value,
    }),
  );
}

describe.each(['yaml', 'json', 'toml'] as const)('setValue in %s', (format) => {
  it('makes the path read as the value and changes nothing more when applied twice', () => {
    fc.assert(
      fc.property(cases(format), ({ sample, loader, path, value: wanted }) => {
        const tree = withLoader(parseText('x', sample.text, format), loader);
        expect(tree.problems).toEqual([]);
        const edits = setValue(tree, path, wanted);
        // OmegaConf's mark of a value that must be given elsewhere never reads as a value.
        if (loader === 'omegaconf' && [wanted].flat().includes('???')) {
          expect(edits).toBeUndefined();
          return;
        }
        expect(edits, `${JSON.stringify(sample.text)} ${JSON.stringify(path)}`).toBeDefined();
        if (edits === undefined) return;

        const after = withLoader(parseText('x', applyEdits(sample.text, edits), format), loader);
        const node = nodeAt(after, path);
        expect(after.problems).toEqual([]);
        expect(JSON.stringify(node && toValue(node))).toBe(JSON.stringify(wanted));
        expect(setValue(after, path, wanted)).toEqual([]);
      }),
      { numRuns: Number(process.env['RUNS'] ?? 400) },
    );
  });

  it('keeps every comment, and every line that it does not write on', () => {
    fc.assert(
      fc.property(cases(format), ({ sample, loader, path, value: wanted }) => {
        const tree = withLoader(parseText('x', sample.text, format), loader);
        const edits = setValue(tree, path, wanted) ?? [];
        const result = applyEdits(sample.text, edits);
        for (const comment of tree.comments) expect(result).toContain(tree.text.slice(comment.start, comment.end));
        const touched = edits.reduce((sum, edit) => sum + edit.end - edit.start, 0);
        const old = nodeAt(tree, path);
        expect(touched).toBeLessThanOrEqual(old === undefined ? 0 : old.range.end - old.range.start);
      }),
      { numRuns: Number(process.env['RUNS'] ?? 200) },
    );
  });

  it('is undone by unsetValue where it added a key', () => {
    fc.assert(
      fc.property(cases(format), ({ sample, loader, path, value: wanted }) => {
        const tree = withLoader(parseText('x', sample.text, format), loader);
        if (nodeAt(tree, path) !== undefined || path.length > 2) return;
        const set = setValue(tree, path, wanted) ?? [];
        const text = applyEdits(sample.text, set);
        const after = withLoader(parseText('x', text, format), loader);
        const unset = unsetValue(after, path);
        expect(unset, JSON.stringify(text)).toBeDefined();
        expect(applyEdits(text, unset ?? [])).toBe(sample.text);
      }),
      { numRuns: Number(process.env['RUNS'] ?? 200) },
    );
  });
});

describe.each(['yaml', 'json', 'toml'] as const)('unsetValue in %s', (format) => {
  it('takes the key out and leaves the rest as it reads', () => {
    fc.assert(
      fc.property(cases(format), ({ sample, loader, path }) => {
        const tree = withLoader(parseText('x', sample.text, format), loader);
        const edits = unsetValue(tree, path);
        const table = format === 'toml' && nodeAt(tree, path)?.kind === 'map';
        if (table) return;
        expect(edits, `${JSON.stringify(sample.text)} ${JSON.stringify(path)}`).toBeDefined();
        const after = withLoader(parseText('x', applyEdits(sample.text, edits ?? []), format), loader);
        expect(after.problems).toEqual([]);
        expect(nodeAt(after, path)).toBeUndefined();
        expect(unsetValue(after, path)).toEqual([]);
      }),
      { numRuns: Number(process.env['RUNS'] ?? 200) },
    );
  });
});
