import { readFileSync } from 'node:fs';
import { type Analysis, analyze, type LineOf } from '../engine/index.ts';
import { diskFiles, slashed } from './disk.ts';
import { LineIndex } from './line-index.ts';
import { ArgumentError, hardwareOptions } from './options.ts';

export interface OpenedConfig {
  readonly analysis: Analysis;
  readonly lineOf: LineOf;
}

/** Reads and analyses one file named on the command line. */
export function openConfig(path: string, options: Record<string, unknown>): OpenedConfig {
  const { gpu, gpus } = hardwareOptions(options);
  const file = slashed(path);
  const text = readText(path);
  const analysis = analyze({
    file,
    text,
    files: diskFiles('.'),
    settings: { gpu, gpus, gpuOrigin: '--gpu', gpusOrigin: '--gpus' },
  });
  if (analysis.framework === undefined) throw new ArgumentError(`${path} is no training config that Batchwise knows.`);
  const indexes = new Map([[file, new LineIndex(text)]]);
  const lineOf: LineOf = (at) => {
    const index = indexes.get(at.file) ?? new LineIndex(readText(at.file));
    indexes.set(at.file, index);
    return index.at(at.start).line - 1;
  };
  return { analysis, lineOf };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ArgumentError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}
