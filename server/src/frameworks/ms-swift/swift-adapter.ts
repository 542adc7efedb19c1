import schema from '../../../../schemas/ms-swift.schema.json' with { type: 'json' };
import { DEEPSPEED_AUTO_DERIVATIONS } from '../hf-family/join-deepspeed.ts';
import { ROLLOUT_DERIVATIONS } from '../hf-trainer/rollout-keys.ts';
import { defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { checkKeys } from '../kit/key-checks.ts';
import type { JsonSchema } from '../types.ts';
import { assumeSwift, SWIFT_DERIVATIONS, settleSwift, swiftResidents } from './settle-swift.ts';
import { SWIFT_CHECKS } from './swift-checks.ts';
import { SWIFT_KEYS } from './swift-keys.ts';

const isText = (value: unknown): boolean => typeof value === 'string';

/** Flat argument files of ms-swift, for its trainer on transformers and for its Megatron trainer. */
export const swiftAdapter = defineAdapter({
  id: 'ms-swift',
  title: 'ms-swift',
  loaders: { yaml: 'pyyaml', json: 'json' },
  recognise: (input) =>
    weigh(input, [
      { key: 'model', value: isText, weight: 15 },
      { key: 'tuner_type', weight: 45 },
      { key: 'train_type', weight: 30 },
      { key: 'sft_type', weight: 45 },
      { key: 'rlhf_type', weight: 50 },
      { key: 'split_dataset_ratio', weight: 30 },
      { key: 'dataset', weight: 5 },
      { key: 'model_author', weight: 20 },
      { key: 'padding_free', weight: 15 },
      { key: 'attn_impl', weight: 15 },
      { key: 'lr_warmup_fraction', weight: 10 },
      { key: 'target_modules', weight: 5 },
      ...[
        'base_model',
        'finetuning_type',
        'model_name_or_path',
        'actor_train',
        'sampler_type',
        'sampler_engine',
        'trainer',
      ].map((key) => ({ key, weight: -200 })),
      { key: 'model.name', weight: -200 },
    ]),
  keys: SWIFT_KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  // The file becomes a command line, so text is cast there.
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  join: assumeSwift,
  settle: settleSwift,
  derivations: [...SWIFT_DERIVATIONS, ...ROLLOUT_DERIVATIONS, ...DEEPSPEED_AUTO_DERIVATIONS],
  residents: swiftResidents,
  issues: (tree) => checkKeys(tree, SWIFT_CHECKS),
});
