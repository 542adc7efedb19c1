import { type ExtensionContext, Uri } from 'vscode';
import { LanguageClient } from 'vscode-languageclient/browser';
import { start, stop } from './start.ts';

/** VS Code in a browser: the server is a web worker. */
export function activate(context: ExtensionContext): void {
  const script = Uri.joinPath(context.extensionUri, 'dist', 'server.browser.js').toString(true);
  start(context, {
    makeClient: (options) => new LanguageClient('batchwise', 'Batchwise', async () => new Worker(script), options),
  });
}

export const deactivate = stop;
