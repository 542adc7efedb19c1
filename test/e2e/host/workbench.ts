import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { BrowserContext, FrameLocator, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

export type Theme = 'light' | 'dark' | 'high-contrast';

/** The class VS Code puts on the window for each theme, so that a change can be awaited. */
const themes: Readonly<Record<Theme, { readonly setting: string; readonly windowClass: string }>> = {
  light: { setting: 'Default Light Modern', windowClass: 'vs' },
  dark: { setting: 'Default Dark Modern', windowClass: 'vs-dark' },
  'high-contrast': { setting: 'Default High Contrast', windowClass: 'hc-black' },
};

/** Long enough for a cold start of the extension on a machine whose cores are all busy. */
const PATIENCE = { timeout: 30_000, interval: 100 };

/** Console messages of VS Code itself when it runs without its download host and without some native modules. */
const harmlessConsole =
  /vsda|open-vsx|spdlog|favicon|ERR_|404|Failed to load resource|WebGL|marketplace|vscode\.(git-base|emmet|merge-conflict)/i;

/** One VS Code window in a browser page, with a folder open. */
export class Workbench {
  readonly page: Page;
  /** The open folder, on disk. */
  readonly folder: string;
  readonly #context: BrowserContext;
  readonly #consoleErrors: string[] = [];

  constructor(page: Page, folder: string) {
    this.page = page;
    this.folder = folder;
    this.#context = page.context();
    page.setDefaultTimeout(PATIENCE.timeout);
    page.on('pageerror', (error) => this.#consoleErrors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' && !harmlessConsole.test(message.text())) this.#consoleErrors.push(message.text());
    });
  }

  /** What the page reported that VS Code does not report by itself. */
  get consoleErrors(): readonly string[] {
    return this.#consoleErrors;
  }

  /** The editor of a file that is open and in front. */
  editor(file: string): Locator {
    return this.page.locator(`.editor-instance .monaco-editor[data-uri$="/${file}"]`);
  }

  async waitUntilOpen(file: string): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor();
    await this.editor(file).locator('.view-line').first().waitFor();
  }

  async openFile(file: string): Promise<void> {
    await this.page.keyboard.press('Control+p');
    await this.#pick(file, basename(file));
    await this.editor(file).locator('.view-line').first().waitFor();
  }

  /** Puts the cursor before the first place in the file on disk where `text` stands, and scrolls there. */
  async goTo(file: string, text: string): Promise<void> {
    const before = this.onDisk(file).split(text)[0] ?? '';
    const lines = before.split('\n');
    await this.#leaveQuickInput();
    await this.page.keyboard.press('Control+g');
    const input = this.page.locator('.quick-input-widget input[type=text]').first();
    await input.fill(`:${lines.length}:${(lines.at(-1) ?? '').length + 1}`);
    await this.page.keyboard.press('Enter');
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  }

  async waitForSquiggle(file: string, severity: 'error' | 'warning' | 'info' | 'hint'): Promise<void> {
    await this.editor(file).locator(`.squiggly-${severity}`).first().waitFor();
  }

  /** The lines of the Problems view, once one of them has `text`. */
  async problems(text: string): Promise<readonly string[]> {
    await this.runCommand('Problems: Focus on Problems View');
    const rows = this.page.locator('.markers-panel .monaco-list-row');
    await rows.filter({ hasText: text }).first().waitFor();
    return plain(await rows.allTextContents());
  }

  /** Until the status bar counts no problem in any file. */
  async waitForNoProblems(): Promise<void> {
    const count = this.page.locator('.statusbar-item[id="status.problems"]');
    await expect.poll(async () => plain([(await count.textContent()) ?? '']), PATIENCE).toEqual(['0  0']);
  }

  /** Titles of what the light bulb offers at the cursor; the menu stays open. */
  async quickFixes(): Promise<readonly string[]> {
    const actions = this.page.locator('.action-widget .monaco-list-row.action');
    // The menu stays away while VS Code is still asking for actions, so the key is pressed again.
    await expect
      .poll(
        async () => {
          await this.page.keyboard.press('Escape');
          await this.page.keyboard.press('Control+.');
          return actions
            .first()
            .waitFor({ timeout: 4000 })
            .then(
              () => true,
              () => false,
            );
        },
        { timeout: 30_000 },
      )
      .toBe(true);
    return plain(await actions.allTextContents());
  }

  /** Applies the first fix at the cursor whose title has `title`, by keyboard menu, and answers its full title. */
  async quickFix(title: string): Promise<string> {
    await this.quickFixes();
    const action = this.page.locator('.action-widget .monaco-list-row.action', { hasText: title }).first();
    const text = plain([(await action.textContent()) ?? '']);
    // A click does not reach the menu: VS Code lays a pane over the window that takes it.
    await expect
      .poll(async () => {
        const chosen = (await action.getAttribute('class'))?.includes('focused') ?? false;
        if (!chosen) await this.page.keyboard.press('ArrowDown');
        return chosen;
      }, PATIENCE)
      .toBe(true);
    await this.page.keyboard.press('Enter');
    await action.waitFor({ state: 'detached' });
    return text[0] ?? '';
  }

  async runCommand(title: string): Promise<void> {
    await this.#leaveQuickInput();
    await this.page.keyboard.press('F1');
    await this.#pick(`>${title}`, title);
  }

  /** The visible lines as shown, with inlay hints in place, once one of them has `text`. */
  async waitForLine(file: string, text: string | RegExp): Promise<string> {
    const lines = this.editor(file).locator('.view-line');
    const shown = async () => plain(await lines.allTextContents()).find((line) => matches(line, text));
    await expect.poll(shown, { ...PATIENCE, message: `a line with ${text}` }).toBeDefined();
    return (await shown()) ?? '';
  }

  /** Text of the hover at the cursor. */
  async hover(): Promise<string> {
    await this.runCommand('Show or Focus Hover');
    const hover = this.page.locator('.monaco-hover .hover-contents').first();
    await hover.waitFor();
    await expect.poll(() => hover.textContent(), PATIENCE).not.toMatch(/^Loading/);
    return plain(await this.page.locator('.monaco-hover .hover-contents').allTextContents()).join('\n');
  }

  /** Code lenses of the file, once one has `text`. */
  async waitForCodeLens(file: string, text: string | RegExp): Promise<string> {
    const lens = this.editor(file).locator('.codelens-decoration a', { hasText: text }).first();
    await lens.waitFor();
    return plain([(await lens.textContent()) ?? ''])[0] ?? '';
  }

  /** The status bar item, once it has `text`. */
  async waitForStatusItem(text: string): Promise<string> {
    const item = this.page.locator('.part.statusbar .statusbar-item', { hasText: text }).first();
    await item.waitFor();
    return plain([(await item.textContent()) ?? ''])[0] ?? '';
  }

  async waitForNoStatusItem(text: string): Promise<void> {
    await this.page
      .locator('.part.statusbar .statusbar-item', { hasText: text })
      .first()
      .waitFor({ state: 'detached' });
  }

  /** The document inside the webview that is in front. */
  webview(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
  }

  /** Adds to the folder's .vscode/settings.json, which the window takes over at once. */
  changeSettings(settings: Readonly<Record<string, unknown>>): void {
    const file = join(this.folder, '.vscode/settings.json');
    const before: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(Object.assign({}, before, settings), undefined, 2));
  }

  async setTheme(theme: Theme): Promise<void> {
    this.changeSettings({ 'workbench.colorTheme': themes[theme].setting });
    await this.page.locator(`.monaco-workbench.${themes[theme].windowClass}`).waitFor();
  }

  /** Writes .screenshots/NAME.png. */
  async screenshot(name: string): Promise<void> {
    mkdirSync('.screenshots', { recursive: true });
    await this.page.screenshot({ path: resolve('.screenshots', `${name}.png`) });
  }

  /** Takes the keyboard back from a view or the panel. */
  async focusEditor(file: string): Promise<void> {
    await this.runCommand('View: Focus Active Editor Group');
    await this.editor(file).locator('textarea, .native-edit-context').first().waitFor({ state: 'attached' });
  }

  async save(): Promise<void> {
    await this.page.keyboard.press('Control+s');
    await this.page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
  }

  /** Changes a file as another program would. */
  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  onDisk(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }

  async close(): Promise<void> {
    await this.#context.close();
  }

  async #pick(typed: string, row: string): Promise<void> {
    const widget = this.page.locator('.quick-input-widget');
    await widget.locator('input[type=text]').first().fill(typed);
    await widget.locator('.monaco-list-row', { hasText: row }).first().waitFor();
    await this.page.keyboard.press('Enter');
    await widget.waitFor({ state: 'hidden' });
  }

  async #leaveQuickInput(): Promise<void> {
    const widget = this.page.locator('.quick-input-widget');
    if (!(await widget.isVisible())) return;
    await this.page.keyboard.press('Escape');
    await widget.waitFor({ state: 'hidden' });
  }
}

/** VS Code draws non-breaking spaces; tests are written with plain ones. */
function plain(texts: readonly string[]): readonly string[] {
  return texts.map((text) => text.replaceAll('\u00a0', ' ').trim());
}

function matches(line: string, text: string | RegExp): boolean {
  return typeof text === 'string' ? line.includes(text) : text.test(line);
}
