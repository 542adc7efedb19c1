import { type AST, parseTOML } from 'toml-eslint-parser';
import type { Replacement } from './check-edit.ts';
import { editTarget } from './edit-target.ts';
import { insertion } from './flow-edit.ts';
import { appendEntry, nested } from './set-in-braces.ts';
import { habitOf, spellKey, spellValue, type ValueHabit } from './spell-value.ts';
import { indentAt, lineBreakOf, lineEnd, lineStart } from './text-lines.ts';
import type { ConfigPath, ConfigTree, ConfigValue } from './types.ts';

/** Writes into TOML: at the value's place, in the table that has the parent's header, or under a new header. */
export function setInToml(tree: ConfigTree, path: ConfigPath, value: ConfigValue): readonly Replacement[] | undefined {
  const habit = habitOf(tree, true);
  const target = tree.root === undefined ? undefined : editTarget(tree, path);
  if (tree.root !== undefined && target === undefined) return undefined;

  if (target?.kind === 'value') {
    // A table's own text lies under its headers, perhaps in several places.
    if (target.node.kind !== 'scalar' && !target.node.flow) return undefined;
    const spelled = spellValue(value, { ...habit, old: habitOf(tree, true, target.node).old });
    return spelled === undefined ? undefined : [{ ...target.node.range, text: spelled }];
  }
  if (target?.kind === 'key' && target.map.flow) return appendEntry(tree, target.map, target.missing, value);
  return appendStatement(tree, path, value, habit);
}

function appendStatement(
  tree: ConfigTree,
  path: ConfigPath,
  value: ConfigValue,
  habit: ValueHabit,
): readonly Replacement[] | undefined {
  const top = parseTOML(tree.text.replace(/^\uFEFF/, ' ')).body[0];
  const parent = path.slice(0, -1);
  const key = String(path.at(-1));
  const spelled = spellValue(value, habit);
  if (spelled === undefined) return undefined;

  const dotted = dottedSibling(top, parent);
  if (dotted !== undefined)
    return [lineBelow(tree, dotted.statement, `${dotted.prefix}${spellKey(key, habit)} = ${spelled}`)];
  const line = `${spellKey(key, habit)} = ${spelled}`;
  if (parent.length === 0) return [topLine(tree, top, line)];

  const table = tables(top).find(({ resolvedKey }) => samePath(resolvedKey, parent));
  if (table !== undefined) return [lineBelow(tree, table.body.at(-1) ?? table, line)];
  if (parent.some((step) => typeof step === 'number')) return appendDotted(tree, top, path, value, habit);
  return [newTable(tree, top, parent.map(String), line, habit)];
}

/** Inside an item of `[[tables]]` a header would name the last item only, so the keys are dotted instead. */
function appendDotted(
  tree: ConfigTree,
  top: AST.TOMLTopLevelTable,
  path: ConfigPath,
  value: ConfigValue,
  habit: ValueHabit,
): readonly Replacement[] | undefined {
  const holder = tables(top).findLast(({ resolvedKey }) => samePath(resolvedKey, path.slice(0, resolvedKey.length)));
  if (holder === undefined) return undefined;
  const [key, ...inner] = path.slice(holder.resolvedKey.length).map(String);
  const spelled = key === undefined ? undefined : spellValue(nested(inner, value), habit);
  if (key === undefined || spelled === undefined) return undefined;
  return [lineBelow(tree, holder.body.at(-1) ?? holder, `${spellKey(key, habit)} = ${spelled}`)];
}

interface Dotted {
  readonly statement: AST.TOMLKeyValue;
  /** The sibling's key as written, up to its last part. */
  readonly prefix: string;
}

/** The last `a.b = …` of the parent, where the file spells its keys so. */
function dottedSibling(top: AST.TOMLTopLevelTable, parent: ConfigPath): Dotted | undefined {
  const holders = [
    { at: [], body: top.body },
    ...tables(top).map(({ resolvedKey, body }) => ({ at: resolvedKey, body })),
  ];
  for (const { at, body } of holders) {
    const statement = body.findLast((candidate) => {
      if (candidate.type !== 'TOMLKeyValue' || candidate.key.keys.length < 2) return false;
      return samePath([...at, ...candidate.key.keys.slice(0, -1).map(nameOf)], parent);
    });
    if (statement?.type !== 'TOMLKeyValue') continue;
    const parts = statement.key.keys
      .slice(0, -1)
      .map((part) => (part.type === 'TOMLBare' ? part.name : JSON.stringify(part.value)));
    return { statement, prefix: `${parts.join('.')}.` };
  }
  return undefined;
}

function tables(top: AST.TOMLTopLevelTable): readonly AST.TOMLTable[] {
  return top.body.filter((statement) => statement.type === 'TOMLTable');
}

function nameOf(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === 'TOMLBare' ? key.name : key.value;
}

function samePath(a: ConfigPath, b: ConfigPath): boolean {
  return a.length === b.length && a.every((step, index) => step === b[index]);
}

function lineBelow(tree: ConfigTree, statement: AST.TOMLNode, line: string): Replacement {
  const [start, end] = statement.range;
  return insertion(lineEnd(tree.text, end), `${lineBreakOf(tree.text)}${indentAt(tree.text, start)}${line}`);
}

/** A key without a table goes behind the last such, or before the first header with the comments above it. */
function topLine(tree: ConfigTree, top: AST.TOMLTopLevelTable, line: string): Replacement {
  const { text } = tree;
  const lineBreak = lineBreakOf(text);
  const last = top.body.findLast((statement) => statement.type === 'TOMLKeyValue');
  if (last !== undefined) return lineBelow(tree, last, line);

  const header = tables(top)[0];
  if (header === undefined) return atEnd(text, `${line}${lineBreak}`);
  let start = lineStart(text, header.range[0]);
  while (start > 0 && /^\s*#/.test(text.slice(lineStart(text, start - 1), start))) start = lineStart(text, start - 1);
  return insertion(start, `${line}${lineBreak}${lineBreak}`);
}

/** A new header comes behind the last table that shares its outermost name, else at the end. */
function newTable(
  tree: ConfigTree,
  top: AST.TOMLTopLevelTable,
  parent: readonly string[],
  line: string,
  habit: ValueHabit,
): Replacement {
  const { text } = tree;
  const lineBreak = lineBreakOf(text);
  const block = `[${parent.map((key) => spellKey(key, habit)).join('.')}]${lineBreak}${line}`;
  const relative = tables(top).findLast(({ resolvedKey }) => resolvedKey[0] === parent[0]);
  if (relative === undefined) {
    const gap = text.trim() === '' ? '' : lineBreak;
    return atEnd(text, `${gap}${block}${lineBreak}`);
  }
  const end = lineEnd(text, relative.body.at(-1)?.range[1] ?? relative.range[1]);
  return insertion(end, `${lineBreak}${lineBreak}${block}`);
}

function atEnd(text: string, addition: string): Replacement {
  const closed = text === '' || text === '\uFEFF' || text.endsWith('\n');
  const lineBreak = lineBreakOf(text);
  const body = closed ? addition : `${lineBreak}${addition.slice(0, addition.length - lineBreak.length)}`;
  return insertion(text.length, body);
}
