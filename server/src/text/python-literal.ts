import type { SyntaxNode } from '@lezer/common';
import { markOverwritten } from './mark-overwritten.ts';
import type { ConfigNode, MapEntry, ScalarNode, TextRange } from './types.ts';

/** What a name stands for in the whole file, where it is bound once and to something literal. */
export interface PythonName {
  readonly literal: SyntaxNode;
  /** More than one place uses the name, so a change of its literal changes them all. */
  readonly shared: boolean;
}

export interface PythonScope {
  readonly text: string;
  readonly names: ReadonlyMap<string, PythonName>;
}

/** Lists and maps deeper than this are not followed. */
const MAX_DEPTH = 12;

/** torch's own names for dtypes, which configs spell without the module (torch: torch/csrc/utils/tensor_dtypes.cpp). */
const TORCH_DTYPE = /^torch\s*\.\s*(bfloat16|float16|float32|float64|float|half|double|uint8|int8)$/;

/** A Python expression as a value: literals, lists and maps of them, and names that stand for one. The rest is unresolved. */
export function pythonValue(node: SyntaxNode, scope: PythonScope, depth = 0): ConfigNode {
  if (node.name !== 'VariableName') return literal(node, scope, depth, false);
  const named = scope.names.get(sourceOf(node, scope));
  return named === undefined ? unresolved(node, scope) : literal(named.literal, scope, depth + 1, named.shared);
}

export function isPythonLiteral(node: SyntaxNode): boolean {
  return /^(?:Number|String|ContinuedString|Boolean|None|UnaryExpression|ArrayExpression|TupleExpression|DictionaryExpression|MemberExpression)$/.test(
    node.name,
  );
}

/** The nodes under one, comments left out. */
export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling)
    if (child.name !== 'Comment') children.push(child);
  return children;
}

/** Text that Python's escapes stand for, or undefined where the literal is no plain string. */
export function pythonString(source: string): string | undefined {
  const match = /^([rRuU]?)("""|'''|"|')([\s\S]*)\2$/.exec(source);
  const content = match?.[3];
  if (match === null || content === undefined) return undefined;
  if (/r/i.test(match[1] ?? '')) return content;
  return unescaped(content);
}

function literal(node: SyntaxNode, scope: PythonScope, depth: number, shared: boolean): ConfigNode {
  if (depth > MAX_DEPTH) return unresolved(node, scope);
  const mark = shared ? ({ shared: true } as const) : {};
  if (node.name === 'ArrayExpression' || node.name === 'TupleExpression') {
    const items = childrenOf(node).filter((child) => !/^[[\](),]$/.test(child.name));
    if (items.some((item) => item.name === '*' || item.type.isError)) return unresolved(node, scope);
    return {
      kind: 'seq',
      range: rangeOf(node),
      items: items.map((item) => itemOf(item, scope, depth, shared)),
      flow: true,
      ...mark,
    };
  }
  if (node.name === 'DictionaryExpression') {
    const entries = entriesOf(node, scope, depth, shared);
    if (entries === undefined) return unresolved(node, scope);
    return { kind: 'map', range: rangeOf(node), entries: markOverwritten(entries), flow: true, ...mark };
  }
  const value = scalarValue(node, scope);
  if (value === undefined) return unresolved(node, scope);
  const source = sourceOf(node, scope);
  return { kind: 'scalar', range: rangeOf(node), value, source, style: styleOf(source), ...mark };
}

function itemOf(node: SyntaxNode, scope: PythonScope, depth: number, shared: boolean): ConfigNode {
  return node.name === 'VariableName' ? pythonValue(node, scope, depth + 1) : literal(node, scope, depth + 1, shared);
}

/** The entries of `{"key": value, …}`; undefined where a key is no string or another map is spread into it. */
function entriesOf(
  node: SyntaxNode,
  scope: PythonScope,
  depth: number,
  shared: boolean,
): readonly MapEntry[] | undefined {
  const parts = childrenOf(node).filter((child) => !/^[{},]$/.test(child.name));
  const entries: MapEntry[] = [];
  for (let at = 0; at < parts.length; at += 3) {
    const [key, colon, value] = parts.slice(at, at + 3);
    if (key === undefined || colon?.name !== ':' || value === undefined || value.type.isError) return undefined;
    const name = key.name === 'String' ? pythonString(sourceOf(key, scope)) : undefined;
    if (name === undefined) return undefined;
    entries.push({ key: name, keyRange: rangeOf(key), value: itemOf(value, scope, depth, shared) });
  }
  return entries;
}

function scalarValue(node: SyntaxNode, scope: PythonScope): ScalarNode['value'] | undefined {
  const source = sourceOf(node, scope);
  switch (node.name) {
    case 'Number':
      return pythonNumber(source);
    case 'Boolean':
      return source === 'True';
    case 'None':
      return null;
    case 'String':
      return pythonString(source);
    case 'ContinuedString':
      return joinedString(node, scope);
    case 'UnaryExpression':
      return signedNumber(node, scope);
    case 'MemberExpression':
      return TORCH_DTYPE.exec(source)?.[1];
    default:
      return undefined;
  }
}

function joinedString(node: SyntaxNode, scope: PythonScope): string | undefined {
  const parts = childrenOf(node).map((part) =>
    part.name === 'String' ? pythonString(sourceOf(part, scope)) : undefined,
  );
  return parts.includes(undefined) ? undefined : parts.join('');
}

function signedNumber(node: SyntaxNode, scope: PythonScope): number | undefined {
  const [sign, operand] = childrenOf(node);
  if (sign?.name !== 'ArithOp' || operand?.name !== 'Number') return undefined;
  const number = pythonNumber(sourceOf(operand, scope));
  const spelled = sourceOf(sign, scope);
  if (number === undefined || (spelled !== '-' && spelled !== '+')) return undefined;
  return spelled === '-' ? -number : number;
}

/** Complex numbers and what Python refuses are none. */
function pythonNumber(source: string): number | undefined {
  const digits = source.replaceAll('_', '');
  if (/^0[xob][0-9a-f]+$/i.test(digits)) return Number(digits);
  return /^(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(digits) ? Number(digits) : undefined;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
};

/** Escapes by name and octal ones are left unread: no config needs them. */
function unescaped(content: string): string | undefined {
  if (!content.includes('\\')) return content;
  let isPlain = true;
  const text = content.replace(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\s\S]))/g, (_all, long, short, single) => {
    const hex: string | undefined = long ?? short;
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    const known = ESCAPES[String(single)];
    isPlain &&= known !== undefined;
    return known ?? '';
  });
  return isPlain ? text : undefined;
}

function unresolved(node: SyntaxNode, scope: PythonScope): ScalarNode {
  const source = sourceOf(node, scope);
  return { kind: 'scalar', range: rangeOf(node), value: source, source, style: 'plain', unresolved: 'interpolation' };
}

function styleOf(source: string): ScalarNode['style'] {
  if (/^[rRuU]?'/.test(source)) return 'single';
  return /^[rRuU]?"/.test(source) ? 'double' : 'plain';
}

export function rangeOf(node: SyntaxNode): TextRange {
  return { start: node.from, end: node.to };
}

export function sourceOf(node: SyntaxNode, { text }: Pick<PythonScope, 'text'>): string {
  return text.slice(node.from, node.to);
}
