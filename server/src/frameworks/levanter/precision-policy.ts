import type { TensorDtype } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import type { Around } from '../types.ts';

const DTYPES: Readonly<Record<string, TensorDtype>> = {
  f32: 'fp32',
  float32: 'fp32',
  full: 'fp32',
  bf16: 'bf16',
  bfloat16: 'bf16',
  f16: 'fp16',
  float16: 'fp16',
  half: 'fp16',
};

const SPELLINGS: { readonly [D in TensorDtype]?: string } = { fp32: 'f32', bf16: 'bfloat16', fp16: 'f16' };

/** What a policy names: parameters, computation, output, each by a letter or a word. */
const PARTS: Readonly<Record<Part, readonly string[]>> = {
  p: ['p', 'params'],
  c: ['c', 'compute'],
  o: ['o', 'output'],
};

type Part = 'p' | 'c' | 'o';

/**
 * One part of a policy such as `p=f32,c=bfloat16`, read and written with the others kept. A bare dtype stands for all
 * parts, and parts that are left out are full precision (jmp: jmp/_src/policy.py).
 */
export function policyPart(
  path: string,
  part: 'p' | 'c',
): {
  readonly read: (value: ConfigValue) => TensorDtype | undefined;
  readonly write: (to: TensorDtype, around: Around) => ConfigValue | undefined;
} {
  return {
    read: (value) => {
      if (typeof value !== 'string') return undefined;
      if (!value.includes('=')) return DTYPES[value.trim().toLowerCase()];
      const named = value.split(',').find((piece) => names(piece, part));
      return named === undefined
        ? 'fp32'
        : DTYPES[
            named
              .slice(named.indexOf('=') + 1)
              .trim()
              .toLowerCase()
          ];
    },
    write: (to, around) => {
      const spelt = SPELLINGS[to];
      return spelt === undefined ? undefined : withPart(around.get(path), part, spelt, around.has(path));
    },
  };
}

function withPart(policy: ConfigValue | undefined, part: Part, to: string, isWritten: boolean): string | undefined {
  const written = typeof policy === 'string' ? policy : undefined;
  // What a template would come to is not known.
  if (written === undefined && isWritten && policy !== null) return undefined;
  if (!written?.includes('=')) return spelledOut(written?.trim() ?? 'f32', part, to);
  const pieces = written.split(',');
  if (!pieces.some((piece) => names(piece, part))) return `${written},${part}=${to}`;
  return pieces.map((piece) => (names(piece, part) ? piece.slice(0, piece.indexOf('=') + 1) + to : piece)).join(',');
}

/** A policy that was one dtype for everything, with one part of it changed. */
function spelledOut(whole: string, part: Part, to: string): string {
  const parts: readonly (readonly [Part, string])[] = [
    ['p', part === 'p' ? to : whole],
    ['c', part === 'c' ? to : whole],
    ['o', whole],
  ];
  return parts
    .filter(([name, dtype]) => name !== 'o' || DTYPES[dtype.toLowerCase()] !== 'fp32')
    .map(([name, dtype]) => `${name}=${dtype}`)
    .join(',');
}

function names(piece: string, part: Part): boolean {
  return PARTS[part].includes(
    piece
      .slice(0, Math.max(0, piece.indexOf('=')))
      .trim()
      .toLowerCase(),
  );
}
