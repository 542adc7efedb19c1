import { describe, expect, it } from 'vitest';
import {
  type ConfigTree,
  entryAt,
  type Format,
  formatOf,
  isEmpty,
  type Loader,
  MAX_LINES,
  MAX_TEXT_LENGTH,
  nodeAt,
  parseText,
  toValue,
  withLoader,
} from '../../server/src/text/index.ts';

function tree(text: string, format: Format = 'yaml', loader: Loader = 'pyyaml'): ConfigTree {
  return withLoader(parseText('x', text, format), loader);
}

function value(text: string, format: Format = 'yaml') {
  const { root } = tree(text, format);
  return root && toValue(root);
}

function messages(text: string, format: Format = 'yaml'): readonly string[] {
  return tree(text, format).problems.map(({ message }) => message);
}

function written(source: ConfigTree, path: readonly (string | number)[]): string | undefined {
  const node = nodeAt(source, path);
  return node && source.text.slice(node.range.start, node.range.end);
}

describe('YAML', () => {
  it('reads block and flow style, with the range of each value', () => {
    const text = 'a: 1 # one\nb:\n  c: [x, "y"]\n  d: |\n    text\n\n# end\n';
    expect(value(text)).toEqual({ a: 1, b: { c: ['x', 'y'], d: 'text\n' } });
    expect(written(tree(text), ['a'])).toBe('1');
    expect(written(tree(text), ['b', 'c', 1])).toBe('"y"');
    expect(written(tree(text), ['b', 'd'])).toBe('|\n    text');
    expect(written(tree(text), ['b'])).toBe('c: [x, "y"]\n  d: |\n    text');
  });

  it('reads JSON-like YAML with comments', () => {
    expect(value('{\n  # sizes\n  "num-layers": 12, "lr": 1.0e-4, # peak\n  "flash": [[["flash"], 12]],\n}\n')).toEqual(
      {
        'num-layers': 12,
        lr: 1e-4,
        flash: [[['flash'], 12]],
      },
    );
  });

  it('puts a missing value right behind the colon', () => {
    const node = nodeAt(tree('a:   # nothing\nb: 1\n'), ['a']);
    expect(node).toMatchObject({ value: null, range: { start: 2, end: 2 } });
    expect(node && isEmpty(node)).toBe(true);
  });

  it('lists comments with their places, and none from inside a block of text', () => {
    const text = '# top\na: "#no" # yes\nb: |\n  # text\nc: x#y\n';
    const { comments } = tree(text);
    expect(comments.map((comment) => comment.text)).toEqual(['top', 'yes']);
    expect(text.slice(comments[1]?.start, comments[1]?.end)).toBe('# yes');
  });

  it('keeps duplicate keys, the last one in force', () => {
    const source = tree('a: 1\nb: 2\na: 3\n');
    expect(source.root).toMatchObject({ entries: [{ key: 'a', overwritten: true }, { key: 'b' }, { key: 'a' }] });
    expect(toValue(nodeAt(source, ['a']) ?? { kind: 'seq', range: { start: 0, end: 0 }, items: [], flow: true })).toBe(
      3,
    );
    expect(entryAt(source, ['a'])?.keyRange.start).toBe(10);
  });

  it('follows aliases and merge keys, and marks what they bring', () => {
    const source = tree('base: &b {lr: 1, wd: 2}\none:\n  <<: *b\n  lr: 3\ntwo:\n  <<: [{lr: 9}, *b]\nthree: *b\n');
    expect(toValue(nodeAt(source, ['one']) ?? nodeless)).toEqual({ lr: 3, wd: 2 });
    expect(toValue(nodeAt(source, ['two']) ?? nodeless)).toEqual({ lr: 9, wd: 2 });
    expect(entryAt(source, ['one', 'wd'])).toMatchObject({ merged: true, value: { shared: true } });
    expect(entryAt(source, ['one', 'lr'])?.merged).toBeUndefined();
    expect(nodeAt(source, ['three', 'wd'])).toMatchObject({ shared: true, value: 2 });
    expect(nodeAt(source, ['base', 'wd'])).not.toHaveProperty('shared');
  });

  it('reads the first document with content', () => {
    expect(value('---\n---\n# nothing\n---\na: 1\n---\nb: 2\n')).toEqual({ a: 1 });
    expect(value('')).toBeUndefined();
    expect(value('# only a comment\n')).toBeUndefined();
  });

  it('takes a byte order mark, CRLF and no final line break', () => {
    expect(value('\uFEFFa: 1\r\nb:\r\n  c: x')).toEqual({ a: 1, b: { c: 'x' } });
    expect(tree('\uFEFFa: 1\r\n').problems).toEqual([]);
  });

  it('reads quotes and brackets that go on without indentation, as PyYAML does', () => {
    expect(value('a:\n  b: "x,\ny"\n  c: [1,\n2]\nd: 4\n')).toEqual({ a: { b: 'x, y', c: [1, 2] }, d: 4 });
    expect(messages('a:\n  b: "x,\ny"\n  c: [1,\n2]\n')).toEqual([]);
  });

  it('keeps a key that JavaScript objects treat specially', () => {
    expect(Object.keys(value('__proto__: 1\nconstructor: 2\n') ?? {})).toEqual(['__proto__', 'constructor']);
  });
});

