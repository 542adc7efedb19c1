import { describe, expect, it } from 'vitest';
import {
  applyEdits,
  type ConfigPath,
  type ConfigValue,
  type Format,
  type Loader,
  parseText,
  renameKey,
  setValue,
  unsetValue,
  withLoader,
} from '../../server/src/text/index.ts';

function loaded(text: string, format: Format, loader: Loader) {
  return withLoader(parseText('x', text, format), loader);
}

/** The text after setting the value, or undefined where the edit is refused. */
function set(text: string, path: ConfigPath, value: ConfigValue, format: Format = 'yaml', loader: Loader = 'pyyaml') {
  const edits = setValue(loaded(text, format, loader), path, value);
  return edits && applyEdits(text, edits);
}

function unset(text: string, path: ConfigPath, format: Format = 'yaml') {
  const edits = unsetValue(loaded(text, format, 'pyyaml'), path);
  return edits && applyEdits(text, edits);
}

function rename(text: string, path: ConfigPath, key: string, format: Format = 'yaml') {
  const edits = renameKey(loaded(text, format, 'pyyaml'), path, key);
  return edits && applyEdits(text, edits);
}

describe('setting a number keeps the spelling of the file', () => {
  it.each<[string, number, Loader, string]>([
    ['lr: 2.0e-05', 1e-5, 'pyyaml', 'lr: 1.0e-05'],
    ['lr: 0.0001', 2e-5, 'pyyaml', 'lr: 0.00002'],
    ['lr: 2e-5', 1e-5, 'omegaconf', 'lr: 1e-5'],
    ['lr: 2e-5', 1e-5, 'pyyaml', 'lr: 1.0e-5'],
    ['lr: 2E-05', 15e-6, 'omegaconf', 'lr: 1.5E-05'],
    ['lr: 5e8', 1e9, 'omegaconf', 'lr: 1e9'],
    ['lr: 5.0e+8', 1e9, 'pyyaml', 'lr: 1.0e+9'],
    ['lr: "2e-5"', 1e-5, 'pyyaml', 'lr: 1.0e-5'],
    ['n: 70_000', 131_072, 'pyyaml', 'n: 131_072'],
    ['n: 1.0', 2, 'pyyaml', 'n: 2.0'],
    ['n: 8', 16, 'pyyaml', 'n: 16'],
    ['n: 8', 0.5, 'pyyaml', 'n: 0.5'],
    ['n: auto', 4, 'pyyaml', 'n: 4'],
    ['n: 1e-3', 0.1, 'omegaconf', 'n: 0.1'],
    ['n: 1', Number.POSITIVE_INFINITY, 'pyyaml', 'n: .inf'],
  ])('%s to %d under %s', (text, value, loader, expected) => {
    const key = text.slice(0, text.indexOf(':'));
    expect(set(text, [key], value, 'yaml', loader)).toBe(expected);
  });

  it('spells a new number as the file spells its others', () => {
    expect(set('a: 2.0e-05\n', ['lr'], 1e-4)).toBe('a: 2.0e-05\nlr: 1.0e-04\n');
    expect(set('a: 0.0002\n', ['lr'], 1e-4)).toBe('a: 0.0002\nlr: 0.0001\n');
    expect(set('a: 1\n', ['lr'], 1e-4)).toBe('a: 1\nlr: 1.0e-4\n');
    expect(set('a: 1\n', ['lr'], 1e-4, 'yaml', 'omegaconf')).toBe('a: 1\nlr: 1e-4\n');
  });
});

