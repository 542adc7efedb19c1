import { type CancellationToken, type Disposable, EventEmitter, type LogOutputChannel, type Uri } from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import {
  CHANGED_NOTIFICATION,
  type ChangedParams,
  HEAD_CHANGED_NOTIFICATION,
  type HeadChangedParams,
} from '../../server/src/protocol/requests.ts';

/** Answers the requests that the server sends to the client; returns what to undo when the server goes. */
export type ServeRequests = (client: BaseLanguageClient) => Disposable;

/**
 * The language server, started when it is first needed.
 * Requests to a server that is not running answer undefined, as do requests that failed: the log has the reason.
 */
export class LanguageServer implements Disposable {
  readonly #changed = new EventEmitter<ChangedParams>();
  readonly #ready = new EventEmitter<void>();
  readonly #makeClient: () => BaseLanguageClient;
  readonly #serve: ServeRequests;
  readonly #log: LogOutputChannel;
  #client: BaseLanguageClient | undefined;
  #starting: Promise<void> | undefined;
  #served: Disposable | undefined;

  /** A document's analysis changed. */
  readonly onDidChange = this.#changed.event;
  /** The server has started and answers. */
  readonly onReady = this.#ready.event;

  constructor(makeClient: () => BaseLanguageClient, serve: ServeRequests, log: LogOutputChannel) {
    this.#makeClient = makeClient;
    this.#serve = serve;
    this.#log = log;
  }

  /** Starts the server once; later calls wait for the same start. Never rejects. */
  start(): Promise<void> {
    this.#starting ??= this.#startClient();
    return this.#starting;
  }

  async restart(): Promise<void> {
    const client = this.#client;
    try {
      if (client?.isRunning() === true) await client.stop();
    } catch (error) {
      this.#log.error(`The language server did not stop: ${String(error)}`);
    }
    this.#starting = this.#startClient();
    return this.#starting;
  }

  async request<Params, Result>(
    method: string,
    params: Params,
    token?: CancellationToken,
  ): Promise<Result | undefined> {
    const client = this.#client;
    if (client === undefined || !client.isRunning()) return undefined;
    try {
      // An undefined token would be sent as a second parameter.
      const rest = token === undefined ? [] : [token];
      return await client.sendRequest<Result>(method, params, ...rest);
    } catch (error) {
      if (token?.isCancellationRequested !== true) this.#log.error(`${method}: ${String(error)}`);
      return undefined;
    }
  }

  /** Tells the server that comparisons with HEAD of these documents are stale. */
  async notifyHeadChanged(uris: readonly Uri[]): Promise<void> {
    if (this.#client?.isRunning() !== true) return;
    const params: HeadChangedParams = { uris: uris.map((uri) => uri.toString()) };
    await this.#client.sendNotification(HEAD_CHANGED_NOTIFICATION, params);
  }

  dispose(): void {
    this.#served?.dispose();
    this.#changed.dispose();
    this.#ready.dispose();
  }

  /** Ends the server's process; the editor waits for it. */
  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.dispose();
  }

  #prepareClient(): BaseLanguageClient {
    const client = this.#makeClient();
    this.#served = this.#serve(client);
    client.onNotification(CHANGED_NOTIFICATION, (params: ChangedParams) => this.#changed.fire(params));
    return client;
  }

  async #startClient(): Promise<void> {
    this.#client ??= this.#prepareClient();
    try {
      await this.#client.start();
      this.#ready.fire();
    } catch (error) {
      this.#log.error(`The language server did not start: ${String(error)}`);
    }
  }
}
