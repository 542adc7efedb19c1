import {
  type CodeLens,
  type CompletionItem,
  CompletionItemKind,
  CompletionItemTag,
  type Diagnostic,
  DiagnosticSeverity,
  type DocumentLink,
  type Hover,
  InlayHint,
  InlayHintKind,
  type InlayHintLabelPart,
  MarkupKind,
  type Range,
  TextEdit,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type {
  CompletionData,
  TextEdit as EngineEdit,
  FileLink,
  Finding,
  HoverData,
  InlayHintData,
  LensData,
  Location,
  Severity,
} from '../engine/index.ts';
import type { PanelPlace } from '../protocol/index.ts';

/** Documents by URI: open ones, and linked files as the host has them. */
export type DocumentOf = (uri: string) => TextDocument | undefined;

const SEVERITY = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
} as const satisfies Readonly<Record<Severity, DiagnosticSeverity>>;

const SOURCE = 'batchwise';
/** Where a rule's page can be opened, if anywhere. */
export type PageOf = (rule: string) => string | undefined;

export function toRange(
  document: TextDocument,
  { start, end }: { readonly start: number; readonly end: number },
): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}

export function toDiagnostic(
  finding: Finding,
  document: TextDocument,
  documentOf: DocumentOf,
  pageOf: PageOf,
): Diagnostic {
  const related = finding.related.flatMap(({ at, message }) => {
    const where = documentOf(at.file);
    return where === undefined ? [] : [{ location: { uri: at.file, range: toRange(where, at) }, message }];
  });
  const page = pageOf(finding.rule);
  return {
    range: toRange(document, finding.at),
    severity: SEVERITY[finding.severity],
    source: SOURCE,
    code: finding.rule,
    ...(page === undefined ? {} : { codeDescription: { href: page } }),
    message: finding.plan === undefined ? finding.message : `${finding.plan}: ${finding.message}`,
    ...(related.length === 0 ? {} : { relatedInformation: related }),
  };
}

export function problemDiagnostic(
  problem: { readonly at: Location; readonly message: string; readonly kind: string },
  document: TextDocument,
): Diagnostic {
  return {
    range: toRange(document, problem.at),
    severity: problem.kind === 'limit' ? DiagnosticSeverity.Information : DiagnosticSeverity.Error,
    source: SOURCE,
    code: problem.kind === 'limit' ? 'file-too-large' : 'syntax',
    message: problem.message,
  };
}

export function toHover(data: HoverData, document: TextDocument): Hover {
  return { contents: { kind: MarkupKind.Markdown, value: data.markdown }, range: toRange(document, data) };
}

export function toInlayHint(
  data: InlayHintData,
  document: TextDocument,
  documentOf: DocumentOf,
  tooltip: string,
): InlayHint {
  const parts: InlayHintLabelPart[] = data.parts.map(({ text, jump }) => {
    const where = jump === undefined ? undefined : documentOf(jump.file);
    return {
      value: text,
      ...(jump === undefined || where === undefined
        ? {}
        : { location: { uri: jump.file, range: toRange(where, jump) } }),
    };
  });
  const hint = InlayHint.create(document.positionAt(data.offset), parts, InlayHintKind.Type);
  return { ...hint, tooltip: { kind: MarkupKind.Markdown, value: tooltip } };
}

export function toCompletion(data: CompletionData, document: TextDocument): CompletionItem {
  return {
    label: data.label,
    kind: data.kind === 'key' ? CompletionItemKind.Property : CompletionItemKind.Value,
    sortText: data.sortText,
    textEdit: TextEdit.replace(toRange(document, data), data.insert),
    filterText: data.label,
    ...(data.detail === undefined ? {} : { detail: data.detail }),
    ...(data.documentation === undefined
      ? {}
      : { documentation: { kind: MarkupKind.Markdown, value: data.documentation } }),
    ...(data.deprecated ? { tags: [CompletionItemTag.Deprecated] } : {}),
  };
}

export function toCodeLens(data: LensData, document: TextDocument): CodeLens {
  const position = document.positionAt(data.offset);
  const range = { start: position, end: position };
  if (data.file !== undefined) {
    const place: PanelPlace = { uri: data.file, line: 0, character: 0, endLine: 0, endCharacter: 0 };
    return { range, command: { title: data.title, command: 'batchwise.openLocation', arguments: [place] } };
  }
  return {
    range,
    command: { title: data.title, command: 'batchwise.showPanel', arguments: [document.uri, data.plan] },
  };
}

export function toDocumentLink(link: FileLink, document: TextDocument): DocumentLink {
  return { range: toRange(document, link), target: link.target, tooltip: 'Open the linked config' };
}

export function toTextEdits(edits: readonly EngineEdit[], document: TextDocument): TextEdit[] {
  return edits.map((edit) => TextEdit.replace(toRange(document, edit), edit.text));
}
