import {
  type CancellationToken,
  CancellationTokenSource,
  type Connection,
  LSPErrorCodes,
  ResponseError,
  type TextDocuments,
  type WorkspaceFolder,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import {
  type Analysis,
  analyze,
  type EarlierText,
  type EngineSettings,
  isUndecided,
  type Location,
  mayLaunch,
  type PlanAnalysis,
} from '../engine/index.ts';
import {
  type BatchwiseSettings,
  DEFAULT_SETTINGS,
  HEAD_TEXT_REQUEST,
  type HeadTextParams,
  type HeadTextResult,
} from '../protocol/index.ts';
import type { ClientAbilities } from './client-abilities.ts';
import type { Host } from './host.ts';
import { frameworkFor } from './settings-patterns.ts';

/** Rounds of fetching linked files before giving up: a file may name one that names another. */
const MAX_FETCH_ROUNDS = 4;

/** Typing pauses this long before a verdict that hangs on the allocator is worked out. */
const REFINE_DELAY_MS = 400;

interface Kept {
  readonly version: number;
  readonly stamp: number;
  analysis: Promise<Analysis>;
  /** The files the analysis looked at, once it is done. */
  dependencies: readonly string[];
}

/** Open texts, settings and the last analysis per version; nothing else outlives a request. */
export class Session {
  readonly connection: Connection;
  readonly documents: TextDocuments<TextDocument>;
  readonly host: Host;
  abilities: ClientAbilities = {
    configuration: false,
    headText: false,
    pullDiagnostics: false,
    refresh: false,
    commands: false,
    rulePage: undefined,
  };
  folders: readonly WorkspaceFolder[] = [];
  private readonly kept = new Map<string, Kept>();
  private readonly refinements = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly settings = new Map<string, Promise<BatchwiseSettings>>();
  private readonly heads = new Map<string, HeadTextResult | 'asked'>();
  /** Called when open documents are to be analysed again: HEAD's text has come, or a linked file changed. */
  onStale: () => void = () => {};
  private readonly linked = new Map<string, { readonly text: string; readonly document: TextDocument }>();
  private stamp = 0;

  constructor(connection: Connection, documents: TextDocuments<TextDocument>, host: Host) {
    this.connection = connection;
    this.documents = documents;
    this.host = host;
  }

  /** The analysis of the document as it is now; a request that is cancelled or overtaken ends here. */
  async analysisOf(
    uri: string,
    token: CancellationToken,
  ): Promise<{ readonly document: TextDocument; readonly analysis: Analysis } | undefined> {
    await this.host.pause();
    const document = this.documents.get(uri);
    if (document === undefined) return undefined;
    if (token.isCancellationRequested) throw new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled');
    const analysis = await this.analysisFor(document);
    if (token.isCancellationRequested) throw new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled');
    return { document, analysis };
  }

  private analysisFor(document: TextDocument): Promise<Analysis> {
    const kept = this.kept.get(document.uri);
    if (kept !== undefined && kept.version === document.version && kept.stamp === this.stamp) return kept.analysis;
    const analysis = this.analyzeNow(document);
    const entry: Kept = { version: document.version, stamp: this.stamp, analysis, dependencies: [] };
    this.kept.set(document.uri, entry);
    void analysis.then(
      (done) => {
        entry.dependencies = done.dependencies;
        this.refineLater(document, entry, done);
      },
      () => {},
    );
    return analysis;
  }

  /** Where a verdict hangs on the allocator, simulates it once typing has paused; findings are asked for anew if it decides. */
  private refineLater({ uri }: TextDocument, entry: Kept, coarse: Analysis): void {
    clearTimeout(this.refinements.get(uri));
    this.refinements.delete(uri);
    if (!coarse.plans.some(isUndecided)) return;
    const refine = async (): Promise<void> => {
      this.refinements.delete(uri);
      const document = this.documents.get(uri);
      if (document === undefined || this.kept.get(uri) !== entry || document.version !== entry.version) return;
      const settings = await this.settingsOf(uri);
      if (this.kept.get(uri) !== entry) return;
      const refined = this.analyzeOnce(document, settings, this.earlierOf(uri, settings), 'full');
      if (!refined.plans.some((plan, index) => isDecided(plan, coarse.plans[index]))) return;
      entry.analysis = Promise.resolve(refined);
      this.onStale();
    };
    this.refinements.set(
      uri,
      setTimeout(() => void refine().catch(() => {}), REFINE_DELAY_MS),
    );
  }

  private async analyzeNow(document: TextDocument): Promise<Analysis> {
    const settings = await this.settingsOf(document.uri);
    const earlier = this.earlierOf(document.uri, settings);
    let analysis = this.analyzeOnce(document, settings, earlier);
    for (let round = 0; analysis.pending.length > 0 && round < MAX_FETCH_ROUNDS; round += 1) {
      await this.host.fetch(analysis.pending);
      analysis = this.analyzeOnce(document, settings, earlier);
    }
    return analysis;
  }

  private analyzeOnce(
    document: TextDocument,
    settings: BatchwiseSettings,
    earlier: readonly EarlierText[],
    effort: 'quick' | 'full' = 'quick',
  ): Analysis {
    return analyze({
      effort,
      file: document.uri,
      text: document.getText(),
      languageId: document.languageId,
      files: {
        roots: this.folders.map((folder) => folder.uri),
        read: (uri) => {
          const open = this.documents.get(uri);
          return open === undefined ? this.host.read(uri) : { kind: 'text', text: open.getText() };
        },
        list: (uri) => this.host.list(uri),
        modelConfig: (name) => this.host.modelConfig(name),
      },
      settings: engineSettings(settings, document.uri),
      earlier,
    });
  }

  async settingsOf(uri: string): Promise<BatchwiseSettings> {
    const known = this.settings.get(uri) ?? this.askSettings(uri);
    this.settings.set(uri, known);
    return known;
  }

  private async askSettings(uri: string): Promise<BatchwiseSettings> {
    if (!this.abilities.configuration) return DEFAULT_SETTINGS;
    const stated: Partial<BatchwiseSettings> | null = await this.connection.workspace
      .getConfiguration({ scopeUri: uri, section: 'batchwise' })
      .catch(() => null);
    return { ...DEFAULT_SETTINGS, ...stated };
  }

  /** HEAD's text where it is known already; asked for otherwise, so that the first findings need not wait for git. */
  private earlierOf(uri: string, settings: BatchwiseSettings): readonly EarlierText[] {
    if (!settings.compareWithHead || !this.abilities.headText) return [];
    const head = this.heads.get(uri);
    if (head === undefined) void this.askHead(uri);
    return head === undefined || head === 'asked' || head === null
      ? []
      : [{ label: head.ref, kind: 'head', text: head.text }];
  }

  private async askHead(uri: string): Promise<void> {
    this.heads.set(uri, 'asked');
    const params: HeadTextParams = { uri };
    const head = await this.connection.sendRequest<HeadTextResult>(HEAD_TEXT_REQUEST, params).catch(() => null);
    if (this.heads.get(uri) !== 'asked') return;
    this.heads.set(uri, head);
    const document = this.documents.get(uri);
    if (head === null || document === undefined || document.getText() === head.text) return;
    this.kept.delete(uri);
    this.onStale();
  }

  /** A document for places in any file: the open one, or the linked file as the host has it. */
  documentOf(uri: string): TextDocument | undefined {
    const open = this.documents.get(uri);
    if (open !== undefined) return open;
    const state = this.host.read(uri);
    if (state.kind !== 'text') return undefined;
    const kept = this.linked.get(uri);
    if (kept?.text === state.text) return kept.document;
    const document = TextDocument.create(uri, 'plaintext', 0, state.text);
    this.linked.set(uri, { text: state.text, document });
    return document;
  }

  /** Where a rule's page opens: as the client says, else the installed file. */
  pageOf(rule: string): string | undefined {
    return this.abilities.rulePage?.replace('{rule}', rule) ?? this.host.pageOf(rule);
  }

  lineOf(at: Location): number | undefined {
    return this.documentOf(at.file)?.positionAt(at.start).line;
  }

  /** Settings, hardware or linked files changed: every analysis is stale. */
  invalidate(): void {
    this.stamp += 1;
  }

  forgetSettings(): void {
    this.settings.clear();
    this.invalidate();
  }

  forgetHeads(uris: readonly string[]): void {
    for (const uri of uris) this.heads.delete(uri);
    this.invalidate();
  }

  /** A linked file changed on disk. */
  fileChanged(uri: string): void {
    this.host.forget(uri);
    this.linked.delete(uri);
    this.textChanged(uri);
  }

  /** A file's text changed, on disk or in an editor: analyses of other documents that looked at it are stale. */
  textChanged(uri: string): void {
    const concerned = [...this.kept].filter(
      // A new launcher was not there to be looked at.
      ([own, kept]) => own !== uri && (kept.dependencies.includes(uri) || mayLaunch(uri, own)),
    );
    for (const [own] of concerned) this.kept.delete(own);
    if (concerned.length > 0) this.onStale();
  }

  close(uri: string): void {
    clearTimeout(this.refinements.get(uri));
    this.refinements.delete(uri);
    this.kept.delete(uri);
    this.settings.delete(uri);
    this.heads.delete(uri);
  }
}

/** Whether a plan's verdict is another one than it was. */
function isDecided(refined: PlanAnalysis, coarse: PlanAnalysis | undefined): boolean {
  const [now, before] = [refined.memory(), coarse?.memory()];
  return now.known && before?.known === true && now.estimate.verdict !== before.estimate.verdict;
}

function engineSettings(settings: BatchwiseSettings, uri: string): EngineSettings {
  return {
    gpu: settings.gpu ?? undefined,
    gpus: settings.gpus ?? undefined,
    severities: settings.rules,
    framework: frameworkFor(uri, settings.frameworks),
  };
}

export const NEVER_CANCELLED = new CancellationTokenSource().token;
