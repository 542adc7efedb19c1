import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { FromPanel, PanelState, ToPanel } from '../../server/src/protocol/panel.ts';
import { findChromium } from '../e2e/host/find-program.ts';
import { type ThemeName, themeStyle } from './themes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUNDLE = join(ROOT, 'node_modules/.cache/batchwise/panel-test/panel.js');
const SCREENSHOTS = join(ROOT, '.screenshots');

declare global {
  interface Window {
    /** Messages the panel posted, in order. */
    posted: FromPanel[];
    /** What the content security policy refused. */
    refused: string[];
  }
}

/** Builds the panel as esbuild.mjs does for a release and answers the bundle's text. */
export async function buildPanel(): Promise<string> {
  await build({
    entryPoints: [join(ROOT, 'client/webview/main.ts')],
    outfile: BUNDLE,
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    mainFields: ['browser', 'module', 'main'],
    legalComments: 'none',
    logLevel: 'error',
  });
  return readFileSync(BUNDLE, 'utf8');
}

export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('No Chromium was found; BATCHWISE_CHROMIUM can name one.');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}

export interface PanelPage {
  readonly page: Page;
  send(message: ToPanel): Promise<void>;
  /** Shows a state, as answer to the last change unless another sequence is given. */
  show(state: PanelState, sequence?: number): Promise<void>;
  posted(): Promise<readonly FromPanel[]>;
  /** The last change tried. */
  lastTry(): Promise<Extract<FromPanel, { type: 'try' }> | undefined>;
  /** Text of the first match, white space as a reader sees it. */
  text(selector: string): Promise<string>;
  refused(): Promise<readonly string[]>;
  screenshot(name: string): Promise<void>;
}

export interface PageOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly saved?: unknown;
}

/** A page with the panel under the content security policy that the extension sets, and a stub of VS Code's API. */
export async function openPanel(browser: Browser, bundle: string, options: PageOptions = {}): Promise<PanelPage> {
  const page = await browser.newPage({ viewport: { width: options.width ?? 1100, height: 700 } });
  await page.setContent(html(bundle, options));
  await page.waitForFunction(() => window.posted.some((message) => message.type === 'ready'));
  const posted = () => page.evaluate(() => window.posted);
  const lastTry = async () => (await posted()).filter((message) => message.type === 'try').at(-1);
  const send = async (message: ToPanel) => {
    await page.evaluate((sent) => {
      window.postMessage(sent, '*');
      return new Promise((resolve) => setTimeout(() => requestAnimationFrame(() => resolve(undefined))));
    }, message);
  };
  return {
    page,
    send,
    posted,
    lastTry,
    show: async (state, sequence) =>
      send({ type: 'state', state, sequence: sequence ?? (await lastTry())?.sequence ?? 0 }),
    text: async (selector) => {
      const found = page.locator(selector).first();
      return (await found.evaluate((element) => (element.shadowRoot ?? element).textContent ?? ''))
        .replace(/\s+/g, ' ')
        .trim();
    },
    refused: () => page.evaluate(() => window.refused),
    screenshot: async (name) => {
      mkdirSync(SCREENSHOTS, { recursive: true });
      await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
    },
  };
}

function html(bundle: string, { theme = 'dark', saved }: PageOptions): string {
  const nonce = 'test';
  const stub = `
    window.posted = []; window.refused = [];
    document.addEventListener('securitypolicyviolation', (event) => window.refused.push(event.violatedDirective + ' ' + event.blockedURI));
    let saved = ${JSON.stringify(saved ?? null) ?? 'null'} ?? undefined;
    window.acquireVsCodeApi = () => ({ postMessage: (message) => window.posted.push(message), setState: (state) => { saved = state; }, getState: () => saved });
  `;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'">
    <style nonce="${nonce}">${themeStyle(theme)}</style><title>Memory budget</title></head>
    <body><script nonce="${nonce}">${stub}</script><script nonce="${nonce}">${bundle.replaceAll('</script', '<\\/script')}</script></body></html>`;
}
