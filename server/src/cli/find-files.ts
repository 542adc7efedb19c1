import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { glob } from 'tinyglobby';
import { slashed } from './disk.ts';
import { ArgumentError } from './options.ts';

const EXTENSIONS = '**/*.{yaml,yml,json,jsonc,toml,sh,bash,slurm,sbatch,py}';
const IGNORED = [
  '**/node_modules/**',
  '**/.git/**',
  '**/.venv/**',
  '**/__pycache__/**',
  '**/package.json',
  '**/package-lock.json',
  '**/tsconfig*.json',
];

/** Files that paths, folders and globs name, absolute with forward slashes, each once, in order of name. */
export async function findFiles(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all((paths.length === 0 ? ['.'] : paths).map(filesOf));
  return [...new Set(found.flat())].sort();
}

async function filesOf(path: string): Promise<readonly string[]> {
  if (existsSync(path)) {
    return statSync(path).isDirectory()
      ? glob(EXTENSIONS, { cwd: path, absolute: true, ignore: IGNORED, dot: false }).then((files) => files.map(slashed))
      : [slashed(path)];
  }
  if (!/[*?{[]/.test(path)) throw new ArgumentError(`${path} does not exist.`);
  const matched = await glob(path, { cwd: resolve('.'), absolute: true, ignore: IGNORED });
  if (matched.length === 0) throw new ArgumentError(`${path} matches no file.`);
  return matched.map(slashed);
}
