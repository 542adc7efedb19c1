import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { URI } from 'vscode-uri';
import { cachedModelConfig } from '../disk/hub-cache.ts';
import type { FileState } from '../engine/index.ts';
import type { Host } from './host.ts';

/** Linked files larger than this are not read: no training config is. */
const MAX_FILE_BYTES = 4 * 2 ** 20;

/** Files of the local disk, read at once and kept until a watcher says they changed. */
export function nodeHost(): Host {
  const known = new Map<string, FileState>();
  const folders = new Map<string, readonly string[] | undefined>();
  return {
    read: (uri) => {
      const cached = known.get(uri);
      if (cached !== undefined) return cached;
      const state = readFile(uri);
      known.set(uri, state);
      return state;
    },
    list: (uri) => {
      if (!folders.has(uri)) folders.set(uri, listFolder(uri));
      return folders.get(uri);
    },
    fetch: async () => {},
    forget: (uri) => {
      known.delete(uri);
      folders.clear();
    },
    modelConfig: cachedModelConfig,
    pageOf: (rule) => {
      const page = fileURLToPath(new URL(`../docs/rules/${rule}.md`, import.meta.url));
      return existsSync(page) ? URI.file(page).toString() : undefined;
    },
    pause: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

function readFile(uri: string): FileState {
  const path = pathOf(uri);
  if (path === undefined) return { kind: 'missing' };
  try {
    const stat = statSync(path);
    if (!stat.isFile() || stat.size > MAX_FILE_BYTES) return { kind: 'missing' };
    return { kind: 'text', text: readFileSync(path, 'utf8') };
  } catch {
    return { kind: 'missing' };
  }
}

function listFolder(uri: string): readonly string[] | undefined {
  const path = pathOf(uri);
  if (path === undefined) return undefined;
  try {
    return readdirSync(path);
  } catch {
    return undefined;
  }
}

function pathOf(uri: string): string | undefined {
  const parsed = URI.parse(uri);
  return parsed.scheme === 'file' ? parsed.fsPath : undefined;
}
