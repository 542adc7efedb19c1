import { Disposable, type Event, EventEmitter, extensions, type LogOutputChannel, type Uri, workspace } from 'vscode';
import type { HeadTextResult } from '../../server/src/protocol/requests.ts';

/** The part of the built-in git extension's interface (version 1) that is used here. */
interface GitApi {
  readonly repositories: readonly Repository[];
  readonly onDidOpenRepository: Event<Repository>;
  readonly onDidCloseRepository: Event<Repository>;
  getRepository(uri: Uri): Repository | null;
  toGitUri(uri: Uri, ref: string): Uri;
}

interface Repository {
  readonly rootUri: Uri;
  readonly state: { readonly HEAD: { readonly commit?: string } | undefined; readonly onDidChange: Event<void> };
  show(ref: string, path: string): Promise<string>;
}

interface GitExtension {
  readonly enabled: boolean;
  getAPI(version: 1): GitApi;
}

/** Files at HEAD, by VS Code's own git extension. Without git, or trust, there is no earlier version. */
export class GitHead implements Disposable {
  readonly #headChanged = new EventEmitter<readonly Uri[]>();
  readonly #listeners = new Map<Repository, Disposable>();
  readonly #log: LogOutputChannel;
  readonly #trust = workspace.onDidGrantWorkspaceTrust(() => this.#tell());
  #api: Promise<GitApi | undefined> | undefined;
  #events: Disposable | undefined;

  /** HEAD moved, or a repository appeared: the open files it holds. Heard once a file was asked for. */
  readonly onDidChangeHead = this.#headChanged.event;

  constructor(log: LogOutputChannel) {
    this.#log = log;
  }

  /** The file's text at HEAD; null where there is none. */
  async text(uri: Uri): Promise<HeadTextResult> {
    const repository = (await this.#git())?.getRepository(uri);
    if (repository === undefined || repository === null) return null;
    try {
      return { text: await repository.show('HEAD', uri.fsPath), ref: 'HEAD' };
    } catch {
      return null; // Not tracked, or no commit yet.
    }
  }

  /** An address that opens the file at HEAD in an editor; undefined where there is no such version. */
  async uriAtHead(uri: Uri): Promise<Uri | undefined> {
    if ((await this.text(uri)) === null) return undefined;
    return (await this.#git())?.toGitUri(uri, 'HEAD');
  }

  dispose(): void {
    this.#trust.dispose();
    this.#events?.dispose();
    for (const listener of this.#listeners.values()) listener.dispose();
    this.#headChanged.dispose();
  }

  #git(): Promise<GitApi | undefined> {
    if (!workspace.isTrusted) return Promise.resolve(undefined);
    this.#api ??= this.#connect();
    return this.#api;
  }

  async #connect(): Promise<GitApi | undefined> {
    const extension = extensions.getExtension<GitExtension>('vscode.git');
    if (extension === undefined) return undefined;
    try {
      const exported = extension.isActive ? extension.exports : await extension.activate();
      if (!exported.enabled) return undefined;
      const api = exported.getAPI(1);
      for (const repository of api.repositories) this.#watch(repository);
      this.#events = Disposable.from(
        api.onDidCloseRepository((repository) => this.#forget(repository)),
        // The git extension finds repositories after its own start, so the first question may have come too early.
        api.onDidOpenRepository((repository) => {
          this.#watch(repository);
          this.#tell(repository.rootUri);
        }),
      );
      return api;
    } catch (error) {
      this.#log.info(`No comparison with HEAD: ${String(error)}`);
      return undefined;
    }
  }

  #watch(repository: Repository): void {
    let commit = repository.state.HEAD?.commit;
    const listener = repository.state.onDidChange(() => {
      if (repository.state.HEAD?.commit === commit) return;
      commit = repository.state.HEAD?.commit;
      this.#tell(repository.rootUri);
    });
    this.#listeners.set(repository, listener);
  }

  #forget(repository: Repository): void {
    this.#listeners.get(repository)?.dispose();
    this.#listeners.delete(repository);
  }

  #tell(root?: Uri): void {
    const inside = workspace.textDocuments
      .map(({ uri }) => uri)
      .filter((uri) => uri.scheme === 'file' && (root === undefined || uri.path.startsWith(`${root.path}/`)));
    if (inside.length > 0) this.#headChanged.fire(inside);
  }
}