describe('setting a value in YAML', () => {
  it('keeps quotes, casing and trailing comments', () => {
    expect(set("s: 'a'  # why\n", ['s'], "it's")).toBe("s: 'it''s'  # why\n");
    expect(set('s: a # why\n', ['s'], 'on')).toBe('s: "on" # why\n');
    expect(set('s: a\n', ['s'], 'b c')).toBe('s: b c\n');
    expect(set('s: >-\n  a\n  b\n', ['s'], 'c')).toBe('s: c\n');
    expect(set('{"a": "x"}', ['b'], 'y')).toBe('{"a": "x", "b": "y"}');
    expect(set('b: True\n', ['b'], false)).toBe('b: False\n');
    expect(set('b: yes\n', ['b'], false)).toBe('b: no\n');
    expect(set('b: yes\n', ['b'], false, 'yaml', 'yaml-1.2')).toBe('b: false\n');
    expect(set('a:   # later\n', ['a'], 1)).toBe('a: 1   # later\n');
  });

  it('adds a key behind its last sibling, and the parents it lacks', () => {
    const text = 'model:\n    dim: 8 # width\n    deep:\n        x: 1\n\n# training\nlr: 1.0\n';
    expect(set(text, ['model', 'heads'], 4)).toBe(
      'model:\n    dim: 8 # width\n    deep:\n        x: 1\n    heads: 4\n\n# training\nlr: 1.0\n',
    );
    expect(set(text, ['optim', 'adam', 'eps'], 8)).toBe(`${text}optim:\n    adam:\n        eps: 8\n`);
    expect(set('a:\nb: 1', ['a', 'c'], 2)).toBe('a:\n  c: 2\nb: 1');
    expect(set('a: null\n', ['a', 'c'], 2)).toBe('a: {c: 2}\n');
    expect(set('', ['a', 'c'], 2)).toBe('a:\n  c: 2\n');
    expect(set('# note', ['a'], 2)).toBe('# note\na: 2');
    expect(set('- a: 1\n  b: 2\n- a: 3\n', [0, 'c'], 4)).toBe('- a: 1\n  b: 2\n  c: 4\n- a: 3\n');
    expect(set('a: |\r\n  text\r\n\r\n', ['c'], 4)).toBe('a: |\r\n  text\r\nc: 4\r\n\r\n');
  });

  it('writes into braces as they are laid out', () => {
    expect(set('a: {b: 1}\n', ['a', 'c'], 2)).toBe('a: {b: 1, c: 2}\n');
    expect(set('a: {}\n', ['a', 'c'], 2)).toBe('a: {c: 2}\n');
    expect(set('{\n  "a": 1, # one\n  "b": 2 # two\n}\n', ['c'], 3)).toBe(
      '{\n  "a": 1, # one\n  "b": 2, # two\n  "c": 3\n}\n',
    );
    expect(set('{\n  "a": 1, # one\n}\n', ['c'], 'x')).toBe('{\n  "a": 1, # one\n  "c": x,\n}\n');
  });

  it('makes a list that is missing with its first item', () => {
    expect(set('a: 1\n', ['b', 0, 'c'], 2)).toBe('a: 1\nb: [{c: 2}]\n');
    expect(set('a:\n  d: 1\n', ['a', 'b', 0, 'c'], 2)).toBe('a:\n  d: 1\n  b: [{c: 2}]\n');
    expect(set('b:\n', ['b', 0], 1)).toBe('b: [1]\n');
    expect(set('b: # none\n', ['b', 0], 1)).toBeUndefined();
    expect(set('{"a": 1}', ['b', 0, 'c'], 2, 'json')).toBe('{"a": 1, "b": [{ "c": 2 }]}');
  });

  it('replaces lists in their own style', () => {
    expect(set('b: [0.9, 0.95]\n', ['b'], [0.9, 0.999])).toBe('b: [0.9, 0.999]\n');
    expect(set('t:\n  - q\n  - k\nc: 1\n', ['t'], ['q', 'v', 'o'])).toBe('t:\n  - q\n  - v\n  - o\nc: 1\n');
    expect(set('t:\n  - q\nc: 1\n', ['t'], 'all')).toBe('t: all\nc: 1\n');
    expect(set('a: 1\n', ['b'], ['x', 'y z'])).toBe('a: 1\nb: [x, y z]\n');
    expect(set('a: [1, 2]\n', ['a', 1], 3)).toBe('a: [1, 3]\n');
  });

  it('overrides a shared value where it is used, and refuses where another use would change', () => {
    const text = 'base: &b\n  lr: 1\nrun:\n  <<: *b\n  wd: 2\n';
    expect(set(text, ['run', 'lr'], 3)).toBe(`${text}  lr: 3\n`);
    expect(set(text, ['base', 'lr'], 3)).toBeUndefined();
    expect(set('a: &x 1\nb: *x # same\n', ['b'], 2)).toBe('a: &x 1\nb: 2 # same\n');
    expect(set('a: &x 1\nb: *x\n', ['a'], 2)).toBeUndefined();
    expect(set('a: &x 1\n', ['a'], 2)).toBe('a: &x 2\n');
    expect(set('a: &x {c: {d: 1}}\nb:\n  <<: *x\n', ['b', 'c', 'd'], 2)).toBeUndefined();
    expect(set('a: &x {c: 1}\nb:\n  <<: *x\nd: 1\n', ['b', 'c'], 2)).toBe('a: &x {c: 1}\nb:\n  <<: *x\n  c: 2\nd: 1\n');
  });

  it('refuses what it cannot do soundly', () => {
    expect(set('a: !include x.yaml\n', ['a'], 1)).toBeUndefined();
    expect(set('a: 1\n', ['a', 'b'], 1)).toBeUndefined();
    expect(set('a: [1]\n', ['a', 4], 1)).toBeUndefined();
    expect(set('a: 1\n', ['b', 1, 'c'], 1)).toBeUndefined();
    expect(set('b:\n', ['b', 1], 1)).toBeUndefined();
    expect(set('a = 1\n', ['b', 0, 'c'], 1, 'toml')).toBeUndefined();
    expect(set('a: [1\n', ['b'], 1)).toBeUndefined();
    expect(set('a: 1\n', [], 1)).toBeUndefined();
    expect(set('a: 1\n', ['a'], `x \${y}`)).toBeUndefined();
  });

  it('does nothing where the value is there already', () => {
    expect(setValue(loaded('a: 1.0', 'yaml', 'pyyaml'), ['a'], 1)).toEqual([]);
    expect(setValue(loaded('a: [1, {b: x}]', 'yaml', 'pyyaml'), ['a'], [1, { b: 'x' }])).toEqual([]);
  });

  it('sets the duplicate that is in force', () => {
    expect(set('a: 1\na: 2\n', ['a'], 3)).toBe('a: 1\na: 3\n');
  });
});

