import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../server/src/protocol/requests.ts';
import { buildClient, extensionContext, type Flavour, loadClient } from './client-bundle.ts';
import { fakeDocument, fakeVscode, type Recorded } from './fake-vscode.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const readJson = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
const manifest = readJson('package.json');
const { contributes } = manifest;

/** Minified bytes the extension's own bundle may take. */
const BUNDLE_BUDGET = 500_000;

const bundles = new Map<Flavour, string>();

beforeAll(async () => {
  for (const flavour of ['node', 'browser'] as const) bundles.set(flavour, await buildClient(flavour));
}, 60_000);

function activated(flavour: Flavour, documents: Parameters<typeof fakeVscode>[0] = []): Recorded {
  const { vscode, recorded } = fakeVscode(documents);
  loadClient(bundles.get(flavour) ?? '', vscode).activate(extensionContext());
  return recorded;
}

describe.each(['node', 'browser'] as const)('the %s extension', (flavour) => {
  test('registers the manifest’s commands and no others', () => {
    const declared = contributes.commands.map(({ command }: { command: string }) => command);
    expect([...activated(flavour).commands.keys()].sort()).toEqual([...declared].sort());
  });

  test('provides the manifest’s views and no others', () => {
    const declared = Object.values<{ id: string }[]>(contributes.views).flatMap((views) => views.map(({ id }) => id));
    expect([...activated(flavour).views.keys()]).toEqual(declared);
  });

  test('stays within its size budget', () => {
    expect(readFileSync(bundles.get(flavour) ?? '').length).toBeLessThan(BUNDLE_BUDGET);
  });

  test('starts nothing and shows nothing while no training config is open', () => {
    const recorded = activated(flavour, [
      fakeDocument('/project/compose.yaml', 'yaml', 'services:\n  web:\n    image: nginx\n'),
    ]);
    expect(recorded.statusItems.map(({ shown }) => shown)).toEqual([false]);
    expect(recorded.outputs).toEqual(['Batchwise']);
  });
});

describe('settings', () => {
  const declared: Record<
    string,
    { default: unknown; scope: string; markdownDescription?: string; description?: string }
  > = contributes.configuration.properties;

  test('are those the server reads, with the same defaults', () => {
    const defaults = Object.fromEntries(
      Object.entries(declared)
        .filter(([name]) => name !== 'batchwise.trace.server')
        .map(([name, setting]) => [name.replace('batchwise.', ''), setting.default]),
    );
    expect(defaults).toEqual(DEFAULT_SETTINGS);
  });

  test('say what they do, and may differ from folder to folder', () => {
    for (const [name, setting] of Object.entries(declared)) {
      expect(setting.markdownDescription ?? setting.description, name).toMatch(/\.|\)$/);
      if (name !== 'batchwise.trace.server') expect(setting.scope, name).toBe('resource');
    }
  });
});

describe('what the manifest points at', () => {
  test('is in the repository', () => {
    const icons = [manifest.icon, ...contributes.viewsContainers.panel.map(({ icon }: { icon: string }) => icon)];
    const schemas = contributes.jsonValidation.map(({ url }: { url: string }) => url);
    for (const path of [...icons, ...schemas]) expect(existsSync(join(ROOT, path)), path).toBe(true);
  });

  test('is let into the package', () => {
    const rules = readFileSync(join(ROOT, '.vscodeignore'), 'utf8').split('\n');
    for (const path of [
      manifest.main,
      manifest.browser,
      manifest.icon,
      './dist/panel.js',
      './dist/server.mjs',
      './dist/server.browser.js',
    ]) {
      expect(rules).toContain(`!${path.replace('./', '')}`);
    }
  });

  test('commands in menus exist, and every palette command has a title and the category', () => {
    const declared = new Set(contributes.commands.map(({ command }: { command: string }) => command));
    for (const entries of Object.values<{ command: string }[]>(contributes.menus)) {
      for (const { command } of entries) expect(declared).toContain(command);
    }
    for (const { title, category } of contributes.commands)
      expect([title.length > 0, category]).toEqual([true, 'Batchwise']);
  });

  test('works untrusted, virtual and for each language', () => {
    expect(manifest.capabilities).toEqual({ untrustedWorkspaces: { supported: true }, virtualWorkspaces: true });
    for (const language of ['yaml', 'json', 'jsonc', 'toml', 'shellscript', 'python'])
      expect(manifest.activationEvents).toContain(`onLanguage:${language}`);
  });
});

describe('the schema of batchwise.json', () => {
  const validate = new Ajv({ allErrors: true }).compile(readJson('schemas/batchwise.schema.json'));

  test.each([
    [{}],
    [{ hardware: { gpu: 'h100-80gb', gpus: 8, nodes: 1 }, dataset: { examples: 10_000, meanTokens: 812.5 } }],
    [{ rules: { 'warmup-longer-than-run': 'off' }, overrides: [{ files: 'sft/*.yaml', hardware: { gpu: 'l40s' } }] }],
    [{ references: [{ name: 'our 8B SFT', learningRate: 1e-5, tokensPerStep: 1e6 }] }],
    [{ references: [{ config: 'configs/tuned.yaml', files: 'sft/*.yaml' }, { recipe: 't-lu-3-8b-dpo' }] }],
    [{ suppressions: [{ files: ['ds/*.json'], rule: 'some-rule', reason: 'Measured.' }] }],
  ])('takes %j', (project) => {
    expect(validate(project), JSON.stringify(validate.errors)).toBe(true);
  });

  test.each([
    [{ hardware: { gpu: 'h100-80gb', gpus: 0 } }],
    [{ rules: { 'some-rule': 'loud' } }],
    [{ overrides: [{ hardware: { gpu: 'l40s' } }] }],
    [{ hardwares: {} }],
    [{ references: [{ name: 'ours', learningRate: 1e-5 }] }],
    [{ references: [{ config: 'a.yaml', recipe: 't-lu-3-8b-dpo' }] }],
    [{ references: [{ files: '*.yaml' }] }],
  ])('refuses %j', (project) => {
    expect(validate(project)).toBe(false);
  });
});
