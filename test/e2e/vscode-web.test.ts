import { expect, test } from 'vitest';
import { useVsCode } from './host/use-vscode.ts';
import { eightH100, llamaConfig } from './llama-config.ts';

const vscode = useVsCode('web');

test('in a browser without a server: finding, hints from batchwise.json, fix and panel', async () => {
  const workbench = await vscode.open({
    files: { 'train.yaml': llamaConfig, 'batchwise.json': eightH100 },
    show: 'train.yaml',
  });
  await workbench.waitForLine('train.yaml', '8 GPUs = 64 sequences');
  await workbench.problems('Warmup takes 1,000 steps');

  await workbench.goTo('train.yaml', 'warmup_steps');
  await workbench.waitForSquiggle('train.yaml', 'error');
  await workbench.quickFix('Set warmup 15 steps');
  await workbench.waitForLine('train.yaml', 'warmup_steps: 15  # from the old run');
  await workbench.waitForNoProblems();

  await workbench.runCommand('Batchwise: Show Memory Budget');
  await workbench.webview().locator('.verdict .word', { hasText: 'Fits' }).waitFor();
  expect(workbench.consoleErrors).toEqual([]);
});
