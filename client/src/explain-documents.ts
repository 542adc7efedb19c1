import {
  commands,
  type Disposable,
  EventEmitter,
  type TextDocumentContentProvider,
  Uri,
  window,
  workspace,
} from 'vscode';

const SCHEME = 'batchwise-explain';

/** Read-only Markdown pages, shown in VS Code's own preview. */
export class ExplainDocuments implements TextDocumentContentProvider, Disposable {
  readonly #changed = new EventEmitter<Uri>();
  readonly #pages = new Map<string, string>();
  readonly #registration = workspace.registerTextDocumentContentProvider(SCHEME, this);
  readonly onDidChange = this.#changed.event;

  provideTextDocumentContent(uri: Uri): string {
    return this.#pages.get(uri.path) ?? '';
  }

  /** Shows a page beside the editor; the same title reuses its tab. */
  async show(title: string, markdown: string): Promise<void> {
    const uri = Uri.from({ scheme: SCHEME, path: `/${title}.md` });
    this.#pages.set(uri.path, markdown);
    this.#changed.fire(uri);
    try {
      await commands.executeCommand('markdown.showPreviewToSide', uri);
    } catch {
      await window.showTextDocument(uri, { preview: true }); // The Markdown extension is switched off.
    }
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }
}
