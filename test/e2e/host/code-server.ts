import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostEntry } from './install-host.ts';

/** A VS Code server with folders of its own: nothing of the user's is read or written. */
export interface CodeServer {
  /** Host and port, as in the URIs of its files. */
  readonly authority: string;
  /** A temporary folder that goes with the server; workspaces are made in it. */
  readonly folder: string;
  /** What the extension host and its extensions logged so far. */
  readonly extensionHostLog: () => string;
  readonly stop: () => Promise<void>;
}

/** Without these VS Code shows welcome pages, asks questions, saves by itself or looks for updates. */
const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'files.autoSave': 'off',
  'editor.inlayHints.enabled': 'on',
  'security.workspace.trust.enabled': false,
  'window.restoreWindows': 'none',
  'chat.disableAIFeatures': true,
};

/**
 * Starts a server with the packaged extension installed.
 *
 * @throws Error when the package cannot be installed or the server does not answer within 30 s.
 */
export async function startCodeServer(vsix: string, port?: number): Promise<CodeServer> {
  const folder = mkdtempSync(join(tmpdir(), 'batchwise-host-'));
  const data = join(folder, 'data');
  mkdirSync(join(data, 'User'), { recursive: true });
  writeFileSync(join(data, 'User/settings.json'), JSON.stringify(quietSettings, undefined, 2));

  const own = [
    '--user-data-dir',
    data,
    '--extensions-dir',
    join(folder, 'extensions'),
    '--config',
    join(folder, 'config.yaml'),
  ];
  const env = { ...process.env, HOME: folder };
  const installed = spawnSync(process.execPath, [hostEntry, ...own, '--install-extension', vsix], {
    encoding: 'utf8',
    env,
  });
  if (installed.status !== 0)
    throw new Error(`The extension was not installed: ${installed.stdout}${installed.stderr}`);

  const authority = `127.0.0.1:${port ?? (await freePort())}`;
  const quiet = [
    '--disable-telemetry',
    '--disable-update-check',
    '--disable-workspace-trust',
    '--disable-getting-started-override',
  ];
  const server = spawn(process.execPath, [hostEntry, ...own, '--auth', 'none', '--bind-addr', authority, ...quiet], {
    env,
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
  return { authority, folder, extensionHostLog: () => readExtensionHostLog(join(data, 'logs')), stop };
}

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

function readExtensionHostLog(logs: string): string {
  if (!existsSync(logs)) return '';
  return readdirSync(logs, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.includes('exthost') && file.endsWith('.log'))
    .map((file) => `--- ${file}\n${readFileSync(join(logs, file), 'utf8')}`)
    .join('\n');
}
