/**
 * npm run edits -- [DIR] [--all] [--only=FOLDER] [--framework=ID] [--examples=N] [--refused] [--write PAGE]
 *
 * Sets every field that has a key to write to other values, in every config under DIR (default: ../shared/corpus, or
 * $BATCHWISE_CORPUS), and prints how many of these edits were refused, correct and wrong (then it exits with 1). A key is tried in a few files
 * of its framework; with --all in every file. --refused prints what was refused and why; --write puts the counts into
 * a page, in which the other frameworks' stay where --framework tries one alone.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { globSync } from 'tinyglobby';
import { diskFiles, slashed } from '../server/src/cli/disk.ts';
import type { FileProvider } from '../server/src/engine/index.ts';
import { type Trial, tryEdits } from './edit-law.ts';
import { type Count, countsIn, editPage, REASONS } from './edit-page.ts';

const args = process.argv.slice(2);
const page = args.includes('--write') ? args[args.indexOf('--write') + 1] : undefined;
const directory = resolve(
  args.find((arg) => !arg.startsWith('--') && arg !== page) ?? process.env['BATCHWISE_CORPUS'] ?? '../shared/corpus',
);
const only = optionOf('only');
const lone = optionOf('framework');
const examples = Number(optionOf('examples') ?? 2);

/** Files of one framework in which the same key is tried with the same value: more show hardly anything new. */
const TRIES_PER_KEY = args.includes('--all') ? Number.POSITIVE_INFINITY : 4;

interface Found extends Trial {
  readonly path: string;
}

interface Tally extends Count {
  readonly found: Found[];
}

main();

function main(): void {
  if (!existsSync(directory)) {
    console.log(`No corpus at ${relative('.', directory)}: nothing to edit. Give a folder, or set BATCHWISE_CORPUS.`);
    return;
  }
  const counts = new Map<string, Tally>();
  const files = listedOnce(diskFiles(directory));
  const paths = globSync('**/*.{yaml,yml,json,toml,sh,py}', { cwd: directory, ignore: ['LICENSES/**'] }).sort();
  const tries = new Map<string, number>();
  for (const path of paths) {
    if (only !== undefined && !path.startsWith(only)) continue;
    const file = slashed(join(directory, path));
    const folder = path.split('/')[0] ?? '';
    const { analysis, trials } = tryEdits(file, readFileSync(file, 'utf8'), files, ({ field, key, to, framework }) => {
      if (lone !== undefined && framework !== lone) return false;
      const name = [folder, field, key.replaceAll(/\d+/g, '#'), typeof to === 'number' ? '#' : to].join(' ');
      const earlier = tries.get(name) ?? 0;
      tries.set(name, earlier + 1);
      return earlier < 2 * TRIES_PER_KEY;
    });
    const framework = analysis.framework?.id;
    if (framework === undefined || (lone !== undefined && framework !== lone)) continue;
    const count = counts.get(framework) ?? { files: 0, tried: 0, correct: 0, wrong: 0, refused: {}, found: [] };
    counts.set(framework, count);
    if (trials.length > 0) count.files += 1;
    for (const trial of trials) addTrial(count, { ...trial, path });
  }
  print(counts);
  if ([...counts.values()].some(({ wrong }) => wrong > 0)) process.exitCode = 1;
  if (page !== undefined) writeFileSync(page, editPage(new Map([...others(page), ...counts])));
}

/** What the page says of the frameworks that were not tried. */
function others(path: string): ReadonlyMap<string, Count> {
  return lone !== undefined && existsSync(path) ? countsIn(readFileSync(path, 'utf8')) : new Map();
}

/** Every analysis looks for scripts beside its file, and no folder changes meanwhile. */
function listedOnce(files: FileProvider): FileProvider {
  const listed = new Map<string, readonly string[] | undefined>();
  const list = (folder: string): readonly string[] | undefined => {
    if (!listed.has(folder)) listed.set(folder, files.list?.(folder));
    return listed.get(folder);
  };
  return { ...files, list };
}

function addTrial(count: Tally, trial: Found): void {
  const { outcome, detail } = trial;
  count.tried += 1;
  if (outcome === 'correct') count.correct += 1;
  else if (outcome === 'refused') count.refused[detail] = (count.refused[detail] ?? 0) + 1;
  else count.wrong += 1;
  if (outcome !== 'correct') count.found.push(trial);
}

function print(counts: ReadonlyMap<string, Tally>): void {
  const rows = [...counts].sort(([one], [other]) => one.localeCompare(other));
  const columns = ['files', 'tried', 'correct', ...REASONS, 'wrong'];
  console.log('framework'.padEnd(26) + columns.map((column) => column.padStart(16)).join(''));
  for (const [name, count] of rows) line(name, cellsOf(count));
  const cells = rows.map(([, count]) => cellsOf(count));
  line(
    'all',
    columns.map((_, column) => cells.reduce((sum, row) => sum + (row[column] ?? 0), 0)),
  );
  for (const [name, { found }] of rows) {
    for (const [kind, trials] of byKind(found)) {
      if (trials[0]?.outcome === 'refused' && !args.includes('--refused')) continue;
      console.log(`\n${name}\t${kind}\t${trials.length}`);
      for (const trial of trials.slice(0, examples))
        console.log(`   ${trial.path}: ${trial.key} to ${JSON.stringify(trial.to)}: ${trial.detail.slice(0, 300)}`);
    }
  }
}

function byKind(found: readonly Found[]): ReadonlyMap<string, readonly Found[]> {
  const kinds = new Map<string, Found[]>();
  for (const trial of found) {
    const { outcome, detail, field, key } = trial;
    const kind = `${outcome === 'refused' ? `refused: ${detail}` : outcome}\t${field}\t${lastStep(key)}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), trial]);
  }
  return kinds;
}

function cellsOf({ files, tried, correct, refused, wrong }: Count): readonly number[] {
  return [files, tried, correct, ...REASONS.map((reason) => refused[reason] ?? 0), wrong];
}

function line(name: string, cells: readonly number[]): void {
  console.log(name.padEnd(26) + cells.map((cell) => String(cell).padStart(16)).join(''));
}

function lastStep(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1);
}

function optionOf(name: string): string | undefined {
  return args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
}
