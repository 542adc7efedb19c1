import { argumentTree } from './argument-tree.ts';
import type { ShellCommand } from './shell-commands.ts';
import type { ShellWord } from './shell-words.ts';
import type { Launch, MapNode, PlacedNumber } from './types.ts';

/** Options of a launcher itself, before the script it starts, by what they say. */
interface LauncherOptions {
  readonly nodes: readonly string[];
  readonly gpusPerNode: readonly string[];
  readonly processes: readonly string[];
  /** Options without a value, so that the next word is not taken for one. */
  readonly switches: readonly string[];
}

/** torch: torch/distributed/run.py. accelerate: src/accelerate/commands/launch.py. deepspeed: deepspeed/launcher/runner.py. */
const LAUNCHERS: Readonly<Record<string, LauncherOptions>> = {
  torchrun: {
    nodes: ['nnodes'],
    gpusPerNode: ['nproc_per_node'],
    processes: [],
    switches: ['standalone', 'no_python', 'm'],
  },
  accelerate: {
    nodes: ['num_machines'],
    gpusPerNode: [],
    processes: ['num_processes'],
    switches: ['multi_gpu', 'use_deepspeed', 'use_fsdp', 'debug', 'm'],
  },
  deepspeed: {
    nodes: ['num_nodes'],
    gpusPerNode: ['num_gpus'],
    processes: [],
    switches: ['no_local_rank', 'no_ssh', 'module'],
  },
  tune: { nodes: ['nnodes'], gpusPerNode: ['nproc_per_node'], processes: [], switches: [] },
};

const PLAIN: LauncherOptions = { nodes: [], gpusPerNode: [], processes: [], switches: ['m', 'u', 'O'] };

/** Programs that put others before themselves and say nothing of the run. */
const WRAPPERS: ReadonlySet<string> = new Set([
  'srun',
  'nohup',
  'exec',
  'time',
  'sudo',
  'env',
  'uv',
  'poetry',
  'conda',
  'run',
]);

/** Frameworks' own commands, which take their configs and arguments directly. */
const OWN_COMMANDS: ReadonlySet<string> = new Set([
  'llamafactory-cli',
  'axolotl',
  'trl',
  'swift',
  'megatron',
  'litgpt',
  'oumi',
  'sft',
  'rl',
  'trainer',
  'torchtune',
  'yolo',
  'ludwig',
]);

const CONFIG_FILE = /\.(?:ya?ml|json|toml)$/i;

