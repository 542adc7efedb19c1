import type { CancellationToken } from 'vscode-languageserver';
import {
  allGpus,
  applyEditsOf,
  type BudgetState,
  baseName,
  budgetState,
  editsOfWhatIf,
  findGpu,
  fitMicroBatch,
  hover,
  type Location,
  memoryText,
  originText,
  reportMarkdown,
  scaleLearningRate,
  type TextEdit,
} from '../../engine/index.ts';
import {
  APPLY_REQUEST,
  type ApplyParams,
  type ApplyResult,
  COMMAND_EDIT_REQUEST,
  type CommandEditParams,
  type CommandEditResult,
  EXPLAIN_REQUEST,
  type ExplainParams,
  type ExplainResult,
  GPUS_REQUEST,
  type GpusResult,
  HARDWARE_REQUEST,
  type HardwareParams,
  type HardwareResult,
  PANEL_REQUEST,
  type PanelDriver,
  type PanelParams,
  type PanelPlace,
  type PanelResult,
  type PanelState,
} from '../../protocol/index.ts';
import { guarded } from '../guard.ts';
import type { Session } from '../session.ts';
import { toRange } from '../to-lsp.ts';

/** Requests of our own client: panel, apply, hardware, explain, command edits. */
export function registerCustomRequests(session: Session): void {
  const { connection } = session;

  connection.onRequest(PANEL_REQUEST, (params: PanelParams, token: CancellationToken) =>
    guarded<PanelResult>(session, 'panel', null, async () => {
      const found = await session.analysisOf(params.uri, token);
      if (found === undefined) return null;
      const lineOf = (at: Location) => session.lineOf(at);
      const state = budgetState({
        analysis: found.analysis,
        version: found.document.version,
        plan: params.plan,
        whatIf: params.whatIf,
        lineOf,
      });
      return panelState(state, session);
    }),
  );

  connection.onRequest(APPLY_REQUEST, (params: ApplyParams, token: CancellationToken) =>
    guarded<ApplyResult>(session, 'apply', { changes: [] }, async () => {
      const found = await session.analysisOf(params.uri, token);
      if (found === undefined) return { changes: [] };
      return wireChanges(applyEditsOf(found.analysis, editsOfWhatIf(params.whatIf), params.plan), session);
    }),
  );

  connection.onRequest(COMMAND_EDIT_REQUEST, (params: CommandEditParams, token: CancellationToken) =>
    guarded<CommandEditResult>(
      session,
      'command',
      { changes: [], message: 'Something went wrong; see the output.' },
      async () => {
        const found = await session.analysisOf(params.uri, token);
        if (found === undefined) return { changes: [], message: 'The document is not open.' };
        const { edits, message } =
          params.command === 'fitMicroBatch' ? fitMicroBatch(found.analysis) : scaleLearningRate(found.analysis);
        return { ...wireChanges(edits, session), message };
      },
    ),
  );

  connection.onRequest(HARDWARE_REQUEST, (params: HardwareParams, token: CancellationToken) =>
    guarded<HardwareResult>(session, 'hardware', UNKNOWN_HARDWARE, () => hardwareOf(session, params, token)),
  );

  connection.onRequest(
    GPUS_REQUEST,
    (): GpusResult =>
      allGpus().map(({ id, name, vendor, totalBytes }) => ({ id, name, vendor, memoryGib: totalBytes / 2 ** 30 })),
  );

  connection.onRequest(EXPLAIN_REQUEST, (params: ExplainParams, token: CancellationToken) =>
    guarded<ExplainResult>(session, 'explain', { markdown: '' }, async () => {
      const found = await session.analysisOf(params.uri, token);
      if (found === undefined) return { markdown: '' };
      const lineOf = (at: Location) => session.lineOf(at);
      if (params.line === undefined) return { markdown: reportMarkdown(found.analysis, baseName(params.uri), lineOf) };
      const offset = found.document.offsetAt({ line: params.line, character: params.character ?? 0 });
      return { markdown: hover(found.analysis, offset, lineOf)?.markdown ?? '' };
    }),
  );
}

const UNKNOWN_HARDWARE: HardwareResult = { framework: null, gpu: null, gpus: null, summary: null, verdict: 'unknown' };

async function hardwareOf(session: Session, params: HardwareParams, token: CancellationToken): Promise<HardwareResult> {
  const found = await session.analysisOf(params.uri, token);
  const first = found?.analysis.plans[0];
  if (found === undefined || first === undefined || found.analysis.framework === undefined) return UNKNOWN_HARDWARE;
  const { plan } = first;
  const gpu = plan.values['hardware.gpu'];
  const world = plan.values['parallel.world'];
  const outcome = first.memory();
  const lineOf = (at: Location) => session.lineOf(at);
  return {
    framework: found.analysis.framework.title,
    gpu:
      gpu === undefined
        ? null
        : {
            id: gpu.value,
            label: findGpu(gpu.value)?.name ?? gpu.value,
            origin: originText(plan, 'hardware.gpu', params.uri, lineOf),
          },
    gpus:
      world === undefined
        ? null
        : { count: world.value, origin: originText(plan, 'parallel.world', params.uri, lineOf) },
    summary: memoryText(outcome) ?? null,
    verdict: outcome.known ? outcome.estimate.verdict : 'unknown',
  };
}

function wireChanges(edits: readonly TextEdit[], session: Session): ApplyResult {
  const uris = [...new Set(edits.map((edit) => edit.file))];
  const changes = uris.flatMap((uri) => {
    const document = session.documentOf(uri);
    if (document === undefined) return [];
    const own = edits
      .filter((edit) => edit.file === uri)
      .map((edit) => {
        const { start, end } = toRange(document, edit);
        return {
          startLine: start.line,
          startCharacter: start.character,
          endLine: end.line,
          endCharacter: end.character,
          text: edit.text,
        };
      });
    return [{ uri, version: session.documents.get(uri)?.version ?? null, edits: own }];
  });
  return { changes };
}

/** The engine's state with offsets turned into lines. */
function panelState(state: BudgetState, session: Session): PanelState {
  const driver = ({ place, ...rest }: PanelDriver<Location>): PanelDriver => {
    const wire = place === undefined ? undefined : panelPlace(place, session);
    return wire === undefined ? rest : { ...rest, place: wire };
  };
  const { memory, missing, ...rest } = state;
  return {
    ...rest,
    missing: missing.map(driver),
    ...(memory === undefined
      ? {}
      : { memory: { ...memory, terms: memory.terms.map((term) => ({ ...term, drivers: term.drivers.map(driver) })) } }),
  };
}

function panelPlace(at: Location, session: Session): PanelPlace | undefined {
  const document = session.documentOf(at.file);
  if (document === undefined) return undefined;
  const { start, end } = toRange(document, at);
  return { uri: at.file, line: start.line, character: start.character, endLine: end.line, endCharacter: end.character };
}
