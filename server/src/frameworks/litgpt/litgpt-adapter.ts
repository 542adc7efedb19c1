import schema from '../../../../schemas/litgpt.schema.json' with { type: 'json' };
import { defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import type { Adapter, JsonSchema } from '../types.ts';
import { litgptIssues } from './litgpt-issues.ts';
import { LITGPT_KEYS } from './litgpt-keys.ts';
import { LITGPT_DERIVATIONS, settleLitgpt } from './settle-litgpt.ts';

/** litgpt's YAML for its pretraining and fine-tuning commands. */
export const litgptAdapter: Adapter = defineAdapter({
  id: 'litgpt',
  title: 'LitGPT',
  // jsonargparse reads with PyYAML and a float pattern of its own, as OmegaConf does.
  loaders: { yaml: 'omegaconf' },
  recognise: (input) =>
    weigh(input, [
      { key: 'train.global_batch_size', weight: 25 },
      { key: 'train.micro_batch_size', weight: 25 },
      { key: 'train.lr_warmup_steps', weight: 20 },
      { key: 'data.class_path', value: (value) => String(value).startsWith('litgpt.'), weight: 60 },
      { key: 'checkpoint_dir', weight: 10 },
      { key: 'model_name', weight: 10 },
      { key: 'optimizer.class_path', weight: 20 },
      { key: 'optimizer.init_args', weight: 10 },
      { key: 'lora_query', weight: 40 },
      { key: 'trainer', weight: -100 },
      { key: 'training', weight: -100 },
    ]),
  keys: LITGPT_KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'refused', castsNumbers: () => true },
  settle: settleLitgpt,
  derivations: LITGPT_DERIVATIONS,
  issues: litgptIssues,
});
