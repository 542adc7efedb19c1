import { launchOf } from './launch-of.ts';
import type { Document } from './parse-text.ts';
import { shellCommands } from './shell-words.ts';
import { slurmHeader } from './slurm-header.ts';
import type { Comment, Launch } from './types.ts';

/** Words without which a script starts no training; looked for before anything is parsed. */
const TRAINING_WORDS =
  /torchrun|accelerate|deepspeed|torch\.distributed|batch|llamafactory|axolotl|trainer|swift|srun|main_ppo|pretrain/i;

/** Reads a shell script as the training runs it starts; `root` is the first one that has arguments. */
export function parseShell(text: string): Document {
  if (!TRAINING_WORDS.test(text)) return { root: undefined, problems: [], comments: [] };
  const header = slurmHeader(text);
  const launches = shellCommands(text)
    .map((command) => launchOf(command, text))
    .filter((launch) => launch !== undefined)
    .map((launch): Launch => ({ ...header, ...launch }));
  const main = launches.findIndex((launch) => launch.root.entries.length > 0);
  const first = launches[main];
  const ordered = first === undefined ? launches : [first, ...launches.filter((launch) => launch !== first)];
  return { root: first?.root, problems: [], comments: commentsOf(text), launches: ordered };
}

function commentsOf(text: string): readonly Comment[] {
  return [...text.matchAll(/^[ \t]*#(?!!)[ \t]*(.*)$/gm)].map((match) => ({
    start: match.index + match[0].indexOf('#'),
    end: match.index + match[0].length,
    text: (match[1] ?? '').trim(),
  }));
}
