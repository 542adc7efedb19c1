import type { TermName } from './types.ts';

/** The parts of a peak in the order they are shown. */
export const TERM_NAMES = [
  'weights',
  'gradients',
  'optimizer states',
  'master weights',
  'weight casts',
  'activations',
  'logits and loss',
  'temporaries',
  'gathered layers',
  'communication buffers',
  'other models',
  'rollout engine',
  'key-value cache',
  'inputs',
  'workspace',
  'context',
  'fragmentation',
] as const satisfies readonly TermName[];

/** Place of a term in the counters' vectors. */
export const TERM_INDEX = Object.fromEntries(TERM_NAMES.map((name, index) => [name, index])) as Readonly<
  // fromEntries forgets its keys; the list above holds every one.
  Record<TermName, number>
>;
