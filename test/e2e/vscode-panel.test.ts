import { expect, test } from 'vitest';
import { useVsCode } from './host/use-vscode.ts';
import type { Workbench } from './host/workbench.ts';
import { eightH100, llamaConfigFixed } from './llama-config.ts';

const vscode = useVsCode();

/** The same run at a micro batch that an H100 cannot hold. */
const tooLarge = llamaConfigFixed.replace('micro_batch_size: 2 ', 'micro_batch_size: 64 ');

async function openPanel(text: string): Promise<Workbench> {
  const workbench = await vscode.open({
    files: { 'train.yaml': text, 'batchwise.json': eightH100 },
    show: 'train.yaml',
  });
  await workbench.waitForStatusItem('H100');
  await workbench.runCommand('Batchwise: Show Memory Budget');
  await workbench.webview().locator('h1', { hasText: 'train.yaml' }).waitFor();
  return workbench;
}

test('the panel gives the verdict, tries a change, writes it as one undo step', async () => {
  const workbench = await openPanel(llamaConfigFixed);
  const panel = workbench.webview();
  await panel.locator('.verdict .word', { hasText: 'Fits' }).waitFor();

  const microBatch = panel.locator('#control-batch-micro');
  await microBatch.fill('512');
  await microBatch.press('Enter');
  await panel.locator('.verdict .word', { hasText: 'Exceeds' }).waitFor();
  expect(workbench.onDisk('train.yaml')).toBe(llamaConfigFixed);

  await microBatch.fill('4');
  await microBatch.press('Enter');
  await panel.locator('.verdict .word', { hasText: 'Fits' }).waitFor();
  await panel.locator('vscode-button', { hasText: 'Apply to train.yaml' }).click();
  await panel.locator('.notice', { hasText: '1 change written' }).waitFor();
  await workbench.waitForLine('train.yaml', 'micro_batch_size: 4');

  await workbench.focusEditor('train.yaml');
  await workbench.save();
  expect(workbench.onDisk('train.yaml')).toBe(llamaConfigFixed.replace('micro_batch_size: 2 ', 'micro_batch_size: 4 '));
  await workbench.page.keyboard.press('Control+z');
  await workbench.save();
  expect(workbench.onDisk('train.yaml')).toBe(llamaConfigFixed);
});

test('the panel names what would fit, and shows in every theme', async () => {
  const workbench = await openPanel(tooLarge);
  const panel = workbench.webview();
  await panel.locator('.verdict .word', { hasText: 'Exceeds' }).waitFor();
  await panel.locator('.remedy').first().waitFor();

  await workbench.runCommand('View: Toggle Maximized Panel');
  for (const theme of ['light', 'dark', 'high-contrast'] as const) {
    await workbench.setTheme(theme);
    await workbench.screenshot(`vscode-panel-${theme}`);
  }
  await panel.locator('.remedy').first().click();
  await panel.locator('.verdict .word', { hasText: /Fits|Tight/ }).waitFor();
  expect(workbench.consoleErrors).toEqual([]);
});