const nodeless = { kind: 'seq', range: { start: 0, end: 0 }, items: [], flow: true } as const;

describe('JSON', () => {
  it('lets comments and trailing commas through and keeps duplicates', () => {
    const source = tree('{ "a": 1, // one\n "a": 2, "b": [1, 2,], /* c */ }', 'json');
    expect(source.problems).toEqual([]);
    expect(source.root && toValue(source.root)).toEqual({ a: 2, b: [1, 2] });
    expect(source.comments.map(({ text }) => text)).toEqual(['one', 'c']);
    expect(source.root).toMatchObject({ entries: [{ overwritten: true }, {}, {}] });
  });

  it('reads as JSON whatever loader is asked for', () => {
    expect(tree('{"lr": 1e-5, "on": "on"}', 'json', 'pyyaml').loader).toBe('json');
    expect(value('{"lr": 1e-5}', 'json')).toEqual({ lr: 1e-5 });
  });

  it('leaves open what a script is to fill in', () => {
    const stage = '$' + '{stage}';
    const source = tree(`{"a": ${stage}, "b": "${stage} y", // ${stage}\n "c": [${stage}, 2]}`, 'json');
    expect(source.problems).toEqual([]);
    expect([['b'], ['c', 0], ['c', 1]].map((path) => nodeAt(source, path))).toMatchObject([
      { value: `${stage} y` },
      { value: stage },
      { value: 2 },
    ]);
    expect(source.comments.map(({ text }) => text)).toEqual([stage]);
    expect(nodeAt(source, ['a'])).toMatchObject({ unresolved: 'interpolation', range: { start: 6, end: 14 } });
  });

  it('keeps what stands before a mistake', () => {
    expect(value('{"a": 1, "b": {"c": 2', 'json')).toEqual({ a: 1, b: { c: 2 } });
    expect(messages('{"a": 1, "b": {"c": 2', 'json')).toEqual(['A brace is opened and never closed.']);
    expect(messages('{"a": 1 "b": 2}', 'json')).toEqual(['A comma is missing before this item.']);
    expect(messages('{"a": SIZE}', 'json')).toEqual(['This is no JSON value: a word here needs quotes.']);
  });
});

describe('TOML', () => {
  it('joins tables, dotted keys and arrays of tables', () => {
    const text = 'a = 1\nb.c = 2e-5 # peak\n[x.y]\nz = "s"\n[[l]]\nq = 1\n[[l]]\nt = { u.v = 2 }\n[x]\nw = true\n';
    expect(value(text, 'toml')).toEqual({
      a: 1,
      b: { c: 2e-5 },
      x: { y: { z: 's' }, w: true },
      l: [{ q: 1 }, { t: { u: { v: 2 } } }],
    });
    expect(tree(text, 'toml').comments.map((comment) => comment.text)).toEqual(['peak']);
    expect(written(tree(text, 'toml'), ['x', 'y', 'z'])).toBe('"s"');
    expect(written(tree(text, 'toml'), ['l', 1])).toBe('[[l]]\nt = { u.v = 2 }');
  });

  it('leaves dates as their text', () => {
    expect(value('d = 2024-01-02\n', 'toml')).toEqual({ d: '2024-01-02' });
  });

  it('tells the first mistake with its place', () => {
    const { root, problems } = tree('a = 1\nb = cosine\n', 'toml');
    expect(root).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]?.range.start).toBeGreaterThanOrEqual(10);
    expect(messages('a = \n', 'toml')).toEqual(['A value is missing after the equals sign.']);
  });
});

