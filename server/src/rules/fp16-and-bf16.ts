import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';

export const fp16AndBf16 = defineRule({
  id: 'fp16-and-bf16',
  severity: 'error',
  summary: 'fp16 and bf16 are both switched on',
  since: '0.1.0',
  needs: ['precision.fp16Flag', 'precision.bf16Flag'],
  messages: {
    both: 'fp16 and bf16 are both on: mixed precision takes one of them, and the trainer refuses to start.',
  },
  sources: [
    'transformers: src/transformers/training_args.py, _validate_args',
    'DeepSpeed: deepspeed/runtime/config.py, bf16 and fp16 modes cannot be simultaneously enabled',
    'gpt-neox: megatron/neox_arguments/arguments.py',
  ],

  check({ 'precision.fp16Flag': fp16, 'precision.bf16Flag': bf16 }, report) {
    if (!fp16.value || !bf16.value) return;
    report({
      at: 'precision.fp16Flag',
      message: 'both',
      data: {},
      fixes: [
        {
          title: 'Turn fp16 off: bf16 needs no loss scaling',
          safety: 'changes-training',
          edits: [setField('precision.fp16Flag', false)],
        },
        {
          title: 'Turn bf16 off: for GPUs older than Ampere',
          safety: 'changes-training',
          edits: [setField('precision.bf16Flag', false)],
        },
      ],
    });
  },
});
