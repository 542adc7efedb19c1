import type { LinkedFiles } from '../frameworks/index.ts';
import { type ConfigTree, formatOf, type Loader, parseText, withLoader } from '../text/index.ts';
import { folderOf, isInside, joinPath } from './paths.ts';
import type { FileProvider } from './types.ts';

/** Folders climbed in search of a file that a config names relative to where the run is started. */
const MAX_CLIMB = 12;

/** Opens the files a config names, inside the workspace alone, and keeps account of what was asked for. */
export class WorkspaceFiles implements LinkedFiles {
  readonly asked = new Set<string>();
  readonly pending = new Set<string>();
  private readonly own: string;
  private readonly files: FileProvider;

  constructor(file: string, files: FileProvider) {
    this.own = file;
    this.files = files;
  }

  open(from: string, path: string, loader: Loader): ConfigTree | undefined {
    const { file, found } = this.resolve(from, path);
    if (!found) return undefined;
    const text = this.text(file);
    // What a framework opens as JSON is JSON under any name, as `zero3.conf` is.
    const format = formatOf(file) ?? (loader === 'json' ? 'json' : undefined);
    if (text === undefined || format === undefined) return undefined;
    return withLoader(parseText(file, text, format), loader);
  }

  resolve(from: string, path: string): { readonly file: string; readonly found: boolean } {
    const first = joinPath(folderOf(from), path);
    let folder = folderOf(from);
    for (let climbed = 0; climbed <= MAX_CLIMB; climbed += 1) {
      const candidate = joinPath(folder, path);
      if (candidate === undefined || !this.isAllowed(candidate)) break;
      if (this.text(candidate) !== undefined) return { file: candidate, found: true };
      const above = folderOf(folder);
      if (path.startsWith('/') || above === folder || above === '') break;
      folder = above;
    }
    return { file: first ?? path, found: false };
  }

  /** Text of a file of the workspace, or undefined where there is none (or none yet). */
  text(file: string): string | undefined {
    if (!this.isAllowed(file)) return undefined;
    this.asked.add(file);
    const state = this.files.read(file);
    if (state.kind === 'pending') this.pending.add(file);
    return state.kind === 'text' ? state.text : undefined;
  }

  /** The same workspace as it would be with these texts in place of its own. */
  withTexts(texts: ReadonlyMap<string, string>): WorkspaceFiles {
    return new WorkspaceFiles(this.own, {
      roots: this.files.roots,
      list: (folder) => this.files.list?.(folder),
      read: (file) => {
        const text = texts.get(file);
        return text === undefined ? this.files.read(file) : { kind: 'text', text };
      },
    });
  }

  /** The downloaded config.json of a hub model. */
  modelConfig(name: string): string | undefined {
    return this.files.modelConfig?.(name);
  }

  /** Names in a folder of the workspace. */
  list(folder: string): readonly string[] {
    return this.isAllowed(folder) ? (this.files.list?.(folder) ?? []) : [];
  }

  /** The file's folder and those above it up to the workspace root, nearest first. */
  foldersUp(): readonly string[] {
    const folders: string[] = [];
    let folder = folderOf(this.own);
    for (let climbed = 0; climbed <= MAX_CLIMB && folder !== '' && this.isAllowed(folder); climbed += 1) {
      folders.push(folder);
      const above = folderOf(folder);
      if (above === folder) break;
      folder = above;
    }
    return folders;
  }

  private isAllowed(file: string): boolean {
    const roots = this.files.roots.filter((root) => isInside(this.own, root));
    return roots.length === 0 ? isInside(file, folderOf(this.own)) : roots.some((root) => isInside(file, root));
  }
}
