import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { startCodeServer } from './code-server.ts';
import { findOnPath } from './find-program.ts';
import { installHost } from './install-host.ts';
import type { VsCodeServer } from './vscode-server.ts';

/**
 * Opens VS Code with this extension on examples/:
 * the desktop program where there is one, otherwise (or with --browser) a server for the browser.
 */
const examples = resolve('examples');
const shown = readdirSync(examples).find((file) => file.endsWith('.yaml')) ?? 'README.md';
const desktop = process.argv.includes('--browser') ? undefined : findOnPath('code', 'codium', 'code-insiders');

run('node', 'esbuild.mjs', '--dev');
if (desktop !== undefined) openDesktop(desktop);
else await openInBrowser();

function openDesktop(program: string): void {
  console.log(`Opening ${examples} in ${program}.`);
  spawn(program, [`--extensionDevelopmentPath=${process.cwd()}`, examples], {
    detached: true,
    stdio: 'ignore',
    shell: process.platform === 'win32',
  }).unref();
}

async function openInBrowser(): Promise<void> {
  try {
    const server = await serve();
    console.log(`\nOpen this address in a browser; Ctrl+C ends the server.\n\n  ${server.address(examples, shown)}\n`);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.stop());
  } catch (error) {
    console.log(error instanceof Error ? error.message : error);
    explainWithoutVsCode();
  }
}

async function serve(): Promise<VsCodeServer> {
  console.log('No desktop VS Code (code, codium) is on the PATH, so this starts one for the browser.');
  installHost();
  run(
    'node',
    'node_modules/@vscode/vsce/vsce',
    'package',
    '--no-dependencies',
    '--allow-missing-repository',
    '-o',
    'dist/batchwise.vsix',
  );
  return startCodeServer(resolve('dist/batchwise.vsix'));
}

/** The last way to see the linter at work, for machines that have neither. */
function explainWithoutVsCode(): void {
  console.log('\nVS Code cannot be opened here. With VS Code installed elsewhere:');
  if (existsSync('dist/batchwise.vsix')) console.log('  code --install-extension dist/batchwise.vsix');
  console.log(`  code --extensionDevelopmentPath=${process.cwd()} ${examples}`);
  console.log('\nThe same findings in the terminal, from "batchwise check examples":\n');
  spawnSync(process.execPath, ['dist/cli.mjs', 'check', 'examples'], { stdio: 'inherit' });
}

function run(program: string, ...args: readonly string[]): void {
  const { status } = spawnSync(program, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`"${program} ${args.join(' ')}" failed.`);
}
