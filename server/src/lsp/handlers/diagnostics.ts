import { type Diagnostic, DocumentDiagnosticReportKind, FileChangeType } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Analysis } from '../../engine/index.ts';
import {
  CHANGED_NOTIFICATION,
  type ChangedParams,
  HEAD_CHANGED_NOTIFICATION,
  type HeadChangedParams,
} from '../../protocol/index.ts';
import { guarded } from '../guard.ts';
import { NEVER_CANCELLED, type Session } from '../session.ts';
import { problemDiagnostic, toDiagnostic } from '../to-lsp.ts';

/** Typing pauses this long before diagnostics are pushed to clients that do not pull. */
const PUSH_DELAY_MS = 80;

/** Diagnostics by pull, or by push where the client does not pull; refreshed when settings, HEAD or linked files change. */
export function registerDiagnostics(session: Session): void {
  const { connection, documents } = session;
  const pushes = new Map<string, ReturnType<typeof setTimeout>>();

  connection.languages.diagnostics.on((params, token) =>
    guarded(session, 'diagnostics', { kind: DocumentDiagnosticReportKind.Full, items: [] }, async () => {
      const found = await session.analysisOf(params.textDocument.uri, token);
      if (found === undefined) return { kind: DocumentDiagnosticReportKind.Full, items: [] };
      announce(session, found.document, found.analysis);
      return {
        kind: DocumentDiagnosticReportKind.Full,
        items: await diagnosticsOf(session, found.document, found.analysis),
      };
    }),
  );

  documents.onDidChangeContent(({ document }) => {
    session.textChanged(document.uri);
    if (session.abilities.pullDiagnostics) return;
    clearTimeout(pushes.get(document.uri));
    pushes.set(
      document.uri,
      setTimeout(() => void push(session, document.uri), PUSH_DELAY_MS),
    );
  });
  documents.onDidClose(({ document }) => {
    clearTimeout(pushes.get(document.uri));
    pushes.delete(document.uri);
    if (!session.abilities.pullDiagnostics) void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
  });

  connection.onDidChangeConfiguration(() => {
    session.forgetSettings();
    refreshAll(session);
  });
  connection.onNotification(HEAD_CHANGED_NOTIFICATION, (params: HeadChangedParams) => {
    session.forgetHeads(params.uris);
    refreshAll(session);
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    for (const { uri, type } of changes)
      if (documents.get(uri) === undefined || type === FileChangeType.Deleted) session.fileChanged(uri);
  });
  documents.onDidClose(({ document }) => session.fileChanged(document.uri));

  // A linked file is often typed in beside the config that names it; its dependents are asked for once typing pauses.
  let refresh: ReturnType<typeof setTimeout> | undefined;
  session.onStale = () => {
    clearTimeout(refresh);
    refresh = setTimeout(() => refreshAll(session), PUSH_DELAY_MS);
  };
}

async function diagnosticsOf(session: Session, document: TextDocument, analysis: Analysis): Promise<Diagnostic[]> {
  const settings = await session.settingsOf(document.uri);
  if (!settings.enable || analysis.framework === undefined) return [];
  const problems = analysis.problems.map((problem) => problemDiagnostic(problem, document));
  const findings = analysis.findings.map((finding) =>
    toDiagnostic(
      finding,
      document,
      (uri) => session.documentOf(uri),
      (rule) => session.pageOf(rule),
    ),
  );
  return [...problems, ...findings];
}

async function push(session: Session, uri: string): Promise<void> {
  await guarded(session, 'push diagnostics', undefined, async () => {
    const found = await session.analysisOf(uri, NEVER_CANCELLED);
    if (found === undefined) return;
    const { document, analysis } = found;
    announce(session, document, analysis);
    await session.connection.sendDiagnostics({
      uri,
      version: document.version,
      diagnostics: await diagnosticsOf(session, document, analysis),
    });
  });
}

function announce(session: Session, document: TextDocument, analysis: Analysis): void {
  if (!session.abilities.commands) return;
  const params: ChangedParams = {
    uri: document.uri,
    version: document.version,
    framework: analysis.framework?.title ?? null,
  };
  void session.connection.sendNotification(CHANGED_NOTIFICATION, params);
}

function refreshAll(session: Session): void {
  const { connection, documents, abilities } = session;
  if (!abilities.pullDiagnostics) for (const document of documents.all()) void push(session, document.uri);
  if (!abilities.refresh) return;
  void connection.languages.diagnostics.refresh();
  connection.languages.inlayHint.refresh().catch(() => {});
  connection.sendRequest('workspace/codeLens/refresh').catch(() => {});
}
