import type { Replacement } from './check-edit.ts';
import { editTarget } from './edit-target.ts';
import { insertion } from './flow-edit.ts';
import { appendEntry, nested } from './set-in-braces.ts';
import { habitOf, isList, spellKey, spellValue, type ValueHabit } from './spell-value.ts';
import { indentAt, lineBreakOf, lineEnd } from './text-lines.ts';
import type { ConfigNode, ConfigPath, ConfigTree, ConfigValue, MapEntry, MapNode, TextRange } from './types.ts';

/** Writes into YAML, in block or flow style as the place has it. */
export function setInYaml(tree: ConfigTree, path: ConfigPath, value: ConfigValue): readonly Replacement[] | undefined {
  if (tree.root === undefined) return setInNothing(tree, path, value);
  const target = editTarget(tree, path);
  switch (target?.kind) {
    case 'value':
      return replaceValue(tree, target, value);
    case 'key':
      return target.map.flow
        ? appendEntry(tree, target.map, target.missing, value)
        : appendLine(tree, target.map, target.missing, value);
    case 'empty':
      return fillEmpty(tree, target, value);
    case undefined:
      return undefined;
    default:
      return target satisfies never;
  }
}

interface ValueTarget {
  readonly node: ConfigNode;
  readonly entry?: MapEntry;
  readonly inFlow: boolean;
}

function replaceValue(tree: ConfigTree, target: ValueTarget, value: ConfigValue): readonly Replacement[] | undefined {
  const { text } = tree;
  const { node, entry, inFlow } = target;
  const range = entry === undefined ? node.range : valueRange(text, entry);
  if (range === undefined) return undefined;

  const isBlock = node.kind !== 'scalar' && !node.flow && !node.shared;
  if (isBlock && node.kind === 'seq' && isList(value) && value.length > 0) return replaceItems(tree, node.range, value);
  const habit = habitOf(tree, inFlow, node.shared ? undefined : node);
  if (isBlock && entry !== undefined) return replaceBlock(tree, entry, value, habit);

  const spelled = spellValue(value, habit);
  if (spelled === undefined) return undefined;
  // Behind a colon without a value there is no blank yet, or one that another key's line needs.
  return [{ ...range, text: range.start === range.end && entry !== undefined ? ` ${spelled}` : spelled }];
}

/** The text of an entry's value where the entry stands; for an alias that is `*name`, not what it leads to. */
export function valueRange(text: string, entry: MapEntry): TextRange | undefined {
  if (!entry.value.shared) return entry.value.range;
  const alias = /\s*:\s+(\*[^\s,[\]{}]+)/y;
  alias.lastIndex = entry.keyRange.end;
  const name = alias.exec(text)?.[1];
  return name === undefined ? undefined : { start: alias.lastIndex - name.length, end: alias.lastIndex };
}

function replaceItems(tree: ConfigTree, range: TextRange, value: readonly ConfigValue[]): Replacement[] | undefined {
  const habit = habitOf(tree, true);
  const spelled = value.map((item) => spellValue(item, { ...habit, flow: typeof item === 'object' }));
  if (spelled.includes(undefined)) return undefined;
  const separator = `${lineBreakOf(tree.text)}${indentAt(tree.text, range.start)}- `;
  return [{ ...range, text: `- ${spelled.join(separator)}` }];
}

/** A block under its key becomes a value on the key's line, or another block. Comments before it would be lost. */
function replaceBlock(
  tree: ConfigTree,
  entry: MapEntry,
  value: ConfigValue,
  habit: ValueHabit,
): readonly Replacement[] | undefined {
  const { text } = tree;
  const colon = colonAfter(text, entry);
  if (colon === undefined || text.slice(colon, entry.value.range.start).trim() !== '') return undefined;
  const indent = indentAt(text, entry.keyRange.start);
  const spelled = spellBehindColon(value, { tree, habit, indent, lineBreak: lineBreakOf(text) });
  return spelled === undefined ? undefined : [{ start: colon, end: entry.value.range.end, text: spelled }];
}

/** The offset behind an entry's colon. */
export function colonAfter(text: string, entry: MapEntry): number | undefined {
  const colon = /[ \t]*:/y;
  colon.lastIndex = entry.keyRange.end;
  return colon.test(text) ? colon.lastIndex : undefined;
}

