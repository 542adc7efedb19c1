import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../../../server/src/frameworks/index.ts';
import { parseText, withLoader } from '../../../server/src/text/index.ts';

const IDS = ['hf-trainer', 'open-instruct', 'fms-hf-tuning', 'deepspeed', 'accelerate', 'internvl-classification'];

/** Keys whose rows look at neighbours or into nested maps, where an odd value could do most harm. */
const KEYS = [
  'per_device_train_batch_size',
  'learning_rate',
  'warmup_steps',
  'warmup_ratio',
  'max_steps',
  'deepspeed',
  'fsdp',
  'fsdp_config',
  'use_peft',
  'lora_target_modules',
  'beta',
  'num_generations',
  'use_vllm',
  'dtype',
  'packing',
  'packing_strategy',
  'accelerate_config',
  'zero_optimization',
  'train_batch_size',
  'optimizer',
  'scheduler',
  'bf16',
  'distributed_type',
  'deepspeed_config',
  'num_processes',
  'parallelism_config',
  'accelerate_launch_args',
  'checkpointing_steps',
  'TRAIN',
  'DATA',
  'MODEL',
];

const NESTED = [
  'stage',
  'offload_param',
  'device',
  'params',
  'betas',
  'zero_stage',
  'fsdp_version',
  'EPOCHS',
  'OPTIMIZER',
];

const odd = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false, '', 'auto', 'no', 0, -1, 0.5, 1e300, '1e-5', 'x.json'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NESTED), tie('value'), { maxKeys: 3 }),
  ),
})).value;

describe('odd values under known keys', () => {
  it('never make an adapter throw, nor state a number that is none', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...KEYS), odd, { maxKeys: 8 }), (config) => {
        const parsed = parseText('config.json', JSON.stringify(config), 'json');
        const tree = withLoader(parsed, 'json');
        const linked = {
          resolve: (_from: string, path: string) => ({ file: path, found: false }),
          open: () => undefined,
        };
        for (const adapter of ADAPTERS.filter(({ id }) => IDS.includes(id))) {
          for (const { plan } of adapter.read({ file: 'config.json', tree, linked }).plans) {
            for (const [field, sourced] of Object.entries(plan.values)) {
              if (typeof sourced.value === 'number') expect(Number.isFinite(sourced.value), field).toBe(true);
            }
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
