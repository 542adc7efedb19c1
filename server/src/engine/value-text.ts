import { findGpu } from '../facts/index.ts';
import type { FieldInfo, FieldName, Sourced, TrainingPlan } from '../plan/index.ts';
import { FIELD_INFO } from '../plan/index.ts';
import { gibAmount } from '../rules/index.ts';

const BYTES_PER_MIB = 2 ** 20;
/** Below a tenth of a GiB. */
const SMALL_MIB = 102.4;

/** Bytes as "61.4 GiB"; below a tenth of a GiB as MiB. */
export function gibText(bytes: number): string {
  const mib = bytes / BYTES_PER_MIB;
  if (Math.abs(mib) < SMALL_MIB && bytes !== 0) return `${Math.round(mib)} MiB`;
  return `${gibAmount(bytes)} GiB`;
}

/** Large counts as people say them: "8.03B", "2.1M", "512". */
export function countText(count: number): string {
  if (Math.abs(count) < 10_000)
    return Number.isInteger(count) ? count.toLocaleString('en-US') : String(Number(count.toPrecision(4)));
  return new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 }).format(count);
}

/** "512 sequences", "1 sequence": a count and what is counted, named in the plural. */
export function countedText(count: number, things: string): string {
  return `${countText(count)} ${count === 1 ? things.replace(/s$/, '') : things}`;
}

/** The global batch in its own unit. */
export function batchText({ values }: TrainingPlan): string | undefined {
  const global = values['batch.global']?.value;
  return global === undefined ? undefined : countedText(global, values['batch.unit']?.value ?? 'sequences');
}

/** A rate with as many digits as it has: "2e-5", "0.01", "1.41e-5". */
export function rateText(rate: number): string {
  if (rate === 0 || (Math.abs(rate) >= 0.001 && Math.abs(rate) < 1e5)) return String(Number(rate.toPrecision(4)));
  return Number(rate.toPrecision(3)).toExponential().replace('e+', 'e');
}

/** A plan value as shown to people, with its unit where it has one. */
export function valueText(field: FieldName, sourced: Sourced<unknown>): string {
  const info: FieldInfo = FIELD_INFO[field];
  const { value } = sourced;
  if (typeof value === 'number') {
    const text = Math.abs(value) >= 1 && Number.isInteger(value) ? value.toLocaleString('en-US') : rateText(value);
    return info.unit === undefined || info.unit.startsWith('share')
      ? text
      : `${text} ${value === 1 ? singular(info.unit) : info.unit}`;
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.join(', ');
  if (field === 'hardware.gpu') return findGpu(String(value))?.name ?? String(value);
  return String(value);
}

function singular(unit: string): string {
  if (unit.endsWith('ches') || unit.endsWith('sses')) return unit.slice(0, -2);
  return unit.endsWith('s') ? unit.slice(0, -1) : unit;
}