describe('setting a value in JSON', () => {
  it('follows the layout', () => {
    expect(set('{"a":1}', ['b'], 2, 'json')).toBe('{"a":1, "b":2}');
    expect(set('{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n', ['a', 'c'], 1e-5, 'json')).toBe(
      '{\n\t"a": {\n\t\t"b": 1,\n\t\t"c": 1e-5\n\t}\n}\n',
    );
    expect(set('{\n  "a": 1\n}', ['z', 'stage'], 2, 'json')).toBe('{\n  "a": 1,\n  "z": {\n    "stage": 2\n  }\n}');
    expect(set('{\n  "a": {}\n}', ['a', 'b'], 2, 'json')).toBe('{\n  "a": {\n    "b": 2\n  }\n}');
    expect(set('{\n  "a": "auto"\n}', ['a'], 8, 'json')).toBe('{\n  "a": 8\n}');
    expect(set('', ['a', 'b'], 2, 'json')).toBe('{\n  "a": {\n    "b": 2\n  }\n}\n');
    expect(set('{}', ['a'], Number.NaN, 'json')).toBeUndefined();
  });
});

describe('setting a value in TOML', () => {
  const text = '# run\n\n[model]\nname = "x" # which\n\n[optim.adam]\nlr = 8e-4\n\n[[data]]\npath = "p"\n';

  it('writes into the table that has the header', () => {
    expect(set(text, ['optim', 'adam', 'lr'], 3e-4, 'toml')).toBe(text.replace('8e-4', '3e-4'));
    expect(set(text, ['model', 'flavor'], '8B', 'toml')).toBe(text.replace('# which\n', '# which\nflavor = "8B"\n'));
    expect(set(text, ['data', 0, 'split'], 'train', 'toml')).toBe(`${text}split = "train"\n`);
  });

  it('makes tables and top-level keys', () => {
    expect(set(text, ['training', 'steps'], 10, 'toml')).toBe(`${text}\n[training]\nsteps = 10\n`);
    expect(set(text, ['seed'], 1, 'toml')).toBe(text.replace('[model]', 'seed = 1\n\n[model]'));
    expect(set('a.b = 1\n[t]\n', ['a', 'c'], 2, 'toml')).toBe('a.b = 1\na.c = 2\n[t]\n');
    expect(set('a = { b = 1 }\n', ['a', 'c'], 2, 'toml')).toBe('a = { b = 1, c = 2 }\n');
    expect(set('', ['a', 'c'], 2, 'toml')).toBe('[a]\nc = 2\n');
    expect(set('a = 1', ['b', 'c'], 2, 'toml')).toBe('a = 1\n\n[b]\nc = 2');
    expect(set(text, ['model', 'x'], null, 'toml')).toBeUndefined();
  });
});

