import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { globSync } from 'tinyglobby';
import { expect, test } from 'vitest';
import { useVsCode } from './host/use-vscode.ts';

const vscode = useVsCode();

test('every config of examples/ opens, and shows its batch or its memory above the first line', async () => {
  const [first = '', ...others] = globSync('**/*.{yaml,yml}', { cwd: 'examples' })
    .filter((file) => !file.includes('accelerate'))
    .sort();
  const workbench = await vscode.open({ copyOf: 'examples', show: first });
  await workbench.waitForCodeLens(first, /sequences|GPU memory/);
  for (const theme of ['light', 'dark'] as const) {
    await workbench.setTheme(theme);
    await workbench.screenshot(`vscode-editor-${theme}`);
  }
  for (const file of others) {
    await workbench.openFile(file);
    await workbench.waitForCodeLens(file, /sequences|GPU memory/);
  }
  expect(vscode.log()).not.toMatch(/\[error\].*batchwise/i);
});

test('a config that somebody published is recognised', async () => {
  const file = publishedConfig();
  console.log(`Opening ${file}.`);
  const workbench = await vscode.open({
    files: { [basename(file)]: readFileSync(file, 'utf8') },
    show: basename(file),
  });

  await workbench.waitForCodeLens(basename(file), /sequences|GPU memory/);
  expect(vscode.log()).not.toMatch(/\[error\].*batchwise/i);
});

/** From a corpus of published configs where there is one (BATCHWISE_CORPUS or ../shared/corpus), otherwise an example. */
function publishedConfig(): string {
  const corpus = resolve(process.env['BATCHWISE_CORPUS'] ?? '../shared/corpus');
  if (!existsSync(corpus)) console.log(`There is no corpus at ${corpus}, so one of examples/ is opened again.`);
  const folder = existsSync(corpus) ? join(corpus, 'axolotl') : 'examples';
  const file = globSync('**/*.{yaml,yml}', { cwd: folder }).sort()[0];
  if (file === undefined) throw new Error(`There is no config in ${folder}.`);
  return join(folder, file);
}
