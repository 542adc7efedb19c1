// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the texts under test.
import { describe, expect, it } from 'vitest';
import { WorkspaceFiles } from '../../../server/src/engine/linked-files.ts';
import { compose, type Inheritance } from '../../../server/src/frameworks/kit/compose.ts';
import { defineAdapter } from '../../../server/src/frameworks/kit/define-adapter.ts';
import { HYDRA_DEFAULTS } from '../../../server/src/frameworks/kit/hydra-defaults.ts';
import { key } from '../../../server/src/frameworks/kit/key.ts';
import { parentsByKey, parentsByTag } from '../../../server/src/frameworks/kit/parents-by-key.ts';
import type { ReadContext } from '../../../server/src/frameworks/types.ts';
import { setField } from '../../../server/src/plan/index.ts';
import { nodeAt, parseText, toValue, withLoader } from '../../../server/src/text/index.ts';

type Texts = Readonly<Record<string, string>>;

function contextOf(texts: Texts): ReadContext {
  const [file = ''] = Object.keys(texts);
  const linked = new WorkspaceFiles(file, {
    roots: ['/repo'],
    read: (asked) => {
      const text = texts[asked];
      return text === undefined ? { kind: 'missing' } : { kind: 'text', text };
    },
  });
  return { file, tree: withLoader(parseText(file, texts[file] ?? '', 'yaml'), 'omegaconf'), linked };
}

function composed(texts: Texts, inheritance: Inheritance) {
  const { tree, partial, links } = compose(contextOf(texts), inheritance);
  return { value: tree.root === undefined ? undefined : toValue(tree.root), tree, partial, links };
}

describe('parents named under a key', () => {
  const texts = {
    '/repo/recipes/big/child.yaml': 'defaults: ../base.yaml\npolicy: {lr: 1.0e-4, layers: [3]}\n',
    '/repo/recipes/base.yaml': 'defaults: root.yaml\npolicy: {lr: 1.0e-3, batch: 8, layers: [1, 2]}\n',
    '/repo/recipes/root.yaml': 'seed: 1\npolicy: {batch: 4}\n',
  };

  it('are merged under the child, lists replaced whole', () => {
    const { value, partial } = composed(texts, parentsByKey('defaults'));
    expect(value).toEqual({
      seed: 1,
      policy: { lr: 1e-4, batch: 8, layers: [3] },
      defaults: '../base.yaml',
    });
    expect(partial).toBe(false);
  });

  it('keep the place of every value', () => {
    const { tree, links } = composed(texts, parentsByKey('defaults'));
    expect(nodeAt(tree, ['policy', 'lr'])?.file).toBeUndefined();
    expect(nodeAt(tree, ['policy', 'batch'])?.file).toBe('/repo/recipes/base.yaml');
    expect(nodeAt(tree, ['seed'])?.file).toBe('/repo/recipes/root.yaml');
    expect(links).toMatchObject([{ target: '/repo/recipes/base.yaml', found: true }]);
  });

  it('may be several, the later over the earlier', () => {
    const { value } = composed(
      {
        '/repo/c.yaml': 'defaults: [a.yaml, b.yaml]\n',
        '/repo/a.yaml': 'x: 1\ny: 1\n',
        '/repo/b.yaml': 'y: 2\n',
      },
      parentsByKey('defaults'),
    );
    expect(value).toMatchObject({ x: 1, y: 2 });
  });

  it.each<[string, string]>([
    ['missing', '_BASE_: gone.yaml\nx: 1\n'],
    ['behind a URL', '_BASE_: https://host/base.yaml\nx: 1\n'],
    ['itself', '_BASE_: c.yaml\nx: 1\n'],
  ])('make the config partial where one is %s', (_why, text) => {
    const { value, partial } = composed({ '/repo/c.yaml': text }, parentsByKey('_BASE_'));
    expect(value).toMatchObject({ x: 1 });
    expect(partial).toBe(true);
  });

  it('may name each other in a ring', () => {
    const ring = { '/repo/a.yaml': '_BASE_: b.yaml\nx: 1\n', '/repo/b.yaml': '_BASE_: a.yaml\ny: 2\n' };
    const { value, partial } = composed(ring, parentsByKey('_BASE_'));
    expect(value).toMatchObject({ x: 1, y: 2 });
    expect(partial).toBe(true);
  });

  it('end where two files name two files and so on', () => {
    const levels = Array.from({ length: 30 }, (_, level) => [
      `/repo/l${level}.yaml`,
      `_BASE_: [l${level + 1}.yaml, l${level + 1}.yaml]\nx${level}: 1\n`,
    ]);
    const { partial } = composed(Object.fromEntries(levels), parentsByKey('_BASE_'));
    expect(partial).toBe(true);
  });
});

describe("another file's content behind a tag", () => {
  it('stands where the tag stood', () => {
    const { value, partial } = composed(
      { '/repo/c.yaml': 'data: !include data/mix.yaml\nx: 1\n', '/repo/data/mix.yaml': 'tokens: 5\n' },
      parentsByTag('!include'),
    );
    expect(value).toEqual({ data: { tokens: 5 }, x: 1 });
    expect(partial).toBe(false);
  });

  it('stays unknown where the file is missing', () => {
    const { tree, partial } = composed(
      { '/repo/c.yaml': 'data: !include gone.yaml\nx: 1\n' },
      parentsByTag('!include'),
    );
    expect(partial).toBe(true);
    expect(nodeAt(tree, ['data'])).toMatchObject({ unresolved: 'tag' });
  });
});

