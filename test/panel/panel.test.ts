import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FromPanel } from '../../server/src/protocol/panel.ts';
import { exceeding, notTraining, trying, unknown } from './fixtures.ts';
import { buildPanel, launchBrowser, openPanel, type PageOptions, type PanelPage } from './panel-page.ts';

/** Minified bytes the panel may take. */
const BUNDLE_BUDGET = 200_000;

let browser: Browser;
let bundle: string;

beforeAll(async () => {
  [bundle, browser] = await Promise.all([buildPanel(), launchBrowser()]);
}, 60_000);

afterAll(async () => {
  await browser?.close();
});

async function withPanel(options: PageOptions, check: (panel: PanelPage) => Promise<void>): Promise<void> {
  const panel = await openPanel(browser, bundle, options);
  try {
    await check(panel);
  } finally {
    await panel.page.close();
  }
}

test('the panel stays within its size budget', () => {
  expect(bundle.length).toBeLessThan(BUNDLE_BUDGET);
});

describe('what it shows', () => {
  test('file, hardware, verdict, terms, remedies and both curves', () =>
    withPanel({}, async (panel) => {
      await panel.show(exceeding);
      const text = await panel.text('batchwise-panel');
      for (const part of [
        'train.yaml',
        'H100 80GB × 8 · from batchwise.json',
        'Exceeds by 4 to 9 GiB',
        'needs 83.1 to 88.4 of 79.1 GiB on each GPU',
        'peak during loss backward',
        'Measured within 2% on one H100',
        '58.7 GiB',
        'not live at the peak',
        'Fused cross-entropy (Liger)',
        '8 is the largest that fits',
        '10 now',
        '√8 from HEAD: 5.7e-5',
        'Sequences are padded to 4,096 tokens.',
      ]) {
        expect(text).toContain(part);
      }
      expect(await panel.refused()).toEqual([]);
    }));

  test('charts have a text for screen readers', () =>
    withPanel({}, async ({ page, show }) => {
      await show(exceeding);
      const names = await page
        .locator('svg[role=img]')
        .evaluateAll((all) => all.map((svg) => svg.getAttribute('aria-label')));
      expect(names.join('\n')).toContain('Memory at the peak: 83.7 GiB of 79.1 GiB');
      expect(names).toContain('Memory through 5 phases of a step, highest during loss backward');
      expect(names).toContain('Learning rate against batch, full SFT: 7 runs, band 2e-6 to 4e-5');
      expect(await page.getByRole('row', { name: 'loss backward 62.0 GiB 82.9 GiB 40.0 GiB' }).count()).toBe(1);
      expect(await page.getByRole('row', { name: 'this file 2.6M 2e-5' }).count()).toBe(1);
      expect(await page.locator('.for-readers table').count()).toBe(2);
    }));

  test('a tight estimate names both ends', () =>
    withPanel({}, async ({ show, text }) => {
      const memory = exceeding.memory;
      if (memory === undefined) throw new Error('the fixture has memory');
      await show({ ...exceeding, memory: { ...memory, verdict: 'tight', lowBytes: 78 * 2 ** 30 } });
      expect(await text('.headline')).toBe('Tight: from 1.1 GiB to spare to 9.3 GiB over');
    }));

  test('rates only where there is something to compare with', () =>
    withPanel({}, async ({ page, show, send }) => {
      const { here, title } = exceeding.rates ?? {};
      await show({ ...exceeding, rates: { title: title ?? '', recipes: [], ...(here === undefined ? {} : { here }) } });
      expect(await page.locator('.rates').count()).toBe(0);
      await show(exceeding);
      await send({ type: 'reveal', section: 'rates' });
      await page.locator('.rates:focus').waitFor();
      expect(await page.locator('.rates h2').isVisible()).toBe(true);
    }));

  test('what is missing, with a way to say it', () =>
    withPanel({}, async (panel) => {
      await panel.show(unknown);
      expect(await panel.text('.missing')).toContain('not in the catalogue: my-org/private-7b');
      await panel.page.getByRole('button', { name: 'Choose hardware' }).click();
      expect((await panel.posted()).at(-1)).toEqual({ type: 'chooseHardware' });
      await panel.screenshot('unknown');
    }));

  test('a file that trains nothing, and no file at all', () =>
    withPanel({}, async (panel) => {
      await panel.show(notTraining);
      expect(await panel.text('.empty')).toBe(notTraining.message);
      await panel.screenshot('not-training');
      await panel.send({ type: 'empty', message: 'Open a training config to see its memory budget.' });
      expect(await panel.text('.empty')).toContain('Open a training config');
    }));

  test('the plans of a file, one at a time', () =>
    withPanel({}, async (panel) => {
      await panel.show(unknown);
      await panel.page.getByLabel('Plan in this file').selectOption('ablation');
      expect(await panel.lastTry()).toMatchObject({ plan: 'ablation', whatIf: {} });
    }));
});

