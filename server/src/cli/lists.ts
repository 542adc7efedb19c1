import { allGpus, allModels, countText, gibText, KEY_RULES, RULES } from '../engine/index.ts';
import type { ExitStatus } from './main.ts';
import { choiceOption, withArguments } from './options.ts';

type Options = Record<string, unknown>;

/** `batchwise rules`: every rule with its severity and what it says. */
export function listRules(options: Options): Promise<ExitStatus> {
  const rules = [...RULES, ...KEY_RULES].map(({ id, severity, summary, since }) => ({ id, severity, summary, since }));
  return print(
    options,
    rules,
    ({ id, severity, summary }) =>
      `${id.padEnd(38)} ${(typeof severity === 'string' ? severity : 'by effect').padEnd(12)} ${summary}`,
  );
}

/** `batchwise models [PATTERN]`: models whose shape or count is known. */
export function listModels(pattern: string | undefined, options: Options): Promise<ExitStatus> {
  const models = allModels()
    .filter((model) => matches(pattern, [model.name, ...model.aliases]))
    .map((model) => ({
      name: model.name,
      family: model.shape?.family ?? null,
      parameters: model.totalParameters ?? null,
      aliases: model.aliases,
      source: model.source,
    }));
  return print(
    options,
    models,
    ({ name, family, parameters }) =>
      `${name.padEnd(52)} ${(family ?? '').padEnd(16)} ${parameters === null ? '' : countText(parameters)}`,
  );
}

/** `batchwise gpus [PATTERN]`: GPUs with the memory torch finds on them. */
export function listGpus(pattern: string | undefined, options: Options): Promise<ExitStatus> {
  const gpus = allGpus()
    .filter((gpu) => matches(pattern, [gpu.id, gpu.name, ...gpu.aliases]))
    .map(({ id, name, vendor, totalBytes, bf16, tf32, fp8, aliases }) => ({
      id,
      name,
      vendor,
      totalBytes,
      bf16,
      tf32,
      fp8,
      aliases,
    }));
  return print(
    options,
    gpus,
    ({ id, name, vendor, totalBytes }) =>
      `${id.padEnd(28)} ${name.padEnd(28)} ${vendor.padEnd(10)} ${gibText(totalBytes).padStart(10)}`,
  );
}

function matches(pattern: string | undefined, names: readonly string[]): boolean {
  const wanted = pattern?.toLowerCase();
  return wanted === undefined || names.some((name) => name.toLowerCase().includes(wanted));
}

function print<T>(options: Options, rows: readonly T[], line: (row: T) => string): Promise<ExitStatus> {
  return withArguments((): ExitStatus => {
    const format = choiceOption(options, 'format', ['pretty', 'json']);
    process.stdout.write(
      format === 'json' ? `${JSON.stringify(rows, null, 2)}\n` : rows.map((row) => `${line(row).trimEnd()}\n`).join(''),
    );
    return 0;
  });
}
