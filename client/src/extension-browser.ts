import { type ExtensionContext, Uri } from 'vscode';
import {
  BrowserMessageReader,
  BrowserMessageWriter,
  LanguageClient,
  type MessageTransports,
} from 'vscode-languageclient/browser';
import { start, stop } from './start.ts';

/** VS Code in a browser: the server is a web worker. */
export function activate(context: ExtensionContext): void {
  const script = Uri.joinPath(context.extensionUri, 'dist', 'server.browser.js').toString(true);
  start(context, {
    makeClient: (options) => new LanguageClient('batchwise', 'Batchwise', freshWorker(script), options),
  });
}

export const deactivate = stop;

/**
 * A new worker for each start of the server; the one before it ends.
 * The transports are made here because the library knows a worker by `instanceof`, which VS Code's stand-in for Worker fails.
 */
function freshWorker(script: string): () => Promise<MessageTransports> {
  let worker: Worker | undefined;
  return async () => {
    worker?.terminate();
    worker = new Worker(script);
    return { reader: new BrowserMessageReader(worker), writer: new BrowserMessageWriter(worker) };
  };
}
