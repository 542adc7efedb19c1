/**
 * npm run review -- [DIR] [--seed N] [--count N] [--worlds GPU:N,GPU:N] [--all] [--write PAGE]
 *
 * Draws findings at warning or above at random from the published configs under DIR (default: ../shared/corpus, or
 * $BATCHWISE_CORPUS) and prints each with the verdict of the reader who opened its file, from
 * bench/data/finding-verdicts.tsv. Files that do not state their hardware get that of each world in turn, so that findings
 * on memory are among them. The before and after of fixes are left out. --all draws every finding, --write writes the page
 * of all verdicts. Exits with 1 where a finding has no verdict.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { allFindings } from './review/drawn-finding.ts';
import { reviewPage } from './review/review-page.ts';
import { shuffled } from './review/shuffled.ts';
import { type Judged, VERDICTS, withVerdicts } from './review/verdict.ts';

const args = process.argv.slice(2);
const option = (name: string): string | undefined => {
  const index = args.indexOf(`--${name}`);
  return index < 0 ? undefined : args[index + 1];
};
const directory = resolve(
  args[0] === undefined || args[0].startsWith('--') ? (process.env['BATCHWISE_CORPUS'] ?? '../shared/corpus') : args[0],
);
const worlds = (option('worlds') ?? 'h100-80gb:8,a100-40gb:1').split(',').map((world) => {
  const [gpu = '', gpus = '1'] = world.split(':');
  return { gpu, gpus: Number(gpus) };
});

if (existsSync(directory)) review();
else console.log(`No corpus at ${directory}: nothing to draw from.`);

function review(): void {
  const all = withVerdicts(allFindings(directory, worlds));
  const count = args.includes('--all') ? all.length : Number(option('count') ?? 200);
  const drawn = shuffled(all, Number(option('seed') ?? 1)).slice(0, count);
  for (const finding of drawn.toSorted((one, other) => one.path.localeCompare(other.path) || one.line - other.line))
    console.log(lineOf(finding));
  const counts = VERDICTS.map((verdict) => `${drawn.filter((one) => one.verdict === verdict).length} ${verdict}`);
  const open = drawn.filter(({ verdict }) => verdict === undefined).length;
  console.log(
    `\n${drawn.length} of ${all.length} findings at warning or above: ${counts.join(', ')}, ${open} not judged`,
  );
  if (open > 0) process.exitCode = 1;
  const page = option('write');
  if (page !== undefined) writeFileSync(page, reviewPage(all));
}

function lineOf({ path, hardware, severity, rule, line, message, verdict, why }: Judged): string {
  return [path, hardware, severity, rule, line, message, verdict ?? 'not judged', why ?? ''].join('\t');
}
