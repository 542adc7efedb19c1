/**
 * npm run generic -- [DIR] [--misses] [--write PAGE]
 *
 * How well a framework that nobody listed is guessed: each adapter is switched off in turn, the files that it reads are
 * read by whoever takes them then, and the guess is compared with what the adapter says. DIR is the corpus (default:
 * ../shared/corpus, or $BATCHWISE_CORPUS); only files with training settings in its index count. --write puts the
 * figures into a page.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { diskFiles, slashed } from '../server/src/cli/disk.ts';
import { type Analysis, analyze, type FieldName } from '../server/src/engine/index.ts';
import { findOptimizer } from '../server/src/facts/index.ts';
import { ADAPTERS, recognise } from '../server/src/frameworks/index.ts';
import type { Sourced } from '../server/src/plan/index.ts';
import { formatOf, parseText } from '../server/src/text/index.ts';

const args = process.argv.slice(2);
const page = args.includes('--write') ? args[args.indexOf('--write') + 1] : undefined;
const directory = resolve(
  args.find((arg) => !arg.startsWith('--') && arg !== page) ?? process.env['BATCHWISE_CORPUS'] ?? '../shared/corpus',
);

/** What is compared, and the plan fields of which any one may agree. */
const QUANTITIES: Readonly<Record<string, readonly FieldName[]>> = {
  batch: ['batch.micro', 'batch.global'],
  lr: ['optimizer.peakLearningRate', 'reference.baseLearningRate'],
  optimizer: ['optimizer.name'],
  run: ['schedule.totalSteps', 'schedule.epochs'],
  sequence: ['data.sequenceLength'],
  accumulation: ['batch.gradientAccumulation'],
  model: ['model.name', 'model.hiddenSize', 'model.layers'],
  precision: ['precision.compute'],
};

interface Tally {
  stated: number;
  right: number;
  wrong: number;
}

interface Group {
  files: number;
  guessed: number;
  readonly elsewhere: Set<string>;
  readonly tallies: Record<string, Tally>;
}

main();

function main(): void {
  if (!existsSync(join(directory, 'index.tsv'))) {
    console.log(`No corpus with an index at ${relative('.', directory)}: nothing to compare. Give a folder.`);
    return;
  }
  const groups = new Map<string, Group>();
  const provider = diskFiles(directory);
  for (const path of trainFiles()) compare(path, provider, groups);
  print(groups);
  if (page !== undefined) writeFileSync(page, guessPage(groups));
}

function trainFiles(): readonly string[] {
  const [header = '', ...lines] = readFileSync(join(directory, 'index.tsv'), 'utf8').trimEnd().split('\n');
  const [kind, file] = ['kind', 'file'].map((name) => header.split('\t').indexOf(name));
  return lines
    .map((line) => line.split('\t'))
    .flatMap((cells) => (cells[kind ?? 0] === 'train' ? [cells[file ?? 0] ?? ''] : []));
}

function compare(path: string, files: ReturnType<typeof diskFiles>, groups: Map<string, Group>): void {
  const file = slashed(join(directory, path));
  const text = readFileSync(file, 'utf8');
  const format = formatOf(file);
  const real = analyze({ file, text, files, settings: {} });
  const id = real.framework?.id;
  if (format === undefined || id === undefined || id === 'generic') return;
  const group = groups.get(id) ?? newGroup();
  groups.set(id, group);
  group.files += 1;
  const taken = recognise(
    file,
    parseText(file, text, format),
    ADAPTERS.filter((adapter) => adapter.id !== id),
  )?.adapter.id;
  if (taken !== undefined && taken !== 'generic') group.elsewhere.add(taken);
  if (taken === 'generic') group.guessed += 1;
  const guess = analyze({ file, text, files, settings: { framework: 'generic' } });
  // What another adapter takes for its own is no guess.
  if (taken !== 'generic') return;
  for (const [quantity, fields] of Object.entries(QUANTITIES)) {
    const outcome = outcomeOf(real, guess, fields);
    const tally = group.tallies[quantity];
    if (tally === undefined || outcome === 'unstated') continue;
    tally.stated += 1;
    if (outcome !== 'absent') tally[outcome] += 1;
    if ((outcome === 'wrong' || outcome === 'absent') && args.includes('--misses'))
      console.log(`${outcome}\t${path}\t${quantity}\t${shown(real, fields)}\t${shown(guess, fields)}`);
  }
}

function newGroup(): Group {
  const tallies = Object.keys(QUANTITIES).map((name) => [name, { stated: 0, right: 0, wrong: 0 }] as const);
  return { files: 0, guessed: 0, elsewhere: new Set(), tallies: Object.fromEntries(tallies) };
}

