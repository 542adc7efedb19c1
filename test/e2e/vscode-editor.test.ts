import { expect, test } from 'vitest';
import { useVsCode } from './host/use-vscode.ts';
import { eightH100, llamaConfig, llamaConfigFixed } from './llama-config.ts';

const vscode = useVsCode();

test('a finding is shown, and its fix changes the saved file and keeps every other byte', async () => {
  const text = llamaConfig.replaceAll('\n', '\r\n');
  const workbench = await vscode.open({ files: { 'train.yaml': text }, show: 'train.yaml' });

  const problems = await workbench.problems('Warmup takes 1,000 steps');
  expect(problems.filter((row) => row.includes('batchwise'))).toHaveLength(1);

  await workbench.goTo('train.yaml', 'warmup_steps');
  await workbench.waitForSquiggle('train.yaml', 'error');
  await workbench.quickFix('Set warmup 15 steps');
  await workbench.waitForNoProblems();
  await workbench.save();
  expect(workbench.onDisk('train.yaml')).toBe(llamaConfigFixed.replaceAll('\n', '\r\n'));
  expect(workbench.consoleErrors).toEqual([]);
});

test('inlay hints, code lens and status item show the numbers that the file does not hold', async () => {
  const workbench = await vscode.open({
    files: { 'train.yaml': llamaConfigFixed, 'batchwise.json': eightH100 },
    show: 'train.yaml',
  });

  await workbench.waitForLine('train.yaml', 'micro_batch_size: 2 × 4 accum × 8 GPUs = 64 sequences');
  await workbench.waitForLine('train.yaml', '8.03B parameters');
  expect(await workbench.waitForCodeLens('train.yaml', 'GPU memory')).toMatch(
    /GPU memory [\d.]+ of [\d.]+ GiB, fits · 64 sequences\/step · H100 80GB × 8/,
  );
  await workbench.waitForStatusItem('H100 80GB × 8');
});

test('hover explains the value under the cursor with the numbers of this file', async () => {
  const workbench = await vscode.open({
    files: { 'train.yaml': llamaConfigFixed, 'batchwise.json': eightH100 },
    show: 'train.yaml',
  });
  await workbench.waitForStatusItem('H100');

  await workbench.goTo('train.yaml', 'micro_batch_size');
  const hover = await workbench.hover();
  expect(hover).toContain('micro batch');
  expect(hover).toMatch(/activations [\d.]+ GiB.* of [\d.]+ GiB per GPU/);
});

test('hardware from the settings counts, and a change of the settings is taken over', async () => {
  const workbench = await vscode.open({
    files: {
      'train.yaml': llamaConfigFixed,
      '.vscode/settings.json': '{ "batchwise.gpu": "a100-80gb", "batchwise.gpus": 2 }',
    },
    show: 'train.yaml',
  });
  await workbench.waitForLine('train.yaml', '2 GPUs = 16 sequences');
  await workbench.waitForStatusItem('A100');

  workbench.changeSettings({ 'batchwise.gpus': 4 });
  await workbench.waitForLine('train.yaml', '4 GPUs = 32 sequences');
});

test('a change of batchwise.json on disk is taken over', async () => {
  const workbench = await vscode.open({
    files: { 'train.yaml': llamaConfigFixed, 'batchwise.json': eightH100 },
    show: 'train.yaml',
  });
  await workbench.waitForLine('train.yaml', '8 GPUs = 64 sequences');

  workbench.write('batchwise.json', eightH100.replace('8 }', '16 }'));
  await workbench.waitForLine('train.yaml', '16 GPUs = 128 sequences');
});

test('a file that is no training config gets nothing', async () => {
  const compose = 'services:\n  web:\n    image: nginx\n    ports: ["80:80"]\n';
  const workbench = await vscode.open({
    files: { 'compose.yaml': compose, 'train.yaml': llamaConfig },
    show: 'train.yaml',
  });
  await workbench.problems('Warmup takes');

  await workbench.openFile('compose.yaml');
  await workbench.waitForNoStatusItem('GPU');
  expect(await workbench.editor('compose.yaml').locator('.codelens-decoration').count()).toBe(0);
  expect(await workbench.editor('compose.yaml').locator('[class*="squiggly"]').count()).toBe(0);
});
