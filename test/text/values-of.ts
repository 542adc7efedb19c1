import { type ConfigTree, type Format, parseText, toValue, withLoader } from '../../server/src/text/index.ts';

/** Keys and values in force; what is not known from the text reads `?`. */
export function valuesOf({ root }: ConfigTree): Readonly<Record<string, unknown>> {
  if (root?.kind !== 'map') return {};
  const entries = root.entries.filter(({ overwritten }) => !overwritten);
  return Object.fromEntries(entries.map(({ key, value }) => [key, known(toValue(value))]));
}

function known(value: unknown): unknown {
  return value === undefined ? '?' : value;
}

/** A text as the format's own reader has it. */
export function treeIn(file: string, text: string, format: Format & ('shell' | 'python')): ConfigTree {
  return withLoader(parseText(file, text, format), format);
}
