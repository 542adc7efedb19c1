import { type ExtensionContext, Uri } from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import { localGpus } from './local-gpus.ts';
import { start, stop } from './start.ts';

/** Desktop and remote: the server is a Node process. */
export function activate(context: ExtensionContext): void {
  const module = Uri.joinPath(context.extensionUri, 'dist', 'server.mjs').fsPath;
  start(context, {
    makeClient: (options) =>
      new LanguageClient('batchwise', 'Batchwise', { module, transport: TransportKind.ipc }, options),
    localGpus,
  });
}

export const deactivate = stop;
