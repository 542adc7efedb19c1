import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findOnPath } from './find-program.ts';

/** VS Code 1.100.3, the newest that runs on Node 20. */
const VERSION = '4.100.3';

const home = resolve('.vscode-host');
const finished = join(home, `code-server-${VERSION}`);

/** The script that starts code-server; it exists after `installHost`. */
export const hostEntry: string = join(finished, 'node_modules/code-server/out/node/entry.js');

/**
 * Installs the VS Code that the tests drive, code-server, below .vscode-host/, and does nothing where it is there.
 *
 * A plain `npm install code-server` runs every install script, and several of those compile or download things that
 * a test never uses. So no script is run, and stand-ins take the place of the modules that would be compiled.
 *
 * @throws Error with the step that failed; nothing half-installed stays behind.
 */
export function installHost(): void {
  if (existsSync(finished)) return;
  const partial = join(home, `partial-${process.pid}`);
  try {
    install(partial);
    renameSync(partial, finished);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

function install(folder: string): void {
  const codeServer = join(folder, 'node_modules/code-server');
  const vscode = join(codeServer, 'lib/vscode');

  announce(`Installing code-server ${VERSION}, about 300 MB`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  npm(folder, 'install', `code-server@${VERSION}`, '--no-save');

  announce('Installing the dependencies of its VS Code');
  npm(vscode, 'install', '--omit=dev');
  symlinkSync('node_modules', join(vscode, 'node_modules.asar'), 'junction');

  standIn('argon2', join(folder, 'node_modules/argon2'));
  standIn('spdlog', join(vscode, 'node_modules/@vscode/spdlog'));
  standIn('native-watchdog', join(vscode, 'node_modules/native-watchdog'));
  linkRipgrep(join(vscode, 'node_modules/@vscode/ripgrep/bin'));
  tryStart(join(codeServer, 'out/node/entry.js'), folder);
  announce(`Installed code-server ${VERSION}`);
}

function npm(cwd: string, ...args: readonly string[]): void {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  // npm is a script file on Windows, which only a shell starts.
  const { status } = spawnSync('npm', [...args, ...quiet], {
    cwd,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`"npm ${args.join(' ')}" failed in ${cwd}.`);
}

/** Replaces a native module, which would need a C++ compiler, by the few lines of it that a test needs. */
function standIn(name: string, folder: string): void {
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), `{ "name": "${name}", "version": "0.0.0", "main": "index.cjs" }\n`);
  copyFileSync(resolve('test/e2e/host/stand-ins', `${name}.cjs`), join(folder, 'index.cjs'));
}

/** VS Code searches files with ripgrep, which its package would download. Without one only the search is missing. */
function linkRipgrep(folder: string): void {
  const ripgrep = findOnPath('rg');
  if (ripgrep === undefined) {
    announce('ripgrep (rg) is not on the PATH, so its file search will find nothing');
    return;
  }
  mkdirSync(folder, { recursive: true });
  symlinkSync(ripgrep, join(folder, process.platform === 'win32' ? 'rg.exe' : 'rg'));
}

function tryStart(entry: string, userHome: string): void {
  const env = { ...process.env, HOME: userHome };
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, '--version'], { encoding: 'utf8', env });
  if (status !== 0 || !stdout.includes(VERSION)) throw new Error(`code-server does not start: ${stderr || stdout}`);
}

function announce(text: string): void {
  console.log(`  ${text}`);
}
