import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import {
  createProtocolConnection,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';

export interface ServerTimes {
  readonly startMs: number;
  /** From a changed text to its diagnostics, one for each edit. */
  readonly editMs: readonly number[];
  /** Resident memory once all files are open; absent where the system does not tell. */
  readonly residentBytes: number | undefined;
}

/** An answer that takes longer is given up. */
const PATIENCE_MS = 10_000;
/** Edits timed in each of the first files. */
const EDITS_A_FILE = 5;
const EDITED_FILES = 10;

/** Starts a language server over stdio, opens the files as an editor does, types into some and times the diagnostics. */
export async function timeServer(command: readonly string[], files: readonly string[]): Promise<ServerTimes> {
  const [program = process.execPath, ...args] = command;
  const started = performance.now();
  const server = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const connection = createProtocolConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  const pushes = new Pushes(connection);
  const pulls = await initialise(connection);
  const startMs = performance.now() - started;
  const editMs: number[] = [];
  for (const [index, file] of files.entries()) {
    const text = readFileSync(file, 'utf8');
    const uri = pathToFileURL(file).href;
    const opened = { uri, languageId: file.endsWith('.json') ? 'json' : 'yaml', version: 1, text };
    await answered(connection, pushes, uri, pulls, () =>
      connection.sendNotification('textDocument/didOpen', { textDocument: opened }),
    );
    if (index >= EDITED_FILES) continue;
    for (let edit = 0; edit < EDITS_A_FILE; edit += 1) {
      const before = performance.now();
      const change = {
        textDocument: { uri, version: edit + 2 },
        contentChanges: [{ text: `${text}${'\n'.repeat(edit + 1)}` }],
      };
      await answered(connection, pushes, uri, pulls, () =>
        connection.sendNotification('textDocument/didChange', change),
      );
      editMs.push(performance.now() - before);
    }
  }
  const residentBytes = residentOf(server.pid);
  await connection.sendRequest('shutdown').catch(() => undefined);
  await connection.sendNotification('exit');
  connection.dispose();
  server.kill();
  return { startMs, editMs, residentBytes };
}

/** Whether the server offers diagnostics by pull. */
async function initialise(connection: ProtocolConnection): Promise<boolean> {
  connection.onRequest('workspace/configuration', ({ items }: { items: readonly unknown[] }) => items.map(() => null));
  for (const method of [
    'client/registerCapability',
    'workspace/diagnostic/refresh',
    'workspace/inlayHint/refresh',
    'workspace/codeLens/refresh',
  ])
    connection.onRequest(method, () => null);
  connection.listen();
  const { capabilities } = await connection.sendRequest<{ capabilities: Record<string, unknown> }>('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: { textDocument: { diagnostic: {}, publishDiagnostics: {} }, workspace: { configuration: true } },
  });
  await connection.sendNotification('initialized', {});
  return capabilities['diagnosticProvider'] !== undefined;
}

/** Sends, and waits for the diagnostics that follow. */
async function answered(
  connection: ProtocolConnection,
  pushes: Pushes,
  uri: string,
  pulls: boolean,
  send: () => Promise<void>,
): Promise<void> {
  const pushed = pulls ? undefined : pushes.next(uri);
  await send();
  await (pulls ? connection.sendRequest('textDocument/diagnostic', { textDocument: { uri } }) : pushed);
}

/** Waits for pushed diagnostics by file. */
class Pushes {
  readonly #waiting = new Map<string, () => void>();

  constructor(connection: ProtocolConnection) {
    connection.onNotification('textDocument/publishDiagnostics', ({ uri }: { uri: string }) => {
      this.#waiting.get(uri)?.();
    });
  }

  next(uri: string): Promise<void> {
    return new Promise((resolve) => {
      const patience = setTimeout(resolve, PATIENCE_MS);
      this.#waiting.set(uri, () => {
        clearTimeout(patience);
        resolve();
      });
    });
  }
}

function residentOf(pid: number | undefined): number | undefined {
  try {
    const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    // Only Linux tells a process's memory this way.
    return undefined;
  }
}
