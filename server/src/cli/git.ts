import { execFileSync } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { ArgumentError } from './options.ts';

/** The file's text at a git revision, or undefined where git or the revision has none. */
export function textAt(revision: string, file: string): string | undefined {
  try {
    return git(['show', `${revision}:./${basename(file)}`], dirname(file));
  } catch {
    return undefined;
  }
}

/** Refuses a revision that git does not know, once, before any file is compared with it. */
export function requireRevision(revision: string, folder: string): void {
  if (revision.startsWith('-')) throw new ArgumentError(`--since ${revision} is no revision.`);
  try {
    git(['rev-parse', '--verify', '--quiet', `${revision}^{commit}`], folder);
  } catch {
    throw new ArgumentError(`--since ${revision} is no revision that git knows here.`);
  }
}

function git(args: readonly string[], folder: string): string {
  return execFileSync('git', args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 16 * 2 ** 20,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 10_000,
  });
}
