import {
  type CodeAction,
  CodeActionKind,
  type CodeActionParams,
  type Diagnostic,
  type Range,
  type TextDocumentEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Analysis, Finding, TextEdit } from '../../engine/index.ts';
import { guarded } from '../guard.ts';
import type { Session } from '../session.ts';
import { toRange, toTextEdits } from '../to-lsp.ts';

export const FIX_ALL_KIND = 'source.fixAll.batchwise';

/** Quick fixes of the findings under the cursor, suppression comments, and all safe fixes at once. */
export function registerCodeActions(session: Session): void {
  session.connection.onCodeAction((params, token) =>
    guarded(session, 'code actions', [], async () => {
      const found = await session.analysisOf(params.textDocument.uri, token);
      if (found === undefined || found.analysis.framework === undefined) return [];
      const { document, analysis } = found;
      const only = params.context.only;
      const actions: CodeAction[] = [];
      if (wants(only, CodeActionKind.QuickFix)) actions.push(...quickFixes(session, document, analysis, params));
      if (only?.some((kind) => FIX_ALL_KIND.startsWith(kind) && kind !== ''))
        actions.push(...fixAll(session, analysis));
      return actions;
    }),
  );
}

function wants(only: readonly string[] | undefined, kind: string): boolean {
  return only === undefined || only.some((wanted) => kind === wanted || kind.startsWith(`${wanted}.`) || wanted === '');
}

function quickFixes(
  session: Session,
  document: TextDocument,
  analysis: Analysis,
  params: CodeActionParams,
): CodeAction[] {
  return analysis.findings
    .filter((finding) => overlaps(toRange(document, finding.at), params.range))
    .flatMap((finding) => [
      ...fixActions(session, document, finding, params.context.diagnostics),
      ...suppressAction(session, document, analysis, finding, params.context.diagnostics),
    ]);
}

function fixActions(
  session: Session,
  document: TextDocument,
  finding: Finding,
  diagnostics: readonly Diagnostic[],
): CodeAction[] {
  const own = diagnosticsFor(finding, document, diagnostics);
  return finding.fixes
    .filter((fix) => fix.safety !== 'show-only')
    .map((fix, index) => ({
      title: fix.title,
      kind: CodeActionKind.QuickFix,
      diagnostics: own,
      edit: workspaceEdit(session, fix.edits),
      ...(index === 0 ? { isPreferred: true } : {}),
    }));
}

/** Formats with comments take the suppression as one; JSON has `batchwise.json` for it. */
function suppressAction(
  session: Session,
  document: TextDocument,
  analysis: Analysis,
  finding: Finding,
  diagnostics: readonly Diagnostic[],
): CodeAction[] {
  if (analysis.tree === undefined || analysis.tree.format === 'json') return [];
  const line = document.positionAt(finding.at.start).line;
  const top = firstLineOf(line, document, analysis);
  const start = document.offsetAt({ line: top, character: 0 });
  const indent = /^[ \t]*/.exec(document.getText().slice(start))?.[0] ?? '';
  const newline = document.getText().includes('\r\n') ? '\r\n' : '\n';
  const edit: TextEdit = {
    file: document.uri,
    start,
    end: start,
    text: `${indent}# batchwise-disable${top === line ? '-next-line' : ''} ${finding.rule}${newline}`,
  };
  return [
    {
      title: `Ignore ${finding.rule} ${top === line ? 'on this line' : 'in this file'}`,
      kind: CodeActionKind.QuickFix,
      diagnostics: diagnosticsFor(finding, document, diagnostics),
      edit: workspaceEdit(session, [edit]),
    },
  ];
}

/** A command that goes on over several lines would end at a comment between them: the first of its lines. */
function firstLineOf(line: number, document: TextDocument, { tree }: Analysis): number {
  if (tree?.format !== 'shell' && tree?.format !== 'python') return line;
  const continues = (above: number): boolean =>
    /\\\r?\n?$/.test(
      document.getText({ start: { line: above, character: 0 }, end: { line: above + 1, character: 0 } }),
    );
  let top = line;
  while (top > 0 && continues(top - 1)) top -= 1;
  return top;
}

/** Every safe fix that does not touch another one's text. */
function fixAll(session: Session, analysis: Analysis): CodeAction[] {
  const edits: TextEdit[] = [];
  for (const finding of analysis.findings) {
    const safe = finding.fixes.find((fix) => fix.safety === 'safe');
    if (safe === undefined || safe.edits.some((edit) => edits.some((taken) => touches(edit, taken)))) continue;
    edits.push(...safe.edits);
  }
  if (edits.length === 0) return [];
  return [{ title: 'Apply all safe Batchwise fixes', kind: FIX_ALL_KIND, edit: workspaceEdit(session, edits) }];
}

export function workspaceEdit(session: Session, edits: readonly TextEdit[]): WorkspaceEdit {
  const files = [...new Set(edits.map((edit) => edit.file))];
  const documentChanges = files.flatMap((uri): TextDocumentEdit[] => {
    const document = session.documentOf(uri);
    if (document === undefined) return [];
    const own = edits.filter((edit) => edit.file === uri);
    const version = session.documents.get(uri)?.version ?? null;
    return [{ textDocument: { uri, version }, edits: toTextEdits(own, document) }];
  });
  return { documentChanges };
}

function diagnosticsFor(finding: Finding, document: TextDocument, diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const { line, character } = document.positionAt(finding.at.start);
  return diagnostics.filter(
    (one) => one.code === finding.rule && one.range.start.line === line && one.range.start.character === character,
  );
}

function overlaps(one: Range, other: Range): boolean {
  const before = (a: Range['start'], b: Range['start']): boolean =>
    a.line < b.line || (a.line === b.line && a.character < b.character);
  return !before(one.end, other.start) && !before(other.end, one.start);
}

function touches(one: TextEdit, other: TextEdit): boolean {
  return one.file === other.file && one.start <= other.end && other.start <= one.end;
}
