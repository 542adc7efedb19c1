/** What the extension did with VS Code's interface while it was loaded and activated. */
export interface Recorded {
  readonly commands: Map<string, (...args: readonly unknown[]) => unknown>;
  readonly views: Map<string, unknown>;
  readonly contextKeys: Map<string, unknown>;
  readonly statusItems: { readonly id: string; shown: boolean; text: string }[];
  readonly outputs: string[];
}

export interface FakeDocument {
  readonly uri: { readonly scheme: string; readonly path: string; toString(): string };
  readonly languageId: string;
  readonly version: number;
  getText(): string;
}

/** A text document as the extension reads it. */
export function fakeDocument(path: string, languageId: string, text: string): FakeDocument {
  const uri = { scheme: 'file', path, toString: () => `file://${path}` };
  return { uri, languageId, version: 1, getText: () => text };
}

/**
 * A stand-in for the `vscode` module, enough to load the extension's bundle and activate it:
 * what is recorded is real, everything else is a stub that takes any call and answers another stub.
 */
export function fakeVscode(documents: readonly FakeDocument[] = []): {
  readonly vscode: unknown;
  readonly recorded: Recorded;
} {
  const recorded: Recorded = {
    commands: new Map(),
    views: new Map(),
    contextKeys: new Map(),
    statusItems: [],
    outputs: [],
  };
  const commands = {
    registerCommand: (id: string, handler: (...args: readonly unknown[]) => unknown) => {
      recorded.commands.set(id, handler);
      return disposable();
    },
    executeCommand: async (id: string, key: string, value: unknown) => {
      if (id === 'setContext') recorded.contextKeys.set(key, value);
    },
  };
  const window = {
    activeTextEditor: documents[0] === undefined ? undefined : { document: documents[0] },
    createOutputChannel: (name: string) => {
      recorded.outputs.push(name);
      return stub();
    },
    createStatusBarItem: (id: string) => {
      const item = {
        id,
        shown: false,
        text: '',
        show: () => {
          item.shown = true;
        },
        hide: () => {
          item.shown = false;
        },
        dispose: () => {},
      };
      recorded.statusItems.push(item);
      return item;
    },
    registerWebviewViewProvider: (id: string, provider: unknown) => {
      recorded.views.set(id, provider);
      return disposable();
    },
    onDidChangeActiveTextEditor: disposable,
  };
  const languages = {
    match: (selector: readonly { readonly language?: string; readonly pattern?: string }[], document: FakeDocument) =>
      selector.some((filter) => filter.language === document.languageId) ? 10 : 0,
  };
  const workspace = { textDocuments: documents, isTrusted: true, onDidOpenTextDocument: disposable };
  const parts = {
    commands: withStubs(commands),
    window: withStubs(window),
    workspace: withStubs(workspace),
    languages: withStubs(languages),
    EventEmitter: FakeEmitter,
    Disposable: FakeDisposable,
    version: '1.100.0',
  };
  return { vscode: withStubs(parts), recorded };
}

class FakeEmitter<T> {
  readonly #listeners = new Set<(value: T) => void>();
  readonly event = (listener: (value: T) => void) => {
    this.#listeners.add(listener);
    return disposable();
  };
  fire(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }
  dispose(): void {
    this.#listeners.clear();
  }
}

class FakeDisposable {
  static from(): FakeDisposable {
    return new FakeDisposable();
  }
  dispose(): void {}
}

function disposable(): { dispose(): void } {
  return { dispose: () => {} };
}

/** An object whose missing members are stubs. */
function withStubs(known: object): unknown {
  return new Proxy(known, { get: (target, key) => (key in target ? Reflect.get(target, key) : stub()) });
}

/** Can be called, constructed, extended and read without end. */
function stub(): unknown {
  return new Proxy(class {}, {
    get: (target, key) => {
      if (key === 'prototype') return target.prototype;
      return key === 'then' || key === Symbol.toPrimitive || key === Symbol.iterator ? undefined : stub();
    },
    apply: () => stub(),
  });
}
