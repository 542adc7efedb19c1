import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const fsdpAndDeepspeed = defineRule({
  id: 'fsdp-and-deepspeed',
  severity: 'error',
  summary: 'FSDP and DeepSpeed are both switched on',
  since: '0.1.0',
  needs: ['sharding.fsdpConfig', 'sharding.deepspeedConfig'],
  messages: {
    both: 'FSDP and DeepSpeed are both on: each wants to split the model itself, and the trainer takes only one of them.',
  },
  sources: [
    'axolotl: src/axolotl/utils/schemas/validation.py, check_fsdp_deepspeed',
    'accelerate: src/accelerate/accelerator.py (one distributed plugin at a time)',
  ],

  check({ 'sharding.fsdpConfig': fsdp, 'sharding.deepspeedConfig': deepspeed }, report) {
    if (!isStated(fsdp) || !isStated(deepspeed)) return;
    if (fsdp.value === '' || deepspeed.value === '') return;
    report({
      at: 'sharding.fsdpConfig',
      message: 'both',
      data: {},
      fixes: [
        { title: 'Remove FSDP, keep DeepSpeed', safety: 'changes-training', edits: [{ unset: 'sharding.fsdpConfig' }] },
        {
          title: 'Remove DeepSpeed, keep FSDP',
          safety: 'changes-training',
          edits: [{ unset: 'sharding.deepspeedConfig' }],
        },
      ],
    });
  },
});
