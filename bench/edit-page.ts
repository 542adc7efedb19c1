import type { WriteRefusal } from '../server/src/engine/index.ts';

/** What trying one framework's edits came to. */
export interface Count {
  /** In which something was tried. */
  files: number;
  tried: number;
  correct: number;
  wrong: number;
  /** By reason. */
  readonly refused: Record<string, number>;
}

export const REASONS: readonly WriteRefusal[] = ['no key', 'takes offence', 'no sound text', 'reads otherwise'];

/** docs/edit-law.md: what trying every edit in every published config came to. */
export function editPage(counts: ReadonlyMap<string, Count>): string {
  const rows = [...counts].sort(([one], [other]) => one.localeCompare(other)).filter(([, { tried }]) => tried > 0);
  const total = sumOf(rows.map(([, count]) => count));
  const { files, tried, correct, wrong } = total;
  return [
    '# Edits that change one thing',
    'Written by `npm run edits -- --all --write docs/edit-law.md`; nothing here is typed by hand.',
    `Fixes, the panel and the commands all write a field of the plan by one \`set\`. In ${said(files)} published configs every field that has a key to write was set to other values: for fields that hold words each other word that any framework knows, for numbers two others, for switches the other state. Of ${said(tried)} edits ${said(correct)} were written as told, ${said(tried - correct - wrong)} refused and ${said(wrong)} written wrongly.`,
    [
      'An edit counts as written as told where',
      '- the file then reads as the new value, and the same edit once more changes nothing;',
      '- the text taken away belongs to the field’s own key (or to one that must say the same), and every other value, key and comment of the file is spelt as before;',
      '- all other fields that the text states read as before, those of the file’s other plans too, but for fields whose unit or meaning hangs on the edited one;',
      '- nothing that was not counted before counts now, and there is no new syntax problem and no key that the framework would refuse, drop or misread;',
      '- the file is still known as the same framework’s.',
    ].join('\n'),
    [
      'Edits are refused before anything is written, for one of these reasons:',
      '- *no key*: no key of the framework says this value, as most optimizers of one framework are unknown to the next;',
      '- *takes offence*: the framework would refuse, drop or misread what is written, as with a batch that no longer divides;',
      '- *no sound text*: other values share the text (an anchor, a reference), the parent is no section, or the file is broken;',
      '- *reads otherwise*: other keys make the framework read something else.',
    ].join('\n'),
    table(
      ['framework', 'configs', 'edits', 'as told', ...REASONS, 'wrong'],
      [...rows.map(([name, count]) => rowOf(name, count)), rowOf('all', total)],
    ),
    '',
  ].join('\n\n');
}

/** The counts that such a page holds, without their sum. */
export function countsIn(page: string): ReadonlyMap<string, Count> {
  const counts = new Map<string, Count>();
  for (const line of page.split('\n')) {
    const [name, ...cells] = line
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1);
    const [files, tried, correct, ...others] = cells.map((cell) => Number(cell.replaceAll(',', '')));
    if (name === undefined || name === 'all' || files === undefined || !Number.isInteger(files)) continue;
    const refused = Object.fromEntries(REASONS.map((reason, at) => [reason, others[at] ?? 0]));
    counts.set(name, { files, tried: tried ?? 0, correct: correct ?? 0, refused, wrong: others.at(-1) ?? 0 });
  }
  return counts;
}

function rowOf(name: string, { files, tried, correct, refused, wrong }: Count): readonly string[] {
  return [name, ...[files, tried, correct, ...REASONS.map((reason) => refused[reason] ?? 0), wrong].map(said)];
}

function sumOf(counts: readonly Count[]): Count {
  const sum: Count = { files: 0, tried: 0, correct: 0, wrong: 0, refused: {} };
  for (const { files, tried, correct, wrong, refused } of counts) {
    sum.files += files;
    sum.tried += tried;
    sum.correct += correct;
    sum.wrong += wrong;
    for (const [reason, count] of Object.entries(refused)) sum.refused[reason] = (sum.refused[reason] ?? 0) + count;
  }
  return sum;
}

function said(count: number): string {
  return count.toLocaleString('en');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(row)].join('\n');
}