describe('unsetting a key', () => {
  it('takes its line and the comment on it', () => {
    expect(unset('a: 1 # one\nb: 2 # two\n# three\nc: 3\n', ['b'])).toBe('a: 1 # one\n# three\nc: 3\n');
    expect(unset('a: 1\nb: 2', ['b'])).toBe('a: 1');
    expect(unset('a:\n  b: 1\n  c: 2\nd: 3\n', ['a'])).toBe('d: 3\n');
    expect(unset('a:\n  b: 1\nd: 3\n', ['a', 'b'])).toBe('a: {}\nd: 3\n');
    expect(unset('a: # x\n  b: 1\nd: 3\n', ['a', 'b'])).toBe('a: {} # x\nd: 3\n');
    expect(unset('- a: 1 # one\n  b: 2\n', [0, 'a'])).toBe('- b: 2\n');
    expect(unset('a: 1\nb: 2\na: 3\n', ['a'])).toBe('b: 2\n');
    expect(unset('a: 1\n', ['a'])).toBe('');
    expect(unset('a: 1\n', ['b'])).toBe('a: 1\n');
  });

  it('keeps the commas right', () => {
    expect(unset('{a: 1, b: 2, c: 3}', ['a'])).toBe('{b: 2, c: 3}');
    expect(unset('{a: 1, b: 2, c: 3}', ['b'])).toBe('{a: 1, c: 3}');
    expect(unset('{a: 1, b: 2, c: 3}', ['c'])).toBe('{a: 1, b: 2}');
    expect(unset('{\n  "a": 1,\n  "b": 2\n}\n', ['b'], 'json')).toBe('{\n  "a": 1\n}\n');
    expect(unset('{\n  "a": 1,\n  "b": 2\n}\n', ['a'], 'json')).toBe('{\n  "b": 2\n}\n');
    expect(unset('{\n  "a": 1, # one\n  "b": 2 # two\n}\n', ['b'])).toBe('{\n  "a": 1 # one\n}\n');
    expect(unset('{"a": 1}', ['a'], 'json')).toBe('{}');
    expect(unset('[t]\na = 1\nb = 2 # two\n', ['t', 'b'], 'toml')).toBe('[t]\na = 1\n');
  });

  it('refuses a key that a merge or an alias would bring back or lose', () => {
    const text = 'base: &b\n  lr: 1\nrun:\n  <<: *b\n  lr: 2\n';
    expect(unset(text, ['run', 'lr'])).toBeUndefined();
    expect(unset(text, ['base'])).toBeUndefined();
    expect(unset('a: &b {c: 1}\nd:\n  <<: *b\n', ['d', 'c'])).toBeUndefined();
  });
});

describe('renaming a key', () => {
  it('keeps its quotes and value', () => {
    expect(rename('"adam_eps": 1 # e\n', ['adam_eps'], 'adam_epsilon')).toBe('"adam_epsilon": 1 # e\n');
    expect(rename('a:\n  eps: 1\n', ['a', 'eps'], 'on')).toBe('a:\n  "on": 1\n');
    expect(rename('{"a": 1}', ['a'], 'b', 'json')).toBe('{"b": 1}');
    expect(rename('[a.b]\nc = 1\n', ['a', 'b', 'c'], 'd', 'toml')).toBe('[a.b]\nd = 1\n');
    expect(rename('[a]\nc = 1\n', ['a'], 'b', 'toml')).toBe('[b]\nc = 1\n');
  });

  it('refuses a name that is taken, or one that stands in several places', () => {
    expect(rename('a: 1\nb: 2\n', ['a'], 'b')).toBeUndefined();
    expect(rename('[a.x]\nc = 1\n[a.y]\nd = 1\n', ['a'], 'b', 'toml')).toBeUndefined();
    expect(rename('a: 1\n', ['z'], 'b')).toBeUndefined();
  });
});

describe('applyEdits', () => {
  it('applies edits by their places before any of them', () => {
    const at = (start: number, end: number, text: string) => ({ file: 'x', start, end, text });
    expect(applyEdits('abcdef', [at(4, 5, 'E'), at(0, 1, 'A'), at(2, 2, '-')])).toBe('Ab-cdEf');
    expect(applyEdits('abc', [at(0, 2, 'X'), at(1, 3, 'Y')])).toBe('Xc');
  });
});