function outcomeOf(
  real: Analysis,
  guess: Analysis,
  fields: readonly FieldName[],
): 'unstated' | 'absent' | 'right' | 'wrong' {
  const values = real.plans[0]?.plan.values ?? {};
  // Defaults and values worked out of others are not in the text, so no guess could find them.
  const stated = fields.filter((field) => values[field]?.origin === 'explicit');
  if (stated.length === 0) return 'unstated';
  const guesses = guess.plans[0]?.plan.values ?? {};
  const given = fields.filter((field) => guesses[field] !== undefined);
  if (given.length === 0) return 'absent';
  // Which of two rates a framework's key is, its name does not tell; that it is one, and how high, it does.
  if (fields.includes('reference.baseLearningRate'))
    return given.every((field) => stated.some((own) => agree(values[own], guesses[field]))) ? 'right' : 'wrong';
  return given.every((field) => values[field] === undefined || agree(values[field], guesses[field])) &&
    given.some((field) => values[field] !== undefined)
    ? 'right'
    : 'wrong';
}

/** The same value, or one that both read in the same place: names are translated by who knows them. */
function agree(one: Sourced<unknown> | undefined, other: Sourced<unknown> | undefined): boolean {
  if (same(one?.value, other?.value)) return true;
  return one?.origin === 'explicit' && other?.origin === 'explicit' && typeof one.value === 'string'
    ? one.at.start === other.at.start && one.at.file === other.at.file
    : false;
}

function same(one: unknown, other: unknown): boolean {
  if (typeof one === 'string' && typeof other === 'string') return tidied(one) === tidied(other);
  return one === other;
}

/** Names of one kind of optimizer are the same here: which implementation runs is the framework's choice. */
function tidied(name: string): string {
  return findOptimizer(name)?.kind ?? name.toLowerCase();
}

function shown(analysis: Analysis, fields: readonly FieldName[]): string {
  const values = analysis.plans[0]?.plan.values ?? {};
  return fields.map((field) => `${field.split('.')[1]}=${String(values[field]?.value ?? '-')}`).join(' ');
}

function print(groups: ReadonlyMap<string, Group>): void {
  const names = Object.keys(QUANTITIES);
  console.log(
    `${'switched off'.padEnd(24)}${'files'.padStart(6)}${'guessed'.padStart(8)}  ${names.map((name) => `${name} r/w/of`.padStart(20)).join('')}`,
  );
  for (const [id, group] of sorted(groups)) line(id, group);
  line('all', totalOf(groups));
}

function line(id: string, { files, guessed, elsewhere, tallies }: Group): void {
  const cells = Object.values(tallies).map(({ right, wrong, stated }) => `${right}/${wrong}/${stated}`.padStart(20));
  console.log(
    `${id.padEnd(24)}${String(files).padStart(6)}${String(guessed).padStart(8)}  ${cells.join('')}  ${[...elsewhere].join(' ')}`,
  );
}

function sorted(groups: ReadonlyMap<string, Group>): readonly (readonly [string, Group])[] {
  return [...groups].sort(([one], [other]) => one.localeCompare(other));
}

function totalOf(groups: ReadonlyMap<string, Group>): Group {
  const total = newGroup();
  for (const group of groups.values()) {
    total.files += group.files;
    total.guessed += group.guessed;
    for (const name of Object.keys(QUANTITIES)) {
      const [sum, own] = [total.tallies[name], group.tallies[name]];
      if (sum === undefined || own === undefined) continue;
      sum.stated += own.stated;
      sum.right += own.right;
      sum.wrong += own.wrong;
    }
  }
  return total;
}

/** docs/guess-shares.md: how well frameworks that nobody listed are guessed. */
function guessPage(groups: ReadonlyMap<string, Group>): string {
  const total = totalOf(groups);
  const share = (count: number, of: number): string => (of === 0 ? '' : `${((100 * count) / of).toFixed(1)} %`);
  const byQuantity = Object.entries(total.tallies).map(([name, { stated, right, wrong }]) => [
    name,
    ...[stated, right, wrong, stated - right - wrong].map(String),
    share(right, stated),
  ]);
  const byFramework = sorted(groups)
    .filter(([, group]) => group.guessed > 0)
    .map(([id, { guessed, tallies }]) => [
      id,
      String(guessed),
      ...Object.values(tallies).map(({ right, wrong, stated }) => (stated === 0 ? '' : `${right}/${wrong}/${stated}`)),
    ]);
  return [
    '# How frameworks that nobody listed are guessed',
    'Written by `npm run generic -- --write docs/guess-shares.md`; nothing here is typed by hand.',
    `Each adapter was switched off in turn and its ${total.files.toLocaleString('en')} published training configs read without it; ${total.guessed.toLocaleString('en')} were then guessed by common names, the others taken by a related framework. *Stated* is what the adapter reads in the text itself, *right* a guess with the same value, or the same words in the same place. What nobody guesses stays unknown.`,
    table(['quantity', 'stated', 'right', 'wrong', 'unknown', 'share right'], byQuantity),
    '## By framework\n\nRight, wrong and stated.',
    table(['switched off', 'files', ...Object.keys(QUANTITIES)], byFramework),
    '',
  ].join('\n\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}
