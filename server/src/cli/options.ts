import { findGpu } from '../engine/index.ts';

/** A wrong argument: told in one line, exit status 2. */
export class ArgumentError extends Error {}

export interface HardwareOptions {
  readonly gpu: string | undefined;
  readonly gpus: number | undefined;
}

export function hardwareOptions(options: Record<string, unknown>): HardwareOptions {
  const gpu = textOption(options, 'gpu');
  if (gpu !== undefined && findGpu(gpu) === undefined)
    throw new ArgumentError(`--gpu ${gpu} is no GPU that is known; batchwise gpus lists them.`);
  return { gpu, gpus: countOption(options, 'gpus') };
}

export function textOption(options: Record<string, unknown>, name: string): string | undefined {
  const value = options[name];
  if (value === undefined) return undefined;
  if (typeof value === 'boolean' || Array.isArray(value)) throw new ArgumentError(`--${dashed(name)} takes one value.`);
  // cac turns numeric text into numbers; names such as 4090 are names.
  return String(value);
}

export function countOption(options: Record<string, unknown>, name: string, least = 1): number | undefined {
  const value = textOption(options, name);
  if (value === undefined) return undefined;
  const count = Number(value);
  if (!Number.isInteger(count) || count < least)
    throw new ArgumentError(`--${dashed(name)} takes a whole number of at least ${least}, not ${value}.`);
  return count;
}

export function choiceOption<const C extends readonly string[]>(
  options: Record<string, unknown>,
  name: string,
  choices: C,
): C[number] {
  const value = textOption(options, name) ?? choices[0] ?? '';
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new ArgumentError(`--${dashed(name)} ${value} is none of ${choices.join(', ')}.`);
  return found;
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Runs a command; a wrong argument ends in one line on stderr and status 2. */
export async function withArguments<T>(run: () => Promise<T> | T): Promise<T | 2> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}