describe("Hydra's defaults list", () => {
  it('puts groups under their names, the file over all', () => {
    const { value, partial } = composed(
      {
        '/repo/conf/config.yaml':
          'defaults:\n  - model: small/one\n  - optim@train.optim: adam\n  - base\nmodel: {width: 2}\n',
        '/repo/conf/model/small/one.yaml': 'width: 1\ndepth: 4\n',
        '/repo/conf/optim/adam.yaml': 'lr: 0.1\n',
        '/repo/conf/base.yaml': 'seed: 3\n',
      },
      HYDRA_DEFAULTS,
    );
    expect(value).toMatchObject({ model: { width: 2, depth: 4 }, train: { optim: { lr: 0.1 } }, seed: 3 });
    expect(partial).toBe(false);
  });

  it('lets what comes behind _self_ override the file', () => {
    const texts = { '/repo/c.yaml': 'defaults: [_self_, late]\nx: 1\ny: 1\n', '/repo/late.yaml': 'x: 2\n' };
    expect(composed(texts, HYDRA_DEFAULTS).value).toMatchObject({ x: 2, y: 1 });
  });

  it('follows packages in headers, _here_ and folders above', () => {
    const { value } = composed(
      {
        '/repo/run/c.yaml': 'defaults:\n  - ../envs@_here_\n  - data: mix\nx: 1\n',
        '/repo/envs.yaml': 'env: 1\n',
        '/repo/run/data/mix.yaml': '# @package _global_\nmixed: 1\n',
      },
      HYDRA_DEFAULTS,
    );
    expect(value).toMatchObject({ env: 1, mixed: 1, x: 1 });
  });

  it('nests groups of groups', () => {
    const { value } = composed(
      {
        '/repo/c.yaml': 'defaults:\n  - model: m\nx: 1\n',
        '/repo/model/m.yaml': 'defaults:\n  - head: h\nwidth: 1\n',
        '/repo/model/head/h.yaml': 'classes: 10\n',
      },
      HYDRA_DEFAULTS,
    );
    expect(value).toMatchObject({ model: { width: 1, head: { classes: 10 } } });
  });

  it('looks in the folders that a search path names, from where the program starts', () => {
    const files = (folder: string) => ({
      '/repo/tests/conf/c.yaml': `hydra:\n  searchpath:\n    - file://${folder}\ndefaults:\n  - base\nx: 1\n`,
      '/repo/trainer/config/base.yaml': 'y: 2\n',
    });
    expect(composed(files('trainer/config'), HYDRA_DEFAULTS).value).toMatchObject({ x: 1, y: 2 });
    expect(composed(files('/opt/trainer/config'), HYDRA_DEFAULTS).partial).toBe(true);
  });

  it.each<[string, boolean]>([
    ['- optional cluster: local', false],
    ['- cluster: local', true],
    ['- cluster: ???', true],
    ['- cluster: null', false],
    ['- override hydra/launcher: slurm', false],
    ['- override /cluster: local', true],
    ['- _self_', false],
  ])('with %s is partial: %s', (item, partial) => {
    expect(composed({ '/repo/c.yaml': `defaults:\n  ${item}\nx: 1\n` }, HYDRA_DEFAULTS).partial).toBe(partial);
  });
});

describe('a plan of a composed config', () => {
  const adapter = defineAdapter({
    id: 'test',
    title: 'Test',
    loaders: { yaml: 'omegaconf' },
    recognise: () => undefined,
    inherits: parentsByKey('defaults'),
    keys: {
      'train.micro': key('batch.micro'),
      'train.global': key('batch.global', { default: { value: 1, cite: 'test' } }),
      'train.length': key('data.sequenceLength'),
    },
  });
  const texts = {
    '/repo/child.yaml': 'defaults: base.yaml\nlength: 512\ntrain:\n  length: ${length}\n',
    '/repo/base.yaml': 'train:\n  micro: 4\n  global: ${mul:${train.micro}, 8}\n',
  };

  it('has values of the parent at their places there', () => {
    const [reading] = adapter.read(contextOf(texts)).plans;
    expect(reading?.plan.values['batch.micro']).toMatchObject({
      value: 4,
      origin: 'explicit',
      at: { file: '/repo/base.yaml' },
    });
    expect(reading?.plan.values['batch.global']).toMatchObject({ value: 32, origin: 'explicit' });
  });

  it('is edited in the child, at the key an expression repeats, and never through arithmetic', () => {
    const [reading] = adapter.read(contextOf(texts)).plans;
    const edits = [setField('batch.micro', 2), setField('data.sequenceLength', 256), setField('batch.global', 64)].map(
      (edit) => (reading === undefined ? undefined : adapter.write(edit, reading)),
    );
    expect(edits).toEqual([
      [{ file: '/repo/child.yaml', path: ['train', 'micro'], to: 2 }],
      [{ file: '/repo/child.yaml', path: ['length'], to: 256 }],
      undefined,
    ]);
  });

  it('removes no key that is not its own, or that another repeats', () => {
    const [reading] = adapter.read(contextOf(texts)).plans;
    const edits = (['batch.micro', 'data.sequenceLength'] as const).map((unset) =>
      reading === undefined ? undefined : adapter.write({ unset }, reading),
    );
    expect(edits).toEqual([undefined, undefined]);
  });

  it('takes no defaults while a parent is missing', () => {
    const [reading] = adapter.read(contextOf({ '/repo/child.yaml': 'defaults: gone.yaml\ntrain: {micro: 1}\n' })).plans;
    expect(reading?.plan.partial).toBe(true);
    expect(reading?.plan.values['batch.global']).toBeUndefined();
  });
});
