import schema from '../../../../schemas/gpt-neox.schema.json' with { type: 'json' };
import { defineAdapter } from '../kit/define-adapter.ts';
import { type Sign, weigh } from '../kit/evidence.ts';
import { checkKeys } from '../kit/key-checks.ts';
import type { JsonSchema } from '../types.ts';
import { GPT_NEOX_CHECKS } from './gpt-neox-checks.ts';
import { GPT_NEOX_KEYS } from './gpt-neox-keys.ts';
import { layerIssues } from './layer-issues.ts';
import { isPiece, residentsOf, settleGptNeox } from './settle-gpt-neox.ts';
import { eitherSpelling, schemaInBothSpellings } from './spellings.ts';

/** Names with underscores and how much each tells; the spelling with hyphens tells as much. */
const TELLING: readonly (readonly [string, number])[] = [
  ['pipe_parallel_size', 30],
  ['synchronize_each_layer', 30],
  ['attention_config', 30],
  ['gpt_j_residual', 30],
  ['no_weight_tying', 30],
  ['checkpoint_validation_with_forward_pass', 40],
  ['output_layer_parallelism', 20],
  ['model_parallel_size', 15],
  ['checkpoint_activations', 15],
  ['lr_decay_iters', 15],
  ['lr_decay_style', 10],
  ['train_iters', 10],
  ['train_micro_batch_size_per_gpu', 10],
  ['num_layers', 5],
  ['pos_emb', 10],
  ['vocab_file', 10],
  ['merge_file', 15],
  ['data_path', 10],
  ['tensorboard_dir', 5],
  ['wandb_host', 10],
];

const SIGNS: readonly Sign[] = [
  ...TELLING.flatMap(([name, weight]): readonly Sign[] => [
    { key: name, weight },
    { key: name.replaceAll('_', '-'), weight },
  ]),
  ...['trainer', 'model', 'base_model', 'model_name_or_path', 'MODEL_ARGS', '_BASE_'].map((key) => ({
    key,
    weight: -200,
  })),
];

/** GPT-NeoX: flow mappings with comments, keys with hyphens or underscores alike. PyYAML reads them, and types are checked. */
export const gptNeoxAdapter = defineAdapter({
  id: 'gpt-neox',
  title: 'GPT-NeoX',
  loaders: { yaml: 'pyyaml', json: 'json' },
  recognise: (input) => weigh(input, SIGNS),
  keys: GPT_NEOX_KEYS,
  // TypeScript reads a JSON module's literals as wide types; the file is written as a JsonSchema.
  schema: schemaInBothSpellings(schema as unknown as JsonSchema),
  policy: { unknownKeys: 'refused', castsNumbers: () => false },
  partial: isPiece,
  // A list of stages is what the autotuner tries.
  join: ({ builder, around }) => {
    if (Array.isArray(eitherSpelling(around).get('zero_optimization.stage'))) builder.obscure('sharding.zeroStage');
  },
  issues: (tree) => [...layerIssues(tree), ...checkKeys(tree, GPT_NEOX_CHECKS)],
  settle: settleGptNeox,
  residents: residentsOf,
});
