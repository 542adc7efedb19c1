import {
  BrowserMessageReader,
  BrowserMessageWriter,
  createConnection,
  ProposedFeatures,
} from 'vscode-languageserver/browser';
import { browserHost } from './browser-host.ts';
import { startServer } from './server.ts';

// The worker's global scope is its message port; the type is wider because this code also compiles for Node.
const port = self as unknown as DedicatedWorkerGlobalScope;
const connection = createConnection(
  ProposedFeatures.all,
  new BrowserMessageReader(port),
  new BrowserMessageWriter(port),
);
startServer(connection, browserHost(connection));