/** What is known of a config's path behind a variable or a command's output. */
const BEHIND_UNKNOWN = /(?:[})`"]|\$\w+)\/+([\w.+-]+(?:\/+[\w.+-]+)*)$/;

/** Programs of MaxText that start no training and take the arguments of one (MaxText: src/maxtext/configs/pyconfig.py). */
const NO_TRAINING =
  /maxtext[./](?:\w+[./])*(?:inference|checkpoint_conversion|decode|generate_param_only_checkpoint)\b|\bforward_pass_logit_checker\b/i;

/** The run a command starts, or undefined where it starts none. */
export function launchOf(command: ShellCommand, text: string): Launch | undefined {
  const entrypoint = entrypointOfJob(command.words);
  const [first, ...rest] = command.words.slice(entrypoint);
  if (first === undefined) return undefined;
  const words = entrypoint === 0 ? command.words : [{ ...first, text: withoutJoiner(first.text) }, ...rest];
  const launch = startedBy(withoutWrappers(words), command, text);
  return launch === undefined ? undefined : onNodesOfJob(launch, command.words.slice(0, entrypoint));
}

function startedBy(words: readonly ShellWord[], command: ShellCommand, text: string): Launch | undefined {
  const [head, ...rest] = words;
  if (head === undefined) return undefined;
  const program = baseName(head.text);
  if (OWN_COMMANDS.has(program)) return launch(program, rest[0]?.text, rest.slice(1), {}, command, text);
  if (program in LAUNCHERS)
    return launched(program, LAUNCHERS[program] ?? PLAIN, dropSubcommand(program, rest), command, text);
  // `uv run train.py`, and a script that is started as a program.
  if (program.endsWith('.py')) return launched('python', PLAIN, words, command, text);
  if (!/^python[\d.]*$/.test(program)) return undefined;
  const module = rest[0]?.text === '-m' ? rest[1]?.text : undefined;
  if (module === 'torch.distributed.launch' || module === 'torch.distributed.run')
    return launched('torchrun', LAUNCHERS['torchrun'] ?? PLAIN, rest.slice(2), command, text);
  if (module?.startsWith('accelerate.commands.launch') === true)
    return launched('accelerate', LAUNCHERS['accelerate'] ?? PLAIN, rest.slice(2), command, text);
  return launched('python', PLAIN, rest, command, text);
}

function dropSubcommand(program: string, words: readonly ShellWord[]): readonly ShellWord[] {
  return (program === 'accelerate' && words[0]?.text === 'launch') || (program === 'tune' && words[0]?.text === 'run')
    ? words.slice(1)
    : words;
}

function withoutWrappers(words: readonly ShellWord[]): readonly ShellWord[] {
  let start = 0;
  while (start < words.length && WRAPPERS.has(baseName(words[start]?.text ?? ''))) {
    start += 1;
    // srun's and env's own options and assignments stand before the program.
    while (/^-|^\w+=/.test(words[start]?.text ?? '')) start += 1;
  }
  return words.slice(start);
}

/**
 * Where the program stands that a command hands to a cluster after `--`, as `ray job submit … -- python train.py` and
 * submitting scripts do, behind what they let a shell run before it; 0 for any other command.
 */
function entrypointOfJob(words: readonly ShellWord[]): number {
  const dashes = words.findIndex(({ text }) => text === '--');
  if (dashes === -1) return 0;
  const last = words.findLastIndex(({ text }) => /^(?:&&|;)/.test(text));
  const at = Math.max(last + (isJoiner(words[last]) ? 1 : 0), dashes + 1);
  return startsPrograms(baseName(withoutJoiner(words[at]?.text ?? ''))) ? at : 0;
}

function isJoiner(word: ShellWord | undefined): boolean {
  return word?.text === '&&' || word?.text === ';';
}

/** `&&python`, as a quoted joiner stands where no blank follows it. */
function withoutJoiner(text: string): string {
  return text.replace(/^(?:&&|;)/, '');
}

function startsPrograms(program: string): boolean {
  return program in LAUNCHERS || WRAPPERS.has(program) || OWN_COMMANDS.has(program) || /^python[\d.]*$/.test(program);
}

/** Scripts that start as many processes of a job's command on each of its nodes (open-instruct: mason.py). */
const PER_NODE = 'mason.py';

/** A job of several nodes starts the command on each, and the launcher's processes are those of one or of all. */
function onNodesOfJob(launch: Launch, job: readonly ShellWord[]): Launch {
  const at = job.findIndex(({ text }) => /^--(?:num[-_])?nodes(?:=|$)/.test(text));
  const option = job[at];
  if (launch.processes === undefined || option === undefined) return launch;
  const { processes, ...rest } = launch;
  const nodes = splitOption(option)[1] ?? job[at + 1];
  const count = nodes === undefined ? undefined : placedNumber(nodes);
  if (count === undefined || !job.some(({ text }) => baseName(text) === PER_NODE))
    return { ...rest, sizeUnknown: true };
  return { ...rest, nodes: count, gpusPerNode: processes };
}

type Size = Pick<Launch, 'nodes' | 'gpusPerNode' | 'processes' | 'sizeUnknown' | 'options'>;

/** Reads a launcher's own options up to the script, then the script's arguments. */
function launched(
  program: string,
  options: LauncherOptions,
  words: readonly ShellWord[],
  command: ShellCommand,
  text: string,
): Launch | undefined {
  const size: Record<string, PlacedNumber> = {};
  let sizeUnknown = false;
  let at = 0;
  for (; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined || !word.text.startsWith('-')) break;
    const [name = '', inline] = splitOption(word);
    if (options.switches.includes(name)) continue;
    const value = inline ?? words[at + 1];
    if (inline === undefined) at += 1;
    const number = value === undefined ? undefined : placedNumber(value);
    const meaning = (['nodes', 'gpusPerNode', 'processes'] as const).find((kind) => options[kind].includes(name));
    if (meaning !== undefined && number !== undefined) size[meaning] = number;
    if (meaning !== undefined && number === undefined) sizeUnknown = true;
  }
  const script = words[at];
  if (script === undefined) return undefined;
  if (program === 'python' && !/\.py$/.test(script.text) && words[at - 1]?.text !== '-m') return undefined;
  if (NO_TRAINING.test(script.text)) return undefined;
  const own = at === 0 ? {} : { options: optionTree(words.slice(0, at), command, text) };
  const known: Size = { ...size, ...own, ...(sizeUnknown ? { sizeUnknown } : {}) };
  return launch(program, script.text, words.slice(at + 1), known, command, text);
}

function optionTree(words: readonly ShellWord[], command: ShellCommand, text: string): MapNode {
  const tree = argumentTree(words, command.range, text);
  return { ...tree, entries: tree.entries.map((entry) => ({ ...entry, key: entry.key.replaceAll('-', '_') })) };
}

function launch(
  program: string,
  started: string | undefined,
  words: readonly ShellWord[],
  size: Size,
  command: ShellCommand,
  text: string,
): Launch {
  const gpus = size.gpusPerNode ?? environmentNumber(command, 'NPROC_PER_NODE');
  const nodes = size.nodes ?? environmentNumber(command, 'NNODES');
  const isOpen = size.nodes === undefined && nodes === undefined && command.environment.has('NNODES');
  const files = words.filter((word) => CONFIG_FILE.test(word.text));
  const configs = files
    .filter(({ known }) => known)
    .map((word) => ({ path: word.text.replace(/^[\w.+-]*=/, ''), range: word.range }));
  const unplaced = files.flatMap(({ known, text: path, range }) => {
    const tail = known ? undefined : BEHIND_UNKNOWN.exec(path)?.[1];
    return tail === undefined ? [] : [{ path: tail, range }];
  });
  return {
    program,
    started,
    ...size,
    ...(gpus === undefined ? {} : { gpusPerNode: gpus }),
    ...(nodes === undefined ? {} : { nodes }),
    ...(isOpen ? { sizeUnknown: true } : {}),
    configs,
    ...(unplaced.length === 0 ? {} : { unplaced }),
    root: argumentTree(words.slice(0, endOfFirstConfig(words)), command.range, text),
  };
}

/** Where a second config begins that is given with overrides of its own, as MaxText's GRPO takes one for its sampler. */
function endOfFirstConfig(words: readonly ShellWord[]): number {
  const isFile = ({ text }: ShellWord): boolean => /^[^-=]\S*\.ya?ml$/i.test(text) && !/^[\w.+-]+=/.test(text);
  const isOverride = (word: ShellWord | undefined): boolean => /^[\w.]+=/.test(word?.text ?? '');
  const first = words.findIndex(isFile);
  const second = words.findIndex((word, at) => at > first && isFile(word) && isOverride(words[at - 1]));
  return first === -1 || second === -1 || !isOverride(words[first + 1]) ? words.length : second;
}

function environmentNumber(command: ShellCommand, name: string): PlacedNumber | undefined {
  const word = command.environment.get(name);
  return word === undefined ? undefined : placedNumber(word);
}

/** `--nproc-per-node=8` as its name, spelled with underscores, and its value's word. */
function splitOption(word: ShellWord): readonly [string, ShellWord | undefined] {
  const equals = word.text.indexOf('=');
  const name = (equals === -1 ? word.text : word.text.slice(0, equals)).replace(/^-+/, '').replaceAll('-', '_');
  if (equals === -1) return [name, undefined];
  const isLiteral = word.range.end - word.range.start === word.text.length;
  const start = isLiteral ? word.range.start + equals + 1 : word.range.start;
  return [name, { text: word.text.slice(equals + 1), range: { start, end: word.range.end }, known: word.known }];
}

function placedNumber(word: ShellWord): PlacedNumber | undefined {
  return word.known && /^\d+$/.test(word.text) ? { value: Number(word.text), range: word.range } : undefined;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
