import {
  type Connection,
  DidChangeConfigurationNotification,
  type InitializeParams,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { abilitiesOf } from './client-abilities.ts';
import { FIX_ALL_KIND, registerCodeActions } from './handlers/code-actions.ts';
import { registerCustomRequests } from './handlers/custom-requests.ts';
import { registerDiagnostics } from './handlers/diagnostics.ts';
import { registerLanguageFeatures } from './handlers/language-features.ts';
import type { Host } from './host.ts';
import { Session } from './session.ts';

/** Serves one client on one connection until it shuts down. */
export function startServer(connection: Connection, host: Host): void {
  const documents = new TextDocuments(TextDocument);
  const session = new Session(connection, documents, host);
  connection.onInitialize((params) => initialize(session, params));
  connection.onInitialized(() => {
    if (session.abilities.configuration)
      void connection.client.register(DidChangeConfigurationNotification.type, { section: 'batchwise' });
  });
  registerDiagnostics(session);
  registerCodeActions(session);
  registerLanguageFeatures(session);
  registerCustomRequests(session);
  documents.onDidClose(({ document }) => session.close(document.uri));
  documents.listen(connection);
  connection.listen();
}

function initialize(session: Session, params: InitializeParams): InitializeResult {
  session.abilities = abilitiesOf(params);
  session.folders =
    params.workspaceFolders ??
    (params.rootUri === null || params.rootUri === undefined ? [] : [{ uri: params.rootUri, name: '' }]);
  return {
    serverInfo: { name: 'batchwise' },
    capabilities: {
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: false },
      hoverProvider: true,
      completionProvider: { triggerCharacters: [' ', '"', ':'], resolveProvider: false },
      codeActionProvider: { codeActionKinds: ['quickfix', FIX_ALL_KIND] },
      inlayHintProvider: true,
      codeLensProvider: { resolveProvider: false },
      documentLinkProvider: { resolveProvider: false },
      workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      ...(session.abilities.pullDiagnostics
        ? { diagnosticProvider: { identifier: 'batchwise', interFileDependencies: true, workspaceDiagnostics: false } }
        : {}),
    },
  };
}
