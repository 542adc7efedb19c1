/**
 * npm run review:sample -- [DIR] [--seed N] [--count N] [--worlds GPU:N,GPU:N] [--all]
 *
 * Draws findings at warning or above at random from the published configs under DIR (default: ../shared/corpus, or
 * $BATCHWISE_CORPUS), to be judged by hand: docs/finding-review.md holds what came of it. Files that do not state their
 * hardware get that of each world in turn, so that findings on memory are among them; a number of GPUs that a file's parallel degrees
 * do not divide is doubled until they do, as whoever starts the run would. The before and after of fixes are left out.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { globSync } from 'tinyglobby';
import { diskFiles, slashed } from '../server/src/cli/disk.ts';
import { LineIndex } from '../server/src/cli/line-index.ts';
import { type Analysis, analyze } from '../server/src/engine/index.ts';

const args = process.argv.slice(2);
const option = (name: string): string | undefined => {
  const index = args.indexOf(`--${name}`);
  return index < 0 ? undefined : args[index + 1];
};
const directory = resolve(
  args[0] === undefined || args[0].startsWith('--') ? (process.env['BATCHWISE_CORPUS'] ?? '../shared/corpus') : args[0],
);

/** Hardware for files that state none: a kind of GPU and the fewest of them. */
const worlds = (option('worlds') ?? 'h100-80gb:8,a100-40gb:1').split(',').map((world) => {
  const [gpu = '', gpus = '1'] = world.split(':');
  return { gpu, gpus: Number(gpus) };
});

/** More GPUs than any published run here had. */
const MOST_GPUS = 4096;

if (!existsSync(directory)) console.log(`No corpus at ${directory}: nothing to draw from.`);
else draw();

function draw(): void {
  const lines = findings();
  const wanted = args.includes('--all') ? lines.length : Number(option('count') ?? 200);
  const drawn = shuffled(lines, Number(option('seed') ?? 1)).slice(0, wanted);
  console.log(`${drawn.length} of ${lines.length} findings at warning or above`);
  for (const line of drawn.sort()) console.log(line);
}

/** One line a finding; what several worlds have in common is told of the first. */
function findings(): readonly string[] {
  const files = diskFiles(directory);
  const paths = globSync('**/*.{yaml,yml,json,toml,sh,py}', { cwd: directory, ignore: ['LICENSES/**', 'fixes/**'] }).sort();
  return paths.flatMap((path) => {
    const file = slashed(join(directory, path));
    const text = readFileSync(file, 'utf8');
    const index = new LineIndex(text);
    const lines = new Map<string, string>();
    for (const { gpu, gpus: least } of worlds) {
      const { analysis, gpus } = onEnoughGpus(least, (number) =>
        analyze({ file, text, files, settings: { gpu, gpus: number } }),
      );
      for (const { severity, rule, at, message } of analysis.findings) {
        if (severity !== 'error' && severity !== 'warning') continue;
        const key = `${rule} ${at.start}`;
        const { line } = index.at(at.start);
        if (!lines.has(key))
          lines.set(key, [path, `${gpu} × ${gpus}`, severity, rule, String(line), message].join('\t'));
      }
    }
    return [...lines.values()];
  });
}

/** The analysis on the fewest GPUs from the given number up, in powers of two, into which the plan divides. */
function onEnoughGpus(
  least: number,
  run: (gpus: number) => Analysis,
): { readonly analysis: Analysis; readonly gpus: number } {
  for (let gpus = least; gpus <= MOST_GPUS; gpus *= 2) {
    const analysis = run(gpus);
    if (!analysis.findings.some(({ rule }) => rule === 'world-size-indivisible')) return { analysis, gpus };
  }
  return { analysis: run(least), gpus: least };
}

/** Fisher and Yates with mulberry32, so that a seed draws the same everywhere. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const deck = [...items];
  let state = seed >>> 0;
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let last = deck.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [one, two] = [deck[last], deck[other]];
    if (one === undefined || two === undefined) continue;
    deck[last] = two;
    deck[other] = one;
  }
  return deck;
}
