import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostEntry } from './install-host.ts';
import { foldersOf, installExtension, quietSettings, type VsCodeServer } from './vscode-server.ts';

/**
 * Starts code-server: VS Code with extensions in Node and files on disk.
 *
 * @throws Error when the package cannot be installed or the server does not answer within 30 s.
 */
export async function startCodeServer(vsix: string): Promise<VsCodeServer> {
  const folder = mkdtempSync(join(tmpdir(), 'batchwise-host-'));
  const data = join(folder, 'data');
  mkdirSync(join(data, 'User'), { recursive: true });
  writeFileSync(join(data, 'User/settings.json'), JSON.stringify(quietSettings, undefined, 2));
  installExtension(vsix, folder);

  const authority = `127.0.0.1:${await freePort()}`;
  const server = spawn(process.execPath, [hostEntry, ...foldersOf(folder), '--bind-addr', authority, ...quietOptions], {
    env: { ...process.env, HOME: folder },
  });
  const output = collectOutput(server);
  const stop = async () => {
    await stopProcess(server);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  if (!(await answers(`http://${authority}/healthz`, server))) {
    await stop();
    throw new Error(`The VS Code server did not start: ${output()}`);
  }

  return {
    folder,
    address: (opened, file) => {
      const payload = JSON.stringify([['openFile', `vscode-remote://${authority}${opened}/${file}`]]);
      return `http://${authority}/?${new URLSearchParams({ folder: opened, payload })}`;
    },
    extensionHostLog: () => readExtensionHostLog(join(data, 'logs')),
    stop,
  };
}

const quietOptions = [
  '--auth',
  'none',
  '--disable-telemetry',
  '--disable-update-check',
  '--disable-workspace-trust',
  '--disable-getting-started-override',
];

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('The system gave no free port.');
  return address.port;
}

function collectOutput(server: ChildProcess): () => string {
  const chunks: string[] = [];
  for (const stream of [server.stdout, server.stderr])
    stream?.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  return () => chunks.join('');
}

async function answers(url: string, server: ChildProcess): Promise<boolean> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline && server.exitCode === null) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return true;
    await sleep(50);
  }
  return false;
}

async function stopProcess(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGTERM');
  await exited;
}

/** Every window has an extension host of its own, numbered in turn; one that is closing logs what it broke off. */
function readExtensionHostLog(logs: string): string {
  const files = existsSync(logs) ? readdirSync(logs, { recursive: true, encoding: 'utf8' }) : [];
  const hostOf = (file: string) => Number(/exthost(\d+)/.exec(file)?.[1] ?? 0);
  const newest = Math.max(0, ...files.map(hostOf));
  return files
    .filter((file) => newest > 0 && hostOf(file) === newest && file.endsWith('.log'))
    .map((file) => `--- ${file}\n${readFileSync(join(logs, file), 'utf8')}`)
    .join('\n');
}
