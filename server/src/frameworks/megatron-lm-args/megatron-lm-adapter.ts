import schema from '../../../../schemas/megatron-lm-args.schema.json' with { type: 'json' };
import { nodeAt, toValue } from '../../text/index.ts';
import { defineAdapter } from '../kit/define-adapter.ts';
import { type Sign, weigh } from '../kit/evidence.ts';
import { checkKeys } from '../kit/key-checks.ts';
import type { JsonSchema, Recognisable } from '../types.ts';
import { MEGATRON_LM_CHECKS } from './megatron-lm-checks.ts';
import { MEGATRON_LM_KEYS } from './megatron-lm-keys.ts';
import { settleMegatronLm } from './settle-megatron-lm.ts';

const SIGNS: readonly Sign[] = [
  { key: 'MODEL_ARGS', weight: 80 },
  { key: 'MODEL_ARGS.--micro-batch-size', weight: 20 },
  { key: 'MODEL_ARGS.--num-layers', weight: 10 },
];

/** The same test cases hold arguments of other launchers, which have no dashes. */
function holdsFlags({ tree }: Recognisable): boolean {
  const flags = nodeAt(tree, ['MODEL_ARGS']);
  return flags?.kind === 'map' && flags.entries.some((entry) => entry.key.startsWith('--'));
}

/** Command-line flags of Megatron-LM under `MODEL_ARGS`, as its own test cases hold them. */
export const megatronLmAdapter = defineAdapter({
  id: 'megatron-lm-args',
  title: 'Megatron-LM arguments',
  loaders: { yaml: 'pyyaml' },
  recognise: (input) => (holdsFlags(input) ? weigh(input, SIGNS) : undefined),
  keys: MEGATRON_LM_KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  // The flags go through argparse, which casts; test scripts add some of their own.
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  issues: (tree) => checkKeys(tree, MEGATRON_LM_CHECKS),
  // What the flags leave out of the model comes from the checkpoint then.
  partial: (tree) => {
    const given = nodeAt(tree, ['MODEL_ARGS', '--use-checkpoint-args']);
    return given !== undefined && toValue(given) === true;
  },
  settle: settleMegatronLm,
});
