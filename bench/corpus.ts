/**
 * npm run corpus -- [DIR] [--json] [--update] [--findings] [--unread] [--write PAGE]
 *
 * Analyses every config under DIR (default: ../shared/corpus, or $BATCHWISE_CORPUS) and prints what was recognised, which
 * fields were filled, what share of what the texts state was read, findings by rule, crashes and the slowest files, and
 * what changed since the stored snapshot. --unread names each file that states a quantity its plan does not have;
 * --write puts these shares into a page.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { globSync } from 'tinyglobby';
import { diskFiles, slashed } from '../server/src/cli/disk.ts';
import { LineIndex } from '../server/src/cli/line-index.ts';
import { type Analysis, analyze, type FieldName } from '../server/src/engine/index.ts';
import { type FilledFile, sharePage } from './fill/fill-page.ts';
import { type Fill, fillsOf, percent, sharesOf } from './fill/fill-shares.ts';

const args = process.argv.slice(2);
const flags = new Set(args.filter((arg) => arg.startsWith('--')));
const page = flags.has('--write') ? args[args.indexOf('--write') + 1] : undefined;
const directory = resolve(
  args.find((arg) => !arg.startsWith('--') && arg !== page) ?? process.env['BATCHWISE_CORPUS'] ?? '../shared/corpus',
);
const SNAPSHOT = 'test/corpus-snapshot.json';

/** The fields a training config is expected to state, in any form. */
const FIELDS: readonly FieldName[] = [
  'batch.micro',
  'batch.global',
  'optimizer.peakLearningRate',
  'optimizer.name',
  'data.sequenceLength',
  'schedule.totalSteps',
  'schedule.epochs',
  'model.name',
  'model.parameterCount',
  'parallel.world',
];

interface IndexRow {
  readonly framework: string;
  readonly kind: string;
}

interface FileResult {
  readonly path: string;
  readonly expected: IndexRow | undefined;
  readonly framework: string | null;
  readonly fields: Readonly<Record<string, boolean>>;
  readonly fills: readonly Fill[];
  readonly findings: readonly string[];
  readonly milliseconds: number;
  readonly crash: string | undefined;
  readonly memory: string;
}

main();

function main(): void {
  if (!existsSync(directory)) {
    console.log(
      `No corpus at ${relative('.', directory)}: nothing to analyse. Give a folder, or set BATCHWISE_CORPUS.`,
    );
    return;
  }
  const index = readIndex();
  const provider = diskFiles(directory);
  const paths = globSync('**/*.{yaml,yml,json,toml}', { cwd: directory })
    .filter((path) => !path.startsWith('LICENSES/'))
    .sort();
  const results = paths.map((path) => measure(path, index.get(path), provider));
  if (flags.has('--json')) console.log(JSON.stringify({ summary: summarise(results), files: results }, null, 1));
  else print(results);
  if (page !== undefined) writeFileSync(page, sharePage(training(results)));
  compareWithSnapshot(results);
}

