import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';
import { diskFiles, slashed } from '../../server/src/cli/disk.ts';
import { LineIndex } from '../../server/src/cli/line-index.ts';
import { type Analysis, analyze } from '../../server/src/engine/index.ts';

/** A finding at warning or above on a published config. */
export interface DrawnFinding {
  /** Below the folder of the corpus. */
  readonly path: string;
  /** What was assumed where the file states no hardware, such as "h100-80gb × 8". */
  readonly hardware: string;
  readonly severity: 'error' | 'warning';
  readonly rule: string;
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

/** Hardware for files that state none: a kind of GPU and the fewest of them. */
export interface World {
  readonly gpu: string;
  readonly gpus: number;
}

/** More GPUs than any published run here had. */
const MOST_GPUS = 4096;

/**
 * Every finding at warning or above under a folder, by path. What several worlds have in common is told of the first.
 * A number of GPUs that a file's parallel degrees do not divide is doubled until they do, as whoever starts the run would.
 */
export function allFindings(directory: string, worlds: readonly World[]): readonly DrawnFinding[] {
  const files = diskFiles(directory);
  const paths = globSync('**/*.{yaml,yml,json,toml,sh,py}', {
    cwd: directory,
    ignore: ['LICENSES/**', 'fixes/**'],
  }).sort();
  return paths.flatMap((path) => {
    const file = slashed(join(directory, path));
    const text = readFileSync(file, 'utf8');
    const index = new LineIndex(text);
    const drawn = new Map<string, DrawnFinding>();
    for (const { gpu, gpus: least } of worlds) {
      const { analysis, gpus } = onEnoughGpus(least, (number) =>
        analyze({ file, text, files, settings: { gpu, gpus: number } }),
      );
      for (const { severity, rule, at, message } of analysis.findings) {
        if (severity !== 'error' && severity !== 'warning') continue;
        const key = `${rule} ${at.start}`;
        const { line } = index.at(at.start);
        if (!drawn.has(key)) drawn.set(key, { path, hardware: `${gpu} × ${gpus}`, severity, rule, line, message });
      }
    }
    return [...drawn.values()];
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
