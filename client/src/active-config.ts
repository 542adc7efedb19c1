import {
  CancellationTokenSource,
  commands,
  Disposable,
  EventEmitter,
  type TextDocument,
  type TextEditor,
  window,
} from 'vscode';
import { HARDWARE_REQUEST, type HardwareParams, type HardwareResult } from '../../server/src/protocol/requests.ts';
import { isFollowed } from './document-selector.ts';
import type { LanguageServer } from './language-server.ts';

/** Tells commands' `when` clauses whether the active editor holds a training config. */
const CONTEXT_KEY = 'batchwise.isTrainingConfig';

/** The document of the active editor, and what the server says of it. */
export class ActiveConfig implements Disposable {
  readonly #server: LanguageServer;
  readonly #documentChanged = new EventEmitter<void>();
  readonly #configChanged = new EventEmitter<void>();
  readonly #subscriptions: Disposable;
  #document: TextDocument | undefined;
  #hardware: HardwareResult | undefined;
  #asking: CancellationTokenSource | undefined;

  /** Another document is in the active editor. */
  readonly onDidChangeDocument = this.#documentChanged.event;
  /** What the server says of the document changed. */
  readonly onDidChangeConfig = this.#configChanged.event;

  constructor(server: LanguageServer) {
    this.#server = server;
    this.#subscriptions = Disposable.from(
      window.onDidChangeActiveTextEditor((editor) => this.#follow(editor)),
      server.onReady(() => void this.#ask()),
      server.onDidChange(({ uri }) => {
        if (uri === this.#document?.uri.toString()) void this.#ask();
      }),
    );
    this.#follow(window.activeTextEditor);
  }

  get document(): TextDocument | undefined {
    return this.#document;
  }

  /** Present when the document is a training config. */
  get hardware(): HardwareResult | undefined {
    return this.#hardware;
  }

  dispose(): void {
    this.#subscriptions.dispose();
    this.#asking?.dispose();
    this.#documentChanged.dispose();
    this.#configChanged.dispose();
  }

  #follow(editor: TextEditor | undefined): void {
    // Looking at the output, a comment or the old side of a comparison is no change of subject.
    if (editor !== undefined && !isFollowed(editor.document)) return;
    if (editor?.document === this.#document) return;
    this.#document = editor?.document;
    this.#documentChanged.fire();
    void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#asking?.cancel();
    const asking = new CancellationTokenSource();
    this.#asking = asking;
    const document = this.#document;
    const result =
      document === undefined
        ? undefined
        : await this.#server.request<HardwareParams, HardwareResult>(
            HARDWARE_REQUEST,
            { uri: document.uri.toString() },
            asking.token,
          );
    if (this.#asking !== asking) return;
    this.#hardware = result !== undefined && result !== null && result.framework !== null ? result : undefined;
    await commands.executeCommand('setContext', CONTEXT_KEY, this.#hardware !== undefined);
    this.#configChanged.fire();
  }
}
