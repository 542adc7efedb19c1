import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { startCodeServer } from './code-server.ts';
import { findChromium } from './find-program.ts';
import type { VsCodeServer } from './vscode-server.ts';
import { startWebServer } from './web-server.ts';
import { Workbench } from './workbench.ts';

interface WorkbenchOptions {
  /** A folder whose copy is opened. */
  readonly copyOf?: string;
  /** Files written into the opened folder, path to text. */
  readonly files?: Readonly<Record<string, string>>;
  /** The file that is open at the start. */
  readonly show: string;
}

interface VsCode {
  /** Opens a window on a folder of its own. It closes with the test; a failed test leaves a picture and the log. */
  readonly open: (options: WorkbenchOptions) => Promise<Workbench>;
  /** What the extension host of the newest window and its extensions logged so far. */
  readonly log: () => string;
}

const browserArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const startServer = { 'code-server': startCodeServer, web: startWebServer };

/** Gives the tests of one file a VS Code server with the packaged extension, and a browser. */
export function useVsCode(kind: keyof typeof startServer = 'code-server'): VsCode {
  let running: { readonly server: VsCodeServer; readonly browser: Browser } | undefined;
  const open = new Set<Workbench>();
  let count = 0;

  beforeAll(async () => {
    const executablePath = findChromium();
    if (executablePath === undefined) throw new Error('No Chromium was found; BATCHWISE_CHROMIUM can name one.');
    const server = await startServer[kind](resolve('dist/batchwise.vsix'));
    running = { server, browser: await chromium.launch({ executablePath, args: browserArguments }) };
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await describeFailure(task.name);
    await Promise.all([...open].map((workbench) => workbench.close()));
    open.clear();
  });
  afterAll(async () => {
    await running?.browser.close();
    await running?.server.stop();
  });

  async function describeFailure(test: string): Promise<void> {
    console.error(running?.server.extensionHostLog().slice(-8000));
    for (const workbench of open) {
      console.error(`Console of the page: ${workbench.consoleErrors.join('\n')}`);
      await workbench.screenshot(`failed-${test.replaceAll(/\W+/g, '-')}`);
    }
  }

  return {
    log: () => running?.server.extensionHostLog() ?? '',
    open: async (options) => {
      if (running === undefined) throw new Error('A window is opened inside a test.');
      const { server, browser } = running;
      count += 1;
      const folder = makeFolder(join(server.folder, `configs-${count}`), options);

      const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
      const workbench = new Workbench(await context.newPage(), folder);
      open.add(workbench);
      await workbench.page.goto(server.address(folder, options.show));
      await workbench.waitUntilOpen(options.show);
      return workbench;
    },
  };
}

function makeFolder(folder: string, { copyOf, files = {} }: WorkbenchOptions): string {
  mkdirSync(folder);
  if (copyOf !== undefined) cpSync(copyOf, folder, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}