/** Adds the key on a line below the map's last one, in line with its first key. */
function appendLine(
  tree: ConfigTree,
  map: MapNode,
  missing: ConfigPath,
  value: ConfigValue,
): readonly Replacement[] | undefined {
  const { text } = tree;
  const [key, ...inner] = missing;
  if (key === undefined) return undefined;
  const likeEntry = map.entries.findLast((entry) => !entry.merged);
  const like = likeEntry === undefined ? '' : text.slice(likeEntry.keyRange.start, likeEntry.keyRange.end);
  const form = blockForm(tree, indentAt(text, map.range.start));
  const line = spellLine(String(key), nested(inner, value), form, like);
  return line === undefined ? undefined : [insertion(lineEnd(text, map.range.end), form.lineBreak + line)];
}

interface EmptyTarget {
  readonly entry: MapEntry;
  readonly missing: ConfigPath;
  readonly inFlow: boolean;
}

/** A key with nothing behind it gets a block below; one with a written null gets braces in its place. */
function fillEmpty(tree: ConfigTree, target: EmptyTarget, value: ConfigValue): readonly Replacement[] | undefined {
  const { text } = tree;
  const { range } = target.entry.value;
  const inner = nested(target.missing, value);
  if (target.inFlow || range.start < range.end) {
    const spelled = spellValue(inner, habitOf(tree, true));
    return spelled === undefined ? undefined : [{ ...range, text: range.start < range.end ? spelled : ` ${spelled}` }];
  }
  const form = blockForm(tree, indentAt(text, target.entry.keyRange.start));
  const lines = spellBehindColon(inner, form);
  return lines === undefined ? undefined : [insertion(lineEnd(text, range.end), lines)];
}

function setInNothing(tree: ConfigTree, path: ConfigPath, value: ConfigValue): readonly Replacement[] | undefined {
  const { text } = tree;
  const [key, ...inner] = path.map(String);
  if (key === undefined) return undefined;
  const form = blockForm(tree, '');
  const line = spellLine(key, nested(inner, value), form, '');
  if (line === undefined) return undefined;
  const closed = text === '' || text.endsWith('\n') || text === '\uFEFF';
  return [insertion(text.length, closed ? `${line}${form.lineBreak}` : `${form.lineBreak}${line}`)];
}

interface BlockForm {
  readonly tree: ConfigTree;
  readonly habit: ValueHabit;
  readonly indent: string;
  readonly lineBreak: string;
}

function blockForm(tree: ConfigTree, indent: string): BlockForm {
  return { tree, habit: habitOf(tree, false), indent, lineBreak: lineBreakOf(tree.text) };
}

function spellLine(key: string, value: ConfigValue, form: BlockForm, like: string): string | undefined {
  const spelled = spellBehindColon(value, form);
  return spelled === undefined ? undefined : `${form.indent}${spellKey(key, form.habit, like)}:${spelled}`;
}

/** A map goes on lines below the key, all else behind the colon. */
function spellBehindColon(value: ConfigValue, form: BlockForm): string | undefined {
  const isMap = typeof value === 'object' && value !== null && !isList(value);
  const entries = isMap ? Object.entries(value) : [];
  if (entries.length === 0) {
    const spelled = spellValue(value, form.habit);
    return spelled === undefined ? undefined : ` ${spelled}`;
  }
  const inner = { ...form, indent: form.indent + blockStep(form.tree) };
  const lines = entries.map(([key, item]) => spellLine(key, item, inner, ''));
  return lines.includes(undefined) ? undefined : lines.map((line) => `${form.lineBreak}${line}`).join('');
}

const USUAL_STEP = '  ';

/** How much deeper the file indents a block in a block. */
function blockStep(tree: ConfigTree): string {
  if (tree.root?.kind !== 'map' || tree.root.flow) return USUAL_STEP;
  const outer = indentAt(tree.text, tree.root.range.start).length;
  for (const { value } of tree.root.entries) {
    if (value.kind !== 'map' || value.flow || value.shared) continue;
    const inner = indentAt(tree.text, value.range.start).length;
    if (inner > outer) return ' '.repeat(inner - outer);
  }
  return USUAL_STEP;
}
