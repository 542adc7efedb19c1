/**
 * node esbuild.mjs run bench/edits.ts -- [DIR] [--all] [--only=FRAMEWORK] [--examples=N]
 *
 * Sets every field that has a place to other values, in every config under DIR (default: ../shared/corpus, or
 * $BATCHWISE_CORPUS), and prints how many of these edits were refused, correct and wrong. A key is tried in a few files
 * of its framework; with --all in every file.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { globSync } from 'tinyglobby';
import { diskFiles, slashed } from '../server/src/cli/disk.ts';
import { type Trial, tryEdits } from './edit-law.ts';

const args = process.argv.slice(2);
const directory = resolve(
  args.find((arg) => !arg.startsWith('--')) ?? process.env['BATCHWISE_CORPUS'] ?? '../shared/corpus',
);
const only = optionOf('only');
const examples = Number(optionOf('examples') ?? 2);

/** Files of one framework in which the same key is tried with the same value: more show hardly anything new. */
const TRIES_PER_KEY = args.includes('--all') ? Number.POSITIVE_INFINITY : 4;

interface Wrong extends Trial {
  readonly path: string;
}

interface Count {
  tried: number;
  refused: number;
  correct: number;
  readonly wrong: Wrong[];
  readonly refusals: Wrong[];
}

main();

function main(): void {
  if (!existsSync(directory)) {
    console.log(`No corpus at ${relative('.', directory)}: nothing to edit. Give a folder, or set BATCHWISE_CORPUS.`);
    return;
  }
  const counts = new Map<string, Count>();
  const files = diskFiles(directory);
  const paths = globSync('**/*.{yaml,yml,json,toml,sh,py}', { cwd: directory, ignore: ['LICENSES/**'] }).sort();
  const tries = new Map<string, number>();
  for (const path of paths) {
    if (only !== undefined && !path.startsWith(only)) continue;
    const file = slashed(join(directory, path));
    const folder = path.split('/')[0] ?? '';
    const { analysis, trials } = tryEdits(file, readFileSync(file, 'utf8'), files, ({ field, key, to }) => {
      const name = [folder, field, key.replaceAll(/\d+/g, '#'), typeof to === 'number' ? '#' : to].join(' ');
      const earlier = tries.get(name) ?? 0;
      tries.set(name, earlier + 1);
      return earlier < 2 * TRIES_PER_KEY;
    });
    const framework = analysis.framework?.id;
    if (framework === undefined) continue;
    const count = counts.get(framework) ?? { tried: 0, refused: 0, correct: 0, wrong: [], refusals: [] };
    counts.set(framework, count);
    for (const trial of trials) addTrial(count, { ...trial, path });
  }
  print(counts);
}

function addTrial(count: Count, trial: Wrong): void {
  count.tried += 1;
  if (trial.outcome === 'refused') {
    count.refused += 1;
    count.refusals.push(trial);
  } else if (trial.outcome === 'correct') count.correct += 1;
  else count.wrong.push(trial);
}

function print(counts: ReadonlyMap<string, Count>): void {
  const rows = [...counts].sort(([one], [other]) => one.localeCompare(other));
  console.log(`${'framework'.padEnd(26)}   tried refused correct   wrong`);
  for (const [name, count] of rows) line(name, cellsOf(count));
  const columns = rows.map(([, count]) => cellsOf(count));
  line(
    'all',
    [0, 1, 2, 3].map((column) => columns.reduce((sum, cells) => sum + (cells[column] ?? 0), 0)),
  );
  for (const [name, { wrong, refusals }] of rows) {
    if (args.includes('--refused')) {
      for (const [kind, trials] of byKind(refusals)) {
        const values = [...new Set(trials.map(({ to }) => (typeof to === 'number' ? '#' : JSON.stringify(to))))].join(
          ' ',
        );
        console.log(`R\t${name}\t${trials[0]?.detail}\t${kind}\t${trials.length}\t${values}\t${trials[0]?.path}`);
      }
    }
    for (const [kind, trials] of byKind(wrong)) {
      console.log(`\n${name}\t${kind}\t${trials.length}`);
      for (const trial of trials.slice(0, examples))
        console.log(`   ${trial.path}: ${trial.key} to ${JSON.stringify(trial.to)}: ${trial.detail.slice(0, 300)}`);
    }
  }
}

function byKind(wrong: readonly Wrong[]): ReadonlyMap<string, readonly Wrong[]> {
  const kinds = new Map<string, Wrong[]>();
  for (const trial of wrong) {
    const kind = `${trial.outcome === 'refused' ? trial.detail : trial.outcome}\t${trial.field}\t${lastStep(trial.key)}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), trial]);
  }
  return kinds;
}

function cellsOf({ tried, refused, correct, wrong }: Count): readonly number[] {
  return [tried, refused, correct, wrong.length];
}

function line(name: string, cells: readonly number[]): void {
  console.log(name.padEnd(26) + cells.map((cell) => String(cell).padStart(8)).join(''));
}

function lastStep(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1);
}

function optionOf(name: string): string | undefined {
  return args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
}
