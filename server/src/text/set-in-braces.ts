import type { Replacement } from './check-edit.ts';
import { editTarget, nest } from './edit-target.ts';
import { appendFlowItem, indentOfLine, insertion } from './flow-edit.ts';
import { habitOf, isList, spellKey, spellValue, type ValueHabit } from './spell-value.ts';
import { lineBreakOf } from './text-lines.ts';
import type { ConfigPath, ConfigTree, ConfigValue, MapNode } from './types.ts';

/** Writes into JSON. */
export function setInBraces(
  tree: ConfigTree,
  path: ConfigPath,
  value: ConfigValue,
): readonly Replacement[] | undefined {
  if (tree.root === undefined) return setInNothing(tree, path, value);
  const target = editTarget(tree, path);
  switch (target?.kind) {
    case 'value': {
      const spelled = spellValue(value, habitOf(tree, true, target.node));
      return spelled === undefined ? undefined : [{ ...target.node.range, text: spelled }];
    }
    case 'key':
      return appendEntry(tree, target.map, target.missing, value);
    case 'empty': {
      const spelled = spellValue(nested(target.missing, value), habitOf(tree, true));
      return spelled === undefined ? undefined : [{ ...target.entry.value.range, text: spelled }];
    }
    case undefined:
      return undefined;
    default:
      return target satisfies never;
  }
}

/** Adds an entry to a map in braces, in any format. */
export function appendEntry(
  tree: ConfigTree,
  map: MapNode,
  missing: ConfigPath,
  value: ConfigValue,
): readonly Replacement[] | undefined {
  const { text, format } = tree;
  const own = map.entries.filter((entry) => !entry.merged);
  // The place of an alias in braces is not in the tree, so nothing can be put behind it.
  if (own.some((entry) => entry.value.shared) || own.length < map.entries.length) return undefined;
  const [key, ...inner] = missing;
  if (key === undefined) return undefined;

  const step = stepOf(tree, map);
  const like = own.at(-1);
  const likeText = like === undefined ? rootKeyText(tree) : text.slice(like.keyRange.start, like.keyRange.end);
  const habit = habitOf(tree, true);
  const indent = `${indentOfLine(text, map.range.start)}${step}`;
  const item = spellEntry(String(key), nested(inner, value), {
    habit,
    likeText,
    step,
    indent,
    lineBreak: lineBreakOf(text),
  });
  if (item === undefined) return undefined;
  const separated = like === undefined ? item : keepColonHabit(text, like.keyRange.end, item, format === 'json');
  const items = own.map((entry) => ({ start: entry.keyRange.start, end: entry.value.range.end }));
  return appendFlowItem({ text, format, range: map.range, items }, separated, format === 'toml' ? '' : step);
}

/** Keys are quoted as the file quotes its first one, where the map has none of its own yet. */
function rootKeyText(tree: ConfigTree): string {
  const first = tree.root?.kind === 'map' ? tree.root.entries[0] : undefined;
  return first === undefined ? '' : tree.text.slice(first.keyRange.start, first.keyRange.end);
}

interface EntryForm {
  readonly habit: ValueHabit;
  readonly likeText: string;
  readonly step: string;
  readonly indent: string;
  readonly lineBreak: string;
}

function spellEntry(key: string, value: ConfigValue, form: EntryForm): string | undefined {
  const { habit, likeText } = form;
  const spelled = habit.format === 'json' ? spellPretty(value, form) : spellValue(value, habit);
  const between = habit.format === 'toml' ? ' = ' : ': ';
  return spelled === undefined ? undefined : `${spellKey(key, habit, likeText)}${between}${spelled}`;
}

/** A map on lines of its own, as JSON files have them, if the file is laid out in lines at all. */
function spellPretty(value: ConfigValue, form: EntryForm): string | undefined {
  const isMap = typeof value === 'object' && value !== null && !isList(value);
  if (!isMap || form.step === '' || Object.keys(value).length === 0) return spellValue(value, form.habit);

  const inner = { ...form, indent: form.indent + form.step };
  const lines: string[] = [];
  for (const [key, item] of Object.entries(value)) {
    const line = spellEntry(key, item, inner);
    if (line === undefined) return undefined;
    lines.push(`${inner.indent}${line}`);
  }
  return `{${form.lineBreak}${lines.join(`,${form.lineBreak}`)}${form.lineBreak}${form.indent}}`;
}

/** A file that writes `"a":1` gets no blank behind its colons. */
function keepColonHabit(text: string, keyEnd: number, item: string, isJson: boolean): string {
  if (!isJson || !/^:\S/.test(text.slice(keyEnd, keyEnd + 2))) return item;
  return item.replace(/^("(?:[^"\\]|\\.)*"): /, '$1:');
}

/** How much deeper a line inside the map is than the map's own; nothing where the text is on one line. */
function stepOf(tree: ConfigTree, map: MapNode): string {
  for (const candidate of [map, tree.root]) {
    const first = candidate?.kind === 'map' ? candidate.entries.find((entry) => !entry.merged) : undefined;
    if (candidate === undefined || first === undefined) continue;
    const opening = tree.text.slice(candidate.range.start, first.keyRange.start);
    if (!opening.includes('\n')) continue;
    const outer = indentOfLine(tree.text, candidate.range.start);
    const indent = indentOfLine(tree.text, first.keyRange.start);
    return indent.startsWith(outer) ? indent.slice(outer.length) : '  ';
  }
  return '';
}

function setInNothing(tree: ConfigTree, path: ConfigPath, value: ConfigValue): readonly Replacement[] | undefined {
  const { text } = tree;
  if (text.trim() !== '') return undefined;
  const habit = habitOf(tree, true);
  const lineBreak = lineBreakOf(text);
  const form = { habit, likeText: '', step: '  ', indent: '', lineBreak };
  const spelled = spellPretty(nested(path.map(String), value), form);
  return spelled === undefined ? undefined : [insertion(text.startsWith('\uFEFF') ? 1 : 0, `${spelled}${lineBreak}`)];
}

export function nested(keys: ConfigPath, value: ConfigValue): ConfigValue {
  return nest<ConfigValue>(keys, value, (key, inner) =>
    typeof key === 'number' ? [inner] : Object.fromEntries([[key, inner]]),
  );
}
