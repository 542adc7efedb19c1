import type { TensorDtype } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { positive } from '../kit/key.ts';
import type { Around } from '../types.ts';

/** Lightning's `devices`: a count, a list or text of indices; -1 and "auto" leave it to the machine. */
export function deviceCount(value: ConfigValue): number | undefined {
  if (Array.isArray(value)) return value.length > 0 ? value.length : undefined;
  if (typeof value === 'string' && /^\d+(\s*,\s*\d+)+$/.test(value.trim())) return value.split(',').length;
  return positive(value);
}

/** A whole number asks for so many batches between evaluations, a fraction for a share of the epoch. */
export function evalSteps(value: ConfigValue): number | undefined {
  const number = positive(value);
  return number !== undefined && Number.isInteger(number) && number > 1 ? number : undefined;
}

/** The dtype multiplications run in, and whether weights stay in fp32 beside it. */
export interface Precision {
  readonly compute: TensorDtype;
  readonly mixed: boolean;
}

const FULL: Precision = { compute: 'fp32', mixed: false };

/** Lightning's `trainer.precision`: bare 16 and bf16 mean mixed (lightning: src/lightning/fabric/connector.py). */
export function precisionOf(around: Around): Precision | undefined {
  const value = around.get('trainer.precision');
  if (value === undefined) return around.has('trainer.precision') || !around.has('trainer') ? undefined : FULL;
  const text = String(value).toLowerCase();
  if (value === null || /^32(-true)?$/.test(text)) return FULL;
  if (/^bf16(-mixed)?$/.test(text)) return { compute: 'bf16', mixed: true };
  if (/^16(-mixed)?$/.test(text)) return { compute: 'fp16', mixed: true };
  if (text === 'bf16-true') return { compute: 'bf16', mixed: false };
  return text === '16-true' ? { compute: 'fp16', mixed: false } : undefined;
}