describe('what it sends', () => {
  test('a driving key opens its place', () =>
    withPanel({}, async (panel) => {
      await panel.show(exceeding);
      await panel.page.getByRole('button', { name: 'micro_batch_size' }).first().click();
      expect((await panel.posted()).at(-1)).toMatchObject({ type: 'open', place: { line: 4 } });
    }));

  test('a slider tries each stop and the control keeps it before the answer', () =>
    withPanel({}, async (panel) => {
      await panel.show(exceeding);
      await panel.page.getByRole('slider', { name: 'micro batch' }).focus();
      await panel.page.keyboard.press('ArrowLeft');
      await panel.page.keyboard.press('ArrowLeft');
      expect(await panel.lastTry()).toEqual({
        type: 'try',
        uri: exceeding.uri,
        plan: 'main',
        whatIf: { 'batch.micro': 6 },
        sequence: 2,
      });
      await panel.show({ ...exceeding, whatIf: { 'batch.micro': 8 } }, 1);
      expect(await panel.page.locator('#control-batch-micro').inputValue()).toBe('6');
      await panel.page.keyboard.press('ArrowRight');
      await panel.page.keyboard.press('ArrowRight');
      expect((await panel.lastTry())?.whatIf).toEqual({});
    }));

  test('a typed number counts when it is entered', () =>
    withPanel({}, async (panel) => {
      await panel.show(exceeding);
      const input = panel.page.locator('#control-data-sequenceLength');
      await input.fill('3000');
      await input.press('Enter');
      expect((await panel.lastTry())?.whatIf).toEqual({ 'data.sequenceLength': 3000 });
      await input.fill('-3');
      await input.press('Enter');
      expect((await panel.lastTry())?.whatIf).toEqual({ 'data.sequenceLength': 3000 });
      expect(await input.inputValue()).toBe('3000');
    }));

  test('a point of the curve is reached and tried by keyboard', () =>
    withPanel({}, async (panel) => {
      await panel.show(exceeding);
      await panel.page.getByRole('button', { name: /^Micro batch 10:/ }).focus();
      await panel.page.keyboard.press('ArrowLeft');
      await panel.page.keyboard.press('Enter');
      expect((await panel.lastTry())?.whatIf).toEqual({ 'batch.micro': 8 });
      expect(await panel.page.getByRole('button', { name: 'Micro batch 8: 69.7 to 73.9 GiB, fits' }).count()).toBe(1);
    }));

  test('a remedy adds to what is being tried', () =>
    withPanel({}, async (panel) => {
      await panel.show(exceeding);
      await panel.page.getByLabel('checkpointing').selectOption('none');
      await panel.page.getByRole('button', { name: /Micro batch 8, accumulation 10/ }).click();
      expect((await panel.lastTry())?.whatIf).toEqual({
        'activations.checkpointing': 'none',
        'batch.micro': 8,
        'batch.gradientAccumulation': 10,
      });
    }));

  test('Apply writes what is tried, Reset drops it', () =>
    withPanel({}, async (panel) => {
      await panel.show(trying);
      expect(await panel.text('.difference')).toContain('1 change · 83.7 → 27.0 GiB');
      await panel.page.getByRole('button', { name: 'Apply to train.yaml' }).click();
      const applied: FromPanel = { type: 'apply', uri: trying.uri, plan: 'main', whatIf: { 'loss.kernel': 'liger' } };
      expect((await panel.posted()).at(-1)).toEqual(applied);
      await panel.send({ type: 'applied', changes: 1 });
      expect(await panel.text('.notice')).toContain('1 change written, not saved yet.');
      await panel.page.getByRole('button', { name: 'Reset' }).click();
      expect((await panel.lastTry())?.whatIf).toEqual({});
    }));

  test('what the file has no key for cannot be applied', () =>
    withPanel({}, async (panel) => {
      await panel.show({ ...exceeding, whatIf: { 'hardware.gpu': 'h200' }, applicableChanges: 0 });
      await panel.page.getByRole('button', { name: 'Apply to train.yaml' }).click({ force: true });
      expect((await panel.posted()).some((message) => message.type === 'apply')).toBe(false);
      expect(await panel.text('.difference')).toContain('The file has no key for this');
    }));

  test('changes being tried come back with the view', () =>
    withPanel({ saved: { uri: exceeding.uri, plan: 'main', whatIf: { 'batch.micro': 4 } } }, async (panel) => {
      await panel.show(exceeding);
      expect((await panel.lastTry())?.whatIf).toEqual({ 'batch.micro': 4 });
    }));

  test('every control is reached by Tab alone', () =>
    withPanel({}, async (panel) => {
      await panel.show(trying);
      const reached = new Set<string>();
      for (let press = 0; press < 60; press += 1) {
        await panel.page.keyboard.press('Tab');
        reached.add(
          await panel.page.evaluate(() => {
            const focused = document.querySelector('batchwise-panel')?.shadowRoot?.activeElement;
            return focused?.id || focused?.getAttribute('aria-label') || focused?.textContent?.trim() || '';
          }),
        );
      }
      for (const control of trying.controls) expect(reached).toContain(`control-${control.field.replaceAll('.', '-')}`);
      expect([...reached].join('\n')).toContain('Apply to train.yaml');
      expect([...reached].join('\n')).toContain('Micro batch 10:');
    }));
});

describe('how it looks', () => {
  const views: readonly (PageOptions & { readonly name: string })[] = [
    { name: 'dark-wide', theme: 'dark', width: 1100 },
    { name: 'dark-strip', theme: 'dark', width: 1500 },
    { name: 'dark-middle', theme: 'dark', width: 720 },
    { name: 'light-wide', theme: 'light', width: 1100 },
    { name: 'high-contrast-wide', theme: 'high-contrast', width: 1100 },
    { name: 'dark-narrow', theme: 'dark', width: 420 },
    { name: 'light-slim', theme: 'light', width: 280 },
  ];

  test.each(views)('$name: nothing runs over the edge', ({ name, ...options }) =>
    withPanel(options, async (panel) => {
      await panel.show(exceeding);
      await panel.screenshot(name);
      const overflow = await panel.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow).toBe(0);
      await panel.show(trying);
      await panel.screenshot(`${name}-trying`);
    }),
  );
});
