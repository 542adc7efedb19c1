import {
  CancellationTokenSource,
  commands,
  Disposable,
  Uri,
  type WebviewView,
  type WebviewViewProvider,
  window,
  workspace,
} from 'vscode';
import type { FromPanel, ToPanel, WhatIf } from '../../server/src/protocol/panel.ts';
import {
  APPLY_REQUEST,
  type ApplyParams,
  type ApplyResult,
  PANEL_REQUEST,
  type PanelParams,
  type PanelResult,
} from '../../server/src/protocol/requests.ts';
import type { ActiveConfig } from './active-config.ts';
import type { LanguageServer } from './language-server.ts';
import { openPlace } from './open-place.ts';
import { panelHtml } from './panel-html.ts';
import { applyChanges } from './text-edits.ts';

const VIEW = 'batchwise.panel';
const NO_FILE = 'Open a training config (YAML, JSON or TOML) to see its memory budget.';

/** What is being tried on one file. */
interface Trial {
  readonly plan?: string;
  readonly whatIf: WhatIf;
}

/** The memory-budget view: follows the active editor, asks the server, passes on what the user does. */
export class PanelView implements WebviewViewProvider, Disposable {
  readonly #extensionUri: Uri;
  readonly #server: LanguageServer;
  readonly #active: ActiveConfig;
  readonly #subscriptions: Disposable;
  /** By document; gone when the document closes or the trial is applied. */
  readonly #trials = new Map<string, Trial>();
  #view: WebviewView | undefined;
  #ready = false;
  /** Of the last change the webview sent. */
  #sequence = 0;
  #asking: { readonly uri: string; readonly cancel: CancellationTokenSource } | undefined;
  #askAgain = false;
  /** Wanted of the webview once it is there. */
  #revealRates = false;

  constructor(extensionUri: Uri, server: LanguageServer, active: ActiveConfig) {
    this.#extensionUri = extensionUri;
    this.#server = server;
    this.#active = active;
    this.#subscriptions = Disposable.from(
      window.registerWebviewViewProvider(VIEW, this),
      active.onDidChangeDocument(() => void this.#refresh()),
      server.onReady(() => void this.#refresh()),
      server.onDidChange(({ uri }) => {
        if (uri === active.document?.uri.toString()) void this.#refresh();
      }),
      workspace.onDidCloseTextDocument(({ uri }) => this.#trials.delete(uri.toString())),
    );
  }

  dispose(): void {
    this.#subscriptions.dispose();
    this.#asking?.cancel.dispose();
  }

  resolveWebviewView(view: WebviewView): void {
    this.#view = view;
    this.#ready = false;
    view.webview.options = {
      enableScripts: true,
      localResourceRoots: [Uri.joinPath(this.#extensionUri, 'dist')],
    };
    view.webview.onDidReceiveMessage((message: FromPanel) => this.#receive(message));
    view.onDidChangeVisibility(() => {
      this.#ready &&= view.visible;
    });
    view.onDidDispose(() => {
      this.#view = undefined;
      this.#ready = false;
    });
    view.webview.html = panelHtml(view.webview, this.#extensionUri);
  }

  /** Brings the view to the front; `rates` scrolls to the learning-rate chart. */
  async show(section?: 'rates'): Promise<void> {
    this.#revealRates = section === 'rates';
    await commands.executeCommand(`${VIEW}.focus`);
    await this.#refresh();
  }

  async #receive(message: FromPanel): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.#ready = true;
        this.#sequence = 0;
        await this.#refresh();
        break;
      case 'try':
        this.#sequence = message.sequence;
        this.#trials.set(message.uri, trial(message));
        await this.#refresh();
        break;
      case 'apply':
        await this.#apply(message);
        break;
      case 'open':
        await openPlace(message.place);
        break;
      case 'chooseHardware':
        await commands.executeCommand('batchwise.chooseHardware');
        break;
      default:
        message satisfies never;
    }
  }

  /** One question at a time: while one is out, the next waits and takes in all that changed meanwhile. */
  async #refresh(): Promise<void> {
    if (!this.#ready) return;
    if (this.#asking !== undefined) {
      this.#askAgain = true;
      if (this.#asking.uri !== this.#active.document?.uri.toString()) this.#asking.cancel.cancel();
      return;
    }
    do {
      this.#askAgain = false;
      await this.#ask();
    } while (this.#askAgain);
  }

  async #ask(): Promise<void> {
    const document = this.#active.document;
    if (document === undefined) return this.#post({ type: 'empty', message: NO_FILE });
    const uri = document.uri.toString();
    const sequence = this.#sequence;
    const asking = { uri, cancel: new CancellationTokenSource() };
    this.#asking = asking;
    const params: PanelParams = { uri, ...(this.#trials.get(uri) ?? { whatIf: {} }) };
    const state = await this.#server.request<PanelParams, PanelResult>(PANEL_REQUEST, params, asking.cancel.token);
    this.#asking = undefined;
    asking.cancel.dispose();
    if (uri !== this.#active.document?.uri.toString()) return;
    if (state === undefined || state === null) {
      const name = document.uri.path.split('/').at(-1);
      return this.#post({ type: 'empty', message: `${name} is no training config that Batchwise knows. ${NO_FILE}` });
    }
    await this.#post({ type: 'state', state, sequence });
    if (!this.#revealRates) return;
    this.#revealRates = false;
    await this.#post({ type: 'reveal', section: 'rates' });
  }

  async #apply(message: Extract<FromPanel, { type: 'apply' }>): Promise<void> {
    const params: ApplyParams = { uri: message.uri, ...trial(message) };
    const result = await this.#server.request<ApplyParams, ApplyResult>(APPLY_REQUEST, params);
    const changes = result === undefined ? 0 : await applyChanges(result);
    if (changes > 0) this.#trials.set(message.uri, { ...trial(message), whatIf: {} });
    await this.#post({ type: 'applied', changes });
    await this.#refresh();
  }

  async #post(message: ToPanel): Promise<void> {
    await this.#view?.webview.postMessage(message);
  }
}

function trial({ plan, whatIf }: Trial): Trial {
  return plan === undefined ? { whatIf } : { plan, whatIf };
}
