import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const batchBelowExpertRanks = defineRule({
  id: 'batch-below-expert-ranks',
  severity: 'error',
  summary: 'Expert parallelism spans more data-parallel ranks than the global batch has sequences for',
  since: '0.1.0',
  needs: ['parallel.expert', 'batch.global', 'batch.micro'],
  wants: ['parallel.tensor', 'parallel.context', 'parallel.world', 'batch.unit'],
  messages: {
    short:
      'Expert parallel {experts} takes {ranks} data-parallel ranks or more; at {micro} micro each, one pass is {least} sequences and the batch {global}.',
  },
  sources: [
    'NeMo Automodel: nemo_automodel/components/distributed/mesh_utils.py (data × context × tensor ranks are a multiple of ep_size)',
    'NeMo Automodel: nemo_automodel/components/training/step_scheduler.py (a batch below one pass is refused)',
    'torchtitan: torchtitan/distributed/parallel_dims.py, _validate',
    'Megatron-LM: megatron/training/arguments.py, validate_args',
  ],

  check(fields, report) {
    const { 'parallel.expert': experts, 'batch.global': global, 'batch.micro': micro } = fields;
    // Where the world is known, the batch is held against its ranks.
    if (fields['parallel.world'] !== undefined || fields['batch.unit']?.value === 'prompts') return;
    if (!isStated(experts) || !isStated(global) || experts.value <= 1 || micro.value <= 0) return;
    const within = (fields['parallel.tensor']?.value ?? 1) * (fields['parallel.context']?.value ?? 1);
    const ranks = Math.ceil(experts.value / within);
    const least = ranks * micro.value;
    if (global.value >= least) return;
    report({
      at: 'batch.global',
      message: 'short',
      data: { experts: experts.value, ranks, micro: micro.value, least, global: global.value },
      fixes: [
        {
          title: `Set global batch ${least}: one micro batch on each of ${ranks} ranks`,
          safety: 'changes-training',
          edits: [setField('batch.global', least)],
        },
      ],
      related: ['parallel.expert', 'batch.micro'],
    });
  },
});
