import schema from '../../../../schemas/oumi.schema.json' with { type: 'json' };
import { defineAdapter } from '../kit/define-adapter.ts';
import { topKeys, weigh } from '../kit/evidence.ts';
import type { Adapter, JsonSchema, Recognisable } from '../types.ts';
import { oumiIssues } from './oumi-issues.ts';
import { OUMI_KEYS } from './oumi-keys.ts';
import { oumiResidents } from './oumi-residents.ts';
import { OUMI_DERIVATIONS, settleOumi } from './settle-oumi.ts';

/** Evaluation, inference and judging name a model in the same words, in files of other classes. */
function trains({ tree }: Recognisable): boolean {
  const keys = topKeys(tree);
  return keys.has('training') || keys.has('data');
}

/** oumi's training YAML: `model`, `data`, `training`, `peft`, `fsdp`, `deepspeed`. */
export const oumiAdapter: Adapter = defineAdapter({
  id: 'oumi',
  title: 'Oumi',
  loaders: { yaml: 'omegaconf' },
  recognise: (input) =>
    trains(input)
      ? weigh(input, [
          { key: 'model.model_name', weight: 30 },
          { key: 'training.trainer_type', weight: 50 },
          { key: 'training.per_device_train_batch_size', weight: 20 },
          { key: 'training.output_dir', weight: 10 },
          { key: 'data.train.datasets', weight: 40 },
          { key: 'model.model_max_length', weight: 10 },
          { key: 'model.torch_dtype_str', weight: 20 },
          // A search over such trainings, whose file is of another class.
          { key: 'tuning', weight: -200 },
        ])
      : undefined,
  keys: OUMI_KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  // OmegaConf merges into dataclasses: it refuses keys they lack and casts numbers written as text.
  policy: { unknownKeys: 'refused', castsNumbers: () => true },
  settle: settleOumi,
  derivations: OUMI_DERIVATIONS,
  residents: oumiResidents,
  issues: oumiIssues,
});
