import type { Analysis, FieldName } from '../../server/src/engine/index.ts';
import { formatOf, parseText } from '../../server/src/text/index.ts';
import { FOREIGN_GROUP, OWN_GROUP, QUANTITIES } from './quantities.ts';
import type { Names, Quantity } from './quantity.ts';
import { type StatedLeaf, statedLeaves } from './stated-leaves.ts';

/** What one file says of one quantity, and what the plan makes of it. */
export interface Fill {
  readonly quantity: string;
  /** The dotted keys that state it. */
  readonly keys: readonly string[];
  /** Every part that the text states has a value that follows from what the file says, not from a default. */
  readonly filled: boolean;
}

/** The quantities that a text states in any form, each with whether one of the file's plans holds it. */
export function fillsOf(file: string, text: string, analysis: Analysis | undefined): readonly Fill[] {
  const format = formatOf(file);
  if (format === undefined) return [];
  const leaves = statedLeaves(parseText(file, text, format));
  return QUANTITIES.flatMap((quantity): readonly Fill[] => {
    const parts = quantity.parts
      .map((part) => ({ part, keys: keysOf(part, leaves) }))
      .filter(({ keys }) => keys.length > 0);
    if (parts.length === 0) return [];
    return [
      {
        quantity: quantity.id,
        keys: parts
          .filter(({ part }) => !isFilled(part.fields, analysis))
          .concat(parts)
          .flatMap(({ keys }) => keys),
        filled: parts.every(({ part }) => isFilled(part.fields, analysis)),
      },
    ];
  });
}

function keysOf(part: Quantity['parts'][number], leaves: readonly StatedLeaf[]): readonly string[] {
  return leaves.filter((leaf) => states(part, leaf)).map(({ names }) => names.join('.'));
}

function states({ names: ways, not, notUnder }: Quantity['parts'][number], { names, value }: StatedLeaf): boolean {
  const own = names.at(-1) ?? '';
  const above = names.slice(0, -1);
  if (
    not?.test(own) === true ||
    above.some((name) => (FOREIGN_GROUP.test(name) && !OWN_GROUP.test(name)) || notUnder?.test(name) === true)
  )
    return false;
  return ways.some(
    ({ key, under, value: kind }) =>
      key.test(own) && (under === undefined || under.test(above.at(-1) ?? '')) && isOf(kind, value),
  );
}

function isOf(kind: Names['value'], value: StatedLeaf['value']): boolean {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' ? Number(value.replaceAll('_', '')) : Number.NaN;
  switch (kind) {
    case 'count':
      return number > 0;
    // One is what stands where nobody accumulates, also in frameworks that reckon the number themselves.
    case 'several':
      return number > 1;
    case 'amount':
      return number >= 0 && value !== '';
    case 'rate':
      return number > 0 && number < 100;
    case 'length':
      return number > 0;
    case 'duration':
      return typeof value === 'string' && /^\d[\d._]*(e\d+)?\s*[a-z]{1,4}$/i.test(value);
    case 'range':
      return number >= 0 || (typeof value === 'string' && /^\[|range\(/.test(value));
    case 'name':
      return (
        typeof value === 'string' &&
        Number.isNaN(number) &&
        /[a-z]/i.test(value) &&
        !/^(true|false|yes|no|on|off)$/i.test(value)
      );
    default:
      return kind satisfies never;
  }
}

/** Whether a plan has one of the fields from what somebody wrote. */
function isFilled(fields: readonly FieldName[], analysis: Analysis | undefined): boolean {
  return (analysis?.plans ?? []).some(({ plan }) =>
    fields.some((field) => {
      const sourced = plan.values[field];
      return sourced !== undefined && (sourced.origin === 'explicit' || sourced.origin === 'setting');
    }),
  );
}

/** How many files state a quantity and how many of their plans hold it, by quantity in the table's order. */
export function sharesOf(files: readonly (readonly Fill[])[]): readonly {
  readonly quantity: Quantity;
  readonly stated: number;
  readonly filled: number;
}[] {
  const all = files.flat();
  return QUANTITIES.map((quantity) => {
    const own = all.filter((fill) => fill.quantity === quantity.id);
    return { quantity, stated: own.length, filled: own.filter(({ filled }) => filled).length };
  });
}

/** A share in percent, without rounding a miss away. */
export function percent(filled: number, stated: number): string {
  return stated === 0 ? '-' : (Math.floor((1000 * filled) / stated) / 10).toFixed(1);
}