function readIndex(): ReadonlyMap<string, IndexRow> {
  const file = join(directory, 'index.tsv');
  if (!existsSync(file)) return new Map();
  const [header = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  const columns = header.split('\t');
  return new Map(
    lines.map((line) => {
      const cells = line.split('\t');
      const cell = (name: string): string => cells[columns.indexOf(name)] ?? '';
      return [cell('file'), { framework: cell('framework'), kind: cell('kind') }];
    }),
  );
}

function measure(path: string, expected: IndexRow | undefined, files: ReturnType<typeof diskFiles>): FileResult {
  const file = slashed(join(directory, path));
  const text = readFileSync(file, 'utf8');
  const started = performance.now();
  let analysis: Analysis | undefined;
  let crash: string | undefined;
  try {
    analysis = analyze({ file, text, files, settings: {} });
  } catch (error) {
    crash = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const milliseconds = performance.now() - started;
  const plans = analysis?.plans ?? [];
  const fields = Object.fromEntries(
    FIELDS.map((field) => [field, plans.some(({ plan }) => plan.values[field] !== undefined)]),
  );
  const lines = new LineIndex(text);
  const findings = (analysis?.findings ?? []).map(
    (finding) => `${finding.severity}\t${finding.rule}\t${lines.at(finding.at.start).line}\t${finding.message}`,
  );
  const memory =
    plans.map((plan) => {
      const outcome = plan.memory();
      return outcome.known ? 'known' : (outcome.reason ?? outcome.missing.join(','));
    })[0] ?? 'none';
  const fills = fillsOf(path, text, analysis);
  const framework = analysis?.framework?.id ?? null;
  return { path, expected, framework, fields, fills, findings, milliseconds, crash, memory };
}

function summarise(results: readonly FileResult[]) {
  const times = results.map((result) => result.milliseconds).sort((one, other) => one - other);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  const rules: Record<string, number> = {};
  for (const finding of results.flatMap((result) => result.findings)) {
    const [severity, rule] = finding.split('\t');
    rules[`${rule} (${severity})`] = (rules[`${rule} (${severity})`] ?? 0) + 1;
  }
  return {
    files: results.length,
    recognised: results.filter((result) => result.framework !== null).length,
    crashes: results.filter((result) => result.crash !== undefined).map((result) => result.path),
    milliseconds: { median: at(0.5), p95: at(0.95), max: at(1) },
    read: sharesOf(training(results).map(({ fills }) => fills)).map(({ quantity, ...counts }) => ({
      quantity: quantity.id,
      ...counts,
    })),
    frameworks: byFramework(results),
    rules: Object.fromEntries(Object.entries(rules).sort(([, one], [, other]) => other - one)),
  };
}

/** The configs that train; what says only how to spread is not asked for a learning rate. */
function training(results: readonly FileResult[]): readonly FilledFile[] {
  return results.flatMap(({ path, expected, fills }) =>
    expected?.kind === 'train' ? [{ framework: expected.framework, path, fills }] : [],
  );
}

function byFramework(results: readonly FileResult[]) {
  const groups = new Map<string, FileResult[]>();
  for (const result of results) {
    const name = result.expected === undefined ? (result.path.split('/')[0] ?? '') : result.expected.framework;
    groups.set(name, [...(groups.get(name) ?? []), result]);
  }
  return [...groups].map(([name, group]) => {
    const train = group.filter((result) => (result.expected?.kind ?? 'train') === 'train');
    const filled = Object.fromEntries(
      FIELDS.map((field) => [field, train.filter((result) => result.fields[field]).length]),
    );
    return {
      name,
      files: group.length,
      recognised: group.filter((result) => result.framework !== null).length,
      as: [...new Set(group.map((result) => result.framework ?? 'none'))].sort(),
      train: train.length,
      filled,
      memory: train.filter((result) => result.memory === 'known').length,
    };
  });
}

function print(results: readonly FileResult[]): void {
  const summary = summarise(results);
  console.log(
    `${summary.files} files, ${summary.recognised} recognised, ${summary.crashes.length} crashes; ${summary.milliseconds.median.toFixed(1)} ms median, ${summary.milliseconds.p95.toFixed(1)} p95, ${summary.milliseconds.max.toFixed(0)} max`,
  );
  for (const path of summary.crashes)
    console.log(`CRASH ${path}\n${results.find((result) => result.path === path)?.crash}`);
  console.log(
    `\n${'framework'.padEnd(26)}${'files'.padStart(6)}${'known'.padStart(6)}${'train'.padStart(6)}  ${FIELDS.map((field) => field.split('.')[1]?.slice(0, 9).padStart(10)).join('')}    memory`,
  );
  for (const row of summary.frameworks) {
    const cells = FIELDS.map((field) => String(row.filled[field]).padStart(10)).join('');
    console.log(
      `${row.name.padEnd(26)}${String(row.files).padStart(6)}${String(row.recognised).padStart(6)}${String(row.train).padStart(6)}  ${cells}${String(row.memory).padStart(10)}  ${row.as.filter((id) => id !== row.name).join(' ')}`,
    );
  }
  console.log('\nof the training configs that state it, the share whose plan has it from there');
  for (const { quantity, stated, filled } of sharesOf(training(results).map(({ fills }) => fills)))
    console.log(
      `${percent(filled, stated).padStart(6)} %  ${quantity.title} (${filled} of ${stated}${quantity.target === undefined ? '' : `, aim ${quantity.target} %`})`,
    );
  if (flags.has('--unread')) printUnread(results);
  console.log('\nfindings by rule');
  for (const [rule, count] of Object.entries(summary.rules)) console.log(`${String(count).padStart(6)}  ${rule}`);
  console.log('\nslowest');
  for (const result of [...results].sort((one, other) => other.milliseconds - one.milliseconds).slice(0, 5))
    console.log(`${result.milliseconds.toFixed(0).padStart(6)} ms  ${result.path}`);
  if (flags.has('--findings'))
    for (const result of results) for (const finding of result.findings) console.log(`${result.path}\t${finding}`);
}

function printUnread(results: readonly FileResult[]): void {
  for (const { path, fills } of training(results))
    for (const { quantity, keys, filled } of fills)
      if (!filled) console.log(`${quantity}\t${path}\t${[...new Set(keys)].slice(0, 6).join(' ')}`);
}

/** Findings per file as stored, so that a change shows what was added and what is gone. */
interface Snapshot {
  /** Files analysed, those without a finding included. */
  readonly files: number;
  readonly findings: Readonly<Record<string, readonly string[]>>;
}

function compareWithSnapshot(results: readonly FileResult[]): void {
  const now: Snapshot['findings'] = Object.fromEntries(
    results
      .filter((result) => result.findings.length > 0)
      .map((result) => [result.path, result.findings.map((finding) => finding.split('\t').slice(0, 3).join(' '))]),
  );
  if (flags.has('--update')) {
    mkdirSync('test', { recursive: true });
    const snapshot: Snapshot = { files: results.length, findings: now };
    writeFileSync(SNAPSHOT, `${JSON.stringify(snapshot, null, 1)}\n`);
    return;
  }
  if (flags.has('--json') || !existsSync(SNAPSHOT)) return;
  const { findings: before }: Snapshot = JSON.parse(readFileSync(SNAPSHOT, 'utf8'));
  const inRun = new Set(results.map((result) => result.path));
  const added = Object.entries(now).flatMap(([path, own]) =>
    own.filter((finding) => !(before[path] ?? []).includes(finding)).map((finding) => `+ ${path}: ${finding}`),
  );
  const gone = Object.entries(before)
    .filter(([path]) => inRun.has(path))
    .flatMap(([path, own]) =>
      own.filter((finding) => !(now[path] ?? []).includes(finding)).map((finding) => `- ${path}: ${finding}`),
    );
  console.log(`\nagainst the stored snapshot: ${added.length} added, ${gone.length} gone`);
  for (const line of [...added, ...gone].slice(0, 60)) console.log(line);
}
