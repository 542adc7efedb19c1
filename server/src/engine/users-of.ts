import { formatOf, parseText } from '../text/index.ts';
import type { WorkspaceFiles } from './linked-files.ts';
import { baseName, joinPath } from './paths.ts';
import type { Analysis } from './types.ts';

/** Folders above the file in which configs are looked for, each with those right below it. */
const FOLDERS_UP = 4;

/** Files looked into, their length in UTF-16 units, and how many that use the file are analysed. */
const MAX_FILES = 200;
const MAX_LENGTH = 100_000;
const MAX_USERS = 5;

const CONFIG = /\.(?:ya?ml|json|toml|sh|bash|slurm|sbatch)$/i;

/**
 * Analyses of the configs nearby that read a file which only says how a run is spread: those that name it, those that a
 * script starts with it, and those of a launch config in between. Nearest first.
 */
export function usersOf(
  file: string,
  files: WorkspaceFiles,
  analyzeOther: (file: string, text: string) => Analysis,
): readonly Analysis[] {
  const users = new Map<string, Analysis>();
  const wanted = [file];
  const nearby = filesNearby(file, files);
  for (let target = wanted.pop(); target !== undefined; target = wanted.pop()) {
    for (const candidate of nearby) {
      if (users.size >= MAX_USERS) return [...users.values()];
      const text = files.text(candidate);
      if (text === undefined || text.length > MAX_LENGTH || !text.includes(baseName(target))) continue;
      for (const path of [candidate, ...startedIn(candidate, text, files)]) {
        const own = files.text(path);
        if (own === undefined || path === file || users.has(path)) continue;
        const analysis = analyzeOther(path, own);
        if (!analysis.dependencies.includes(file)) continue;
        if (analysis.plans.length === 0 || analysis.framework === undefined) continue;
        users.set(path, analysis);
        // A launch config is no run itself: what is started with it is.
        if (path === candidate && target === file) wanted.push(path);
      }
    }
  }
  return [...users.values()];
}

/** Configs and scripts in the file's folder, those above it and the folders beside these. */
function filesNearby(file: string, files: WorkspaceFiles): readonly string[] {
  const found = new Set<string>();
  for (const folder of files.foldersUp().slice(0, FOLDERS_UP)) {
    const names = files.list(folder);
    const below = names.filter((name) => !name.includes('.')).flatMap((name) => joinPath(folder, name) ?? []);
    for (const place of [folder, ...below]) {
      for (const name of place === folder ? names : files.list(place)) {
        const path = CONFIG.test(name) ? joinPath(place, name) : undefined;
        if (path !== undefined && path !== file) found.add(path);
        if (found.size >= MAX_FILES) return [...found];
      }
    }
  }
  return [...found];
}

/** The configs that a script starts. */
function startedIn(script: string, text: string, files: WorkspaceFiles): readonly string[] {
  if (formatOf(script) !== 'shell') return [];
  const named = (parseText(script, text, 'shell').launches ?? []).flatMap(({ configs }) => configs);
  return named.flatMap(({ path }) => {
    const { file, found } = files.resolve(script, path);
    return found ? [file] : [];
  });
}
