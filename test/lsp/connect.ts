import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  createProtocolConnection,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';

const SERVER = 'dist/server.mjs';

export interface Client {
  readonly connection: ProtocolConnection;
  /** Diagnostics pushed to the client, by URI. */
  readonly pushed: Map<string, readonly { readonly code?: unknown; readonly message: string }[]>;
  readonly capabilities: Readonly<Record<string, unknown>>;
  open(uri: string, text: string, languageId?: string): void;
  change(uri: string, version: number, text: string): void;
  stop(): Promise<number | null>;
}

export interface ClientSetup {
  /** Folder URI of the workspace. */
  readonly root?: string;
  readonly pull?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Answers requests of the server by method. */
  readonly answers?: Readonly<Record<string, (params: never) => unknown>>;
}

/** The bundled server over stdio, initialised as an editor does it. */
export async function connect(setup: ClientSetup = {}): Promise<Client> {
  if (!existsSync(SERVER)) throw new Error(`${SERVER} is missing: node esbuild.mjs builds it.`);
  const server = spawn(process.execPath, [SERVER, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise<number | null>((resolve) => server.once('exit', resolve));
  const connection = createProtocolConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  const pushed = new Map<string, readonly { readonly code?: unknown; readonly message: string }[]>();
  connection.onRequest('workspace/configuration', ({ items }: { items: readonly unknown[] }) =>
    items.map(() => setup.settings ?? null),
  );
  connection.onRequest('client/registerCapability', () => null);
  for (const method of ['workspace/diagnostic/refresh', 'workspace/inlayHint/refresh', 'workspace/codeLens/refresh'])
    connection.onRequest(method, () => null);
  for (const [method, answer] of Object.entries(setup.answers ?? {}))
    connection.onRequest(method, (params: never) => answer(params));
  connection.onNotification('textDocument/publishDiagnostics', ({ uri, diagnostics }) => {
    pushed.set(uri, diagnostics);
  });
  connection.listen();
  const { capabilities } = await connection.sendRequest<{ capabilities: Record<string, unknown> }>('initialize', {
    processId: process.pid,
    rootUri: setup.root ?? null,
    workspaceFolders: setup.root === undefined ? null : [{ uri: setup.root, name: 'work' }],
    initializationOptions: setup.options,
    capabilities: {
      textDocument: setup.pull === false ? {} : { diagnostic: {} },
      workspace: { configuration: true, diagnostics: { refreshSupport: true }, workspaceFolders: true },
    },
  });
  await connection.sendNotification('initialized', {});
  return {
    connection,
    pushed,
    capabilities,
    open: (uri, text, languageId = 'yaml') =>
      void connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId, version: 1, text } }),
    change: (uri, version, text) =>
      void connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version },
        contentChanges: [{ text }],
      }),
    stop: async () => {
      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
      return exited;
    },
  };
}
