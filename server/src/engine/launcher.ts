import { runsOnOneNode, type StartingCommand } from '../frameworks/index.ts';
import { formatOf, type Launch, type PlacedNumber, parseText, withLoader } from '../text/index.ts';
import type { WorkspaceFiles } from './linked-files.ts';
import { baseName, folderOf, joinPath } from './paths.ts';

/** A number of a launcher script and where it stands, in words: "run.sh, line 7". */
export interface LauncherNumber {
  readonly value: number;
  readonly setting: string;
}

/** How large a run its launcher makes it. */
export interface LauncherFacts {
  readonly world?: LauncherNumber;
  readonly nodes?: LauncherNumber;
  readonly gpusPerNode?: LauncherNumber;
}

/** Scripts looked into in one folder, and their length in UTF-16 units: launchers are few and short. */
const MAX_SCRIPTS = 20;
const MAX_SCRIPT_LENGTH = 100_000;

const SCRIPT_NAME = /\.(?:sh|bash|slurm|sbatch)$/i;

/** Whether a script lies where the launcher of a config is looked for. */
export function mayLaunch(script: string, config: string): boolean {
  if (!SCRIPT_NAME.test(script)) return false;
  const [beside, folder] = [folderOf(script), folderOf(config)];
  return beside === folder || beside === folderOf(folder);
}

/** The commands of the scripts beside a config, or one folder up, that start it; none where the host cannot list folders. */
export function commandsStarting(file: string, files: WorkspaceFiles): readonly StartingCommand[] {
  if (formatOf(file) === 'shell') return [];
  const path = decoded(file);
  return files
    .foldersUp()
    .slice(0, 2)
    .flatMap((folder) => scriptsIn(folder, files))
    .flatMap((script) => commandsIn(script, path, files));
}

/** What the commands say of the size of the run; undefined where none says anything, and where several disagree. */
export function launcherOf(commands: readonly StartingCommand[]): LauncherFacts | undefined {
  const found = commands.map(factsOf).filter((facts) => Object.keys(facts).length > 0);
  const [first] = found;
  return first !== undefined && found.every((other) => sizeText(other) === sizeText(first)) ? first : undefined;
}

/** The command whose launcher decides how the run is spread; undefined where commands disagree in its options. */
export function commandOf(commands: readonly StartingCommand[]): StartingCommand | undefined {
  const [first] = commands;
  return first !== undefined && commands.every((other) => optionsText(other) === optionsText(first))
    ? first
    : undefined;
}

/** A launcher and its own options as written; what stands for sizes is judged apart. */
function optionsText({ launch, tree }: StartingCommand): string {
  const options = launch.options?.entries ?? [];
  const written = options.map(({ key, value }) => `${key}=${tree.text.slice(value.range.start, value.range.end)}`);
  return [launch.program, ...written.filter((option) => !/^(?:num_|nproc|nnodes|main_process_port)/.test(option))].join(
    ' ',
  );
}

function scriptsIn(folder: string, files: WorkspaceFiles): readonly string[] {
  return files
    .list(folder)
    .filter((name) => SCRIPT_NAME.test(name))
    .sort()
    .slice(0, MAX_SCRIPTS)
    .flatMap((name) => joinPath(folder, name) ?? []);
}

function commandsIn(script: string, path: string, files: WorkspaceFiles): readonly StartingCommand[] {
  const text = files.text(script);
  if (text === undefined || text.length > MAX_SCRIPT_LENGTH || !text.includes(baseName(path))) return [];
  const tree = withLoader(parseText(script, text, 'shell'), 'shell');
  return (tree.launches ?? [])
    .filter((launch) => starts(launch, path, decoded(folderOf(script))))
    .map((launch) => ({ launch, tree }));
}

/** Whether a command runs the file or hands it to what it runs. */
function starts(launch: Launch, path: string, folder: string): boolean {
  const named = [...launch.configs.map((config) => config.path), launch.started ?? ''];
  return named.some((name) => isNamed(name, path, folder));
}

/** The script may be run from a folder of its own or from any above, so the end of the path has to do. */
function isNamed(name: string, path: string, folder: string): boolean {
  if (baseName(name) !== baseName(path)) return false;
  if (joinPath(folder, name) === path) return true;
  const steps = name.split('/').filter((step) => step !== '' && step !== '.' && step !== '..');
  // An absolute path is another machine's more often than not: its last two steps have to do.
  const tail = name.startsWith('/') ? steps.slice(-2) : steps;
  return path.endsWith(`/${tail.join('/')}`);
}

function factsOf({ launch, tree }: StartingCommand): LauncherFacts {
  const number = (placed: PlacedNumber | undefined): LauncherNumber | undefined =>
    placed === undefined || placed.value <= 0
      ? undefined
      : { value: placed.value, setting: `${baseName(tree.file)}, line ${lineAt(tree.text, placed.range.start)}` };
  const world = number(launch.processes);
  const gpusPerNode = number(launch.gpusPerNode);
  const nodes = number(launch.nodes) ?? oneNode(launch, gpusPerNode);
  return {
    ...(world === undefined ? {} : { world }),
    ...(nodes === undefined ? {} : { nodes }),
    ...(gpusPerNode === undefined ? {} : { gpusPerNode }),
  };
}

function oneNode(launch: Launch, gpusPerNode: LauncherNumber | undefined): LauncherNumber | undefined {
  const why = runsOnOneNode(launch);
  return why === undefined || gpusPerNode === undefined
    ? undefined
    : { value: 1, setting: `${gpusPerNode.setting}${why.unless}` };
}

function sizeText({ world, nodes, gpusPerNode }: LauncherFacts): string {
  return `${world?.value}/${nodes?.value}/${gpusPerNode?.value}`;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function decoded(file: string): string {
  return `${decodePath(folderOf(file))}/${baseName(file)}`;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
