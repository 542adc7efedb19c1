import type { SyntaxNode } from '@lezer/common';
import { childrenOf, type PythonScope, pythonValue, rangeOf, sourceOf } from './python-literal.ts';
import type { ConfigNode, MapEntry, TextRange } from './types.ts';

/** A call of a class, or of a class's `from_pretrained`. */
export interface PythonCall {
  /** The class, without the modules before it. */
  readonly name: string;
  readonly method: 'from_pretrained' | undefined;
  readonly nameRange: TextRange;
  readonly range: TextRange;
  readonly positional: readonly ConfigNode[];
  readonly keywords: readonly MapEntry[];
  /** Further arguments come from elsewhere: `**kwargs`. */
  readonly open: boolean;
  /** A test in the code decides whether the call is made. */
  readonly conditional: boolean;
}

/** Reads a call of a class by its name; undefined for calls of anything else. */
export function readCall(node: SyntaxNode, scope: PythonScope): PythonCall | undefined {
  const [callee, list] = childrenOf(node);
  if (callee === undefined || list?.name !== 'ArgList') return undefined;
  const path = sourceOf(callee, scope).replace(/\s+/g, '').split('.');
  const method = path.at(-1) === 'from_pretrained' ? path.pop() : undefined;
  const name = path.at(-1);
  if (name === undefined || !/^[A-Z]\w*$/.test(name)) return undefined;
  return {
    name,
    method: method === undefined ? undefined : 'from_pretrained',
    nameRange: rangeOf(callee),
    range: rangeOf(node),
    ...argumentsOf(list, scope),
    conditional: isConditional(node, scope),
  };
}

function argumentsOf(list: SyntaxNode, scope: PythonScope): Pick<PythonCall, 'positional' | 'keywords' | 'open'> {
  const parts = childrenOf(list);
  const positional: ConfigNode[] = [];
  const keywords: MapEntry[] = [];
  let open = false;
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at];
    if (part === undefined || /^[(),]$/.test(part.name) || part.type.isError) continue;
    if (part.name === '*' || part.name === '**' || /^\*/.test(sourceOf(part, scope))) {
      open = true;
      at += 1;
      continue;
    }
    const value = parts[at + 2];
    if (parts[at + 1]?.name !== 'AssignOp') positional.push(pythonValue(part, scope));
    else {
      if (value !== undefined && !value.type.isError && !/^[(),]$/.test(value.name))
        keywords.push({ key: sourceOf(part, scope), keyRange: rangeOf(part), value: pythonValue(value, scope) });
      at += 2;
    }
  }
  return { positional, keywords, open };
}

/** Whether an `if` stands around the call, other than the one that asks whether the file is run as a program. */
function isConditional(node: SyntaxNode, scope: PythonScope): boolean {
  for (let at = node.parent; at !== null; at = at.parent) {
    if (at.name === 'ConditionalExpression') return true;
    if (at.name === 'FunctionDefinition') continue;
    if (at.name === 'IfStatement' && !/^if\s*\(?\s*__name__\b/.test(sourceOf(at, scope).slice(0, 40))) return true;
  }
  return false;
}
