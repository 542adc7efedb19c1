import { type Fill, percent, sharesOf } from './fill-shares.ts';
import { QUANTITIES } from './quantities.ts';

/** A training config of the corpus: its folder there, its own path, and what it says. */
export interface FilledFile {
  readonly framework: string;
  readonly path: string;
  readonly fills: readonly Fill[];
}

/** docs/read-shares.md: how much of what configs state is read, the misses left in. */
export function sharePage(files: readonly FilledFile[]): string {
  return [
    '# How much of a config is read',
    'Written by `npm run corpus -- --write docs/read-shares.md`; nothing here is typed by hand.',
    `Of ${files.length.toLocaleString('en')} published training configs, those that state a quantity in any form, and how many of their plans have it *from there*: a default, or a value worked out from others, does not count. Whether a text states it is told by a list of the names of the field (${code('bench/fill/quantities.ts')}) over its keys, not by the adapters. What a framework passes over, or has switched off, counts as stated and so as missed.`,
    `## By quantity\n\n${quantityTable(files)}`,
    `## By framework\n\nRead of stated. Configs are in groups by the collection they come from.\n\n${frameworkTable(files)}`,
    `## What is missed\n\n${missTable(files)}`,
    '',
  ].join('\n\n');
}

function quantityTable(files: readonly FilledFile[]): string {
  const rows = sharesOf(files.map(({ fills }) => fills)).map(({ quantity, stated, filled }) => [
    quantity.title,
    String(stated),
    String(filled),
    `${percent(filled, stated)} %`,
    quantity.target === undefined ? '' : `${quantity.target} %`,
  ]);
  return table(['quantity', 'files that state it', 'read', 'share', 'aim'], rows);
}

function frameworkTable(files: readonly FilledFile[]): string {
  const names = [...new Set(files.map(({ framework }) => framework))].sort();
  const rows = names.map((name) => {
    const shares = sharesOf(files.filter(({ framework }) => framework === name).map(({ fills }) => fills));
    return [name, ...shares.map(({ stated, filled }) => (stated === 0 ? '' : `${filled}/${stated}`))];
  });
  return table(['framework', ...QUANTITIES.map(({ title }) => title)], rows);
}

function missTable(files: readonly FilledFile[]): string {
  const rows = files.flatMap(({ path, fills }) =>
    fills
      .filter(({ filled }) => !filled)
      .map(({ quantity, keys }) => [
        QUANTITIES.find(({ id }) => id === quantity)?.title ?? quantity,
        code(path.replaceAll('__', '/')),
        [...new Set(keys)].slice(0, KEYS_SHOWN).map(code).join(' '),
      ]),
  );
  return table(['quantity', 'file', 'keys that the list takes for it'], rows);
}

const KEYS_SHOWN = 3;

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
