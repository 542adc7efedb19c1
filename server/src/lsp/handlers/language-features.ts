import { codeLenses, complete, fieldMarkdown, hover, inlayHints } from '../../engine/index.ts';
import { guarded } from '../guard.ts';
import type { Session } from '../session.ts';
import { toCodeLens, toCompletion, toDocumentLink, toHover, toInlayHint } from '../to-lsp.ts';

/** Hover, completion, inlay hints, code lenses and links: all answered from the analysis of the current version. */
export function registerLanguageFeatures(session: Session): void {
  const { connection } = session;
  const documentOf = (uri: string) => session.documentOf(uri);

  connection.onHover((params, token) =>
    guarded(session, 'hover', null, async () => {
      const found = await session.analysisOf(params.textDocument.uri, token);
      if (found === undefined) return null;
      const { document, analysis } = found;
      const data = hover(analysis, document.offsetAt(params.position), (at) => session.lineOf(at));
      return data === undefined ? null : toHover(data, document);
    }),
  );

  connection.onCompletion((params, token) =>
    guarded(session, 'completion', [], async () => {
      const found = await session.analysisOf(params.textDocument.uri, token);
      if (found === undefined) return [];
      const { document, analysis } = found;
      return complete(analysis, document.offsetAt(params.position)).map((item) => toCompletion(item, document));
    }),
  );

  connection.languages.inlayHint.on((params, token) =>
    guarded(session, 'inlay hints', [], async () => {
      const settings = await session.settingsOf(params.textDocument.uri);
      const found = await session.analysisOf(params.textDocument.uri, token);
      if (found === undefined || !settings.enable || !settings.inlayHints) return [];
      const { document, analysis } = found;
      const [start, end] = [document.offsetAt(params.range.start), document.offsetAt(params.range.end)];
      return inlayHints(analysis)
        .filter((hint) => hint.offset >= start && hint.offset <= end)
        .map((hint) => toInlayHint(hint, document, documentOf, hintTooltip(session, hint, analysis)));
    }),
  );

  connection.onCodeLens((params, token) =>
    guarded(session, 'code lens', [], async () => {
      const settings = await session.settingsOf(params.textDocument.uri);
      const found = await session.analysisOf(params.textDocument.uri, token);
      // A lens whose command nobody knows is an error on click, so other clients get none.
      if (found === undefined || !settings.enable || !settings.codeLens || !session.abilities.commands) return [];
      return codeLenses(found.analysis).map((lens) => toCodeLens(lens, found.document));
    }),
  );

  connection.onDocumentLinks((params, token) =>
    guarded(session, 'document links', [], async () => {
      const found = await session.analysisOf(params.textDocument.uri, token);
      if (found === undefined) return [];
      return found.analysis.links.filter((link) => link.found).map((link) => toDocumentLink(link, found.document));
    }),
  );
}

function hintTooltip(
  session: Session,
  hint: ReturnType<typeof inlayHints>[number],
  analysis: Parameters<typeof inlayHints>[0],
): string {
  const plan = analysis.plans.find((one) => one.plan.name === hint.plan);
  if (plan === undefined) return '';
  return hint.fields
    .flatMap((field) => fieldMarkdown(plan, field, analysis.file, (at) => session.lineOf(at)))
    .join('\n\n');
}
