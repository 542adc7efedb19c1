import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findModel, findVisionModel, loraParameters, parametersForTask } from '../../server/src/facts/index.ts';

interface MeasuredRow {
  readonly model: string;
  readonly task?: string;
  readonly lora?: { readonly r: number; readonly target: 'all-linear' | readonly string[] } | null;
  readonly measured: { readonly params?: number; readonly trainableParams?: number };
}

const rowsOf = (file: string): MeasuredRow[] =>
  readFileSync(new URL(`../../bench/data/${file}.jsonl`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as MeasuredRow);

/** One row of each (model, task, adapter) suffices: counts do not depend on batches. */
const distinct = (rows: readonly MeasuredRow[]): MeasuredRow[] => [
  ...new Map(rows.map((row) => [JSON.stringify([row.model, row.task, row.lora]), row])).values(),
];

const tasks: Readonly<Record<string, 'classification' | 'masked-lm'>> = {
  classification: 'classification',
  mlm: 'masked-lm',
};

describe('measured parameter counts', () => {
  it.each(distinct([...rowsOf('trainer'), ...rowsOf('fsdp')]))('$model, $task, $lora', (row) => {
    const shape = findModel(row.model)?.shape;
    if (shape === undefined) throw new Error(`${row.model} is not in the catalogue`);
    const base = parametersForTask(shape, tasks[row.task ?? ''] ?? 'other');
    const adapters = row.lora ? loraParameters(shape, row.lora.r, row.lora.target) : 0;
    expect((base ?? 0) + (adapters ?? 0)).toBe(row.measured.params);
    if (row.lora) expect(adapters).toBe(row.measured.trainableParams);
  });

  it.each(distinct(rowsOf('timm')))('$model of timm', (row) => {
    const facts = findVisionModel(row.model, 224);
    expect(facts?.parametersExact).toBe(true);
    expect(facts?.parameters).toBe(row.measured.params);
  });
});
