import { type ExtensionContext, type LogOutputChannel, type TextDocument, window, workspace } from 'vscode';
import type { BaseLanguageClient, LanguageClientOptions } from 'vscode-languageclient';
import type { ClientOptions } from '../../server/src/protocol/requests.ts';
import { ActiveConfig } from './active-config.ts';
import { registerCommands } from './commands.ts';
import { documentSelector, mayTrain } from './document-selector.ts';
import { ExplainDocuments } from './explain-documents.ts';
import { quietFileEvents, watchLinkedFiles } from './file-events.ts';
import { GitHead } from './git-head.ts';
import { HardwareStatus } from './hardware-status.ts';
import { LanguageServer } from './language-server.ts';
import type { LocalGpus } from './local-gpus.ts';
import { PanelView } from './panel-view.ts';
import { serveWorkspaceFiles } from './workspace-files.ts';

/** What the desktop and the browser do each in their own way. */
export interface Platform {
  makeClient(options: LanguageClientOptions): BaseLanguageClient;
  /** The GPUs of the machine the extension runs on; absent where no process can be asked. */
  readonly localGpus?: () => Promise<LocalGpus | undefined>;
}

let server: LanguageServer | undefined;

/** Registers what the manifest names. The language server starts with the first file that may be a training config. */
export function start(context: ExtensionContext, platform: Platform): void {
  const log = window.createOutputChannel('Batchwise', { log: true });
  const git = new GitHead(log);
  const running = new LanguageServer(
    () => platform.makeClient(clientOptions(log)),
    (client) => serveWorkspaceFiles(client, git),
    log,
  );
  server = running;
  const active = new ActiveConfig(running);
  const panel = new PanelView(context.extensionUri, running, active);
  const explained = new ExplainDocuments();
  // The log is not disposed of with the rest: requests that fail while the server stops still write to it.
  context.subscriptions.push(
    git,
    running,
    active,
    panel,
    explained,
    new HardwareStatus(active),
    git.onDidChangeHead((uris) => running.notifyHeadChanged(uris)),
    ...registerCommands({
      server: running,
      active,
      panel,
      explained,
      git,
      log,
      platform,
      extension: context.extensionUri,
    }),
  );
  startWhenNeeded(context, running);
}

export async function stop(): Promise<void> {
  await server?.stop();
  server = undefined;
}

function clientOptions(log: LogOutputChannel): LanguageClientOptions {
  return {
    documentSelector,
    outputChannel: log,
    initializationOptions: CLIENT_OPTIONS,
    synchronize: { fileEvents: watchLinkedFiles() },
    middleware: { workspace: { didChangeWatchedFile: quietFileEvents } },
  };
}

const CLIENT_OPTIONS: ClientOptions = {
  headText: true,
  commands: true,
  rulePage: 'command:batchwise.openRule?%5B%22{rule}%22%5D',
};

function startWhenNeeded(context: ExtensionContext, running: LanguageServer): void {
  if (workspace.textDocuments.some(mayTrain)) {
    void running.start();
    return;
  }
  const consider = (document: TextDocument) => {
    if (!mayTrain(document)) return;
    for (const waiting of listeners) waiting.dispose();
    void running.start();
  };
  const listeners = [
    workspace.onDidOpenTextDocument(consider),
    workspace.onDidChangeTextDocument(({ document }) => consider(document)),
  ];
  context.subscriptions.push(...listeners);
}
