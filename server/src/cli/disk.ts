import { readdirSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { cachedModelConfig } from '../disk/hub-cache.ts';
import { type FileProvider, type FileState, PROJECT_FILE } from '../engine/index.ts';

/** Linked files above this are not read: no training config is that large. */
const MAX_FILE_BYTES = 4 * 2 ** 20;

/** The disk as the engine's files, read once each; `projectFile` stands in for every batchwise.json. */
export function diskFiles(root: string, projectFile?: string): FileProvider {
  const known = new Map<string, FileState>();
  const roots = [slashed(resolve(root))];
  return {
    roots,
    read: (file) => {
      const cached = known.get(file);
      if (cached !== undefined) return cached;
      const state = readState(projectFile !== undefined && file.endsWith(`/${PROJECT_FILE}`) ? projectFile : file);
      known.set(file, state);
      return state;
    },
    modelConfig: cachedModelConfig,
    list: (folder) => {
      try {
        return readdirSync(folder);
      } catch {
        return undefined;
      }
    },
  };
}

function readState(file: string): FileState {
  try {
    const stat = statSync(file);
    if (!stat.isFile() || stat.size > MAX_FILE_BYTES) return { kind: 'missing' };
    return { kind: 'text', text: readFileSync(file, 'utf8') };
  } catch {
    return { kind: 'missing' };
  }
}

/** Absolute path with forward slashes, as the engine names files. */
export function slashed(path: string): string {
  return resolve(path).replaceAll('\\', '/');
}