describe('problems', () => {
  it.each([
    [
      'a: [1, 2\nb: 3\n',
      'A bracket or brace is opened and not closed before here, so the file cannot be read past it.',
    ],
    ['a: "x\nb: 3\n', 'A quote is opened and not closed, so the rest of the file cannot be read.'],
    ['a: b: c\n', 'A second colon makes a map inside a value here, which one line cannot hold.'],
    ['a:\n\tb: 1\n', 'This line is indented with a tab, which YAML does not allow.'],
    ['{ "a": 1, "b": [2]\n "c": 3 }', 'A comma is missing before this item.'],
    ['lr:1\nb: 2\n', 'A blank is missing behind the colon, so this line is no key with a value.'],
    ['lr\nb: 2\n', 'This is no key with a value: a comma, a colon or a closing quote is missing.'],
    ['a: "x" y\n', 'This text follows a value that has ended already, so the file cannot be read past it.'],
    ['a: *b\n', 'The alias *b has no anchor &b before it, so its value is unknown.'],
    ['a: &b [*b]\n', 'The alias *b stands inside its own anchor, so its value is endless.'],
  ])('says of %j what is wrong, once', (text, message) => {
    expect(messages(text)).toEqual([message]);
  });

  it('says one thing of merge conflict markers, in every format', () => {
    const text = 'a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> branch\n';
    for (const format of ['yaml', 'json', 'toml'] as const) {
      expect(tree(text, format)).toMatchObject({ root: undefined, problems: [{ range: { start: 5, end: 17 } }] });
      expect(messages(text, format)[0]).toContain('merge conflict');
    }
  });
});

describe('limits', () => {
  const kinds = (text: string, format: Format = 'yaml') => tree(text, format).problems.map(({ kind }) => kind);

  it('does not read a file over the size limits, and says the size', () => {
    expect(messages('a'.repeat(MAX_TEXT_LENGTH + 1))).toEqual([
      'The file has 1,000,001 characters, over the limit of 1,000,000, so it is not read.',
    ]);
    expect(messages('\n'.repeat(MAX_LINES))).toEqual([
      'The file has 20,001 lines, over the limit of 20,000, so it is not read.',
    ]);
  });

  it('does not follow aliases that multiply', () => {
    const levels = Array.from({ length: 9 }, (_, i) => {
      const use = i === 0 ? 'x' : `*a${i - 1}`;
      return `a${i}: &a${i} [${Array(9).fill(use).join(', ')}]`;
    });
    const source = tree(levels.join('\n'));
    expect(source.problems).toMatchObject([{ kind: 'limit' }]);
    expect(nodeAt(source, ['a1', 0, 0])).toMatchObject({ value: 'x' });
  });

  it.each([
    ['yaml', '['.repeat(10_000)],
    ['yaml', Array.from({ length: 1300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['yaml', `${'['.repeat(300)}${']'.repeat(300)}`],
    ['yaml', `a: [${'1,'.repeat(300_000)}]`],
    ['json', '['.repeat(10_000)],
    ['toml', `a = ${'['.repeat(300)}${']'.repeat(300)}`],
  ] as const)('stops at too many or too deep values in %s', (format, text) => {
    expect(kinds(text, format)).toEqual(['limit']);
  });
});

describe('formatOf', () => {
  it.each([
    ['a/b.yaml', undefined, 'yaml'],
    ['b.YML', undefined, 'yaml'],
    ['ds_config.json', undefined, 'json'],
    ['c.toml', undefined, 'toml'],
    ['README.md', undefined, undefined],
    ['constructor', undefined, undefined],
    ['Untitled-1', 'jsonc', 'json'],
    ['x.conf', 'toml', 'toml'],
    ['x.yaml', 'plaintext', 'yaml'],
  ] as const)('%s in language %s is %s', (file, language, format) => {
    expect(formatOf(file, language)).toBe(format);
  });
});
