import { launchOf } from './launch-of.ts';
import type { Document } from './parse-text.ts';
import { shellCommands } from './shell-commands.ts';
import { slurmHeader } from './slurm-header.ts';
import type { Comment, Launch, MapNode } from './types.ts';

/** Words without which a script starts no training; looked for before anything is parsed. */
const TRAINING_WORDS =
  /torchrun|accelerate|deepspeed|torch\.distributed|batch|llamafactory|axolotl|trainer|swift|srun|main_ppo|pretrain|maxtext|oumi/i;

/** Reads a shell script as the training runs it starts; `root` is the first one of consequence. */
export function parseShell(text: string): Document {
  if (!TRAINING_WORDS.test(text)) return { root: undefined, problems: [], comments: [] };
  const header = slurmHeader(text);
  const launches = shellCommands(text)
    .map((command) => launchOf(command, text))
    .filter((launch) => launch !== undefined)
    .map((launch): Launch => ({ ...header, ...launch }));
  const main = mainOf(launches);
  const first = launches[main];
  const ordered = first === undefined ? launches : [first, ...launches.filter((launch) => launch !== first)];
  return { root: first?.root, problems: [], comments: commentsOf(text), launches: ordered };
}

/** Converting a checkpoint or preparing data comes first and takes few arguments; a training takes many. */
const SHARE_OF_LONGEST = 1 / 3;

/** The first launch that takes about as many arguments as any; -1 where none takes one. */
function mainOf(launches: readonly Launch[]): number {
  const sizes = launches.map(({ root }) => argumentsIn(root));
  const longest = Math.max(0, ...sizes);
  return sizes.findIndex((size) => size > 0 && size >= longest * SHARE_OF_LONGEST);
}

function argumentsIn({ entries }: MapNode): number {
  return entries.reduce((sum, { value }) => sum + (value.kind === 'map' ? argumentsIn(value) : 1), 0);
}

function commentsOf(text: string): readonly Comment[] {
  return [...text.matchAll(/^[ \t]*#(?!!)[ \t]*(.*)$/gm)].map((match) => ({
    start: match.index + match[0].indexOf('#'),
    end: match.index + match[0].length,
    text: (match[1] ?? '').trim(),
  }));
}
