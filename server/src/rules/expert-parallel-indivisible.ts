import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const expertParallelIndivisible = defineRule({
  id: 'expert-parallel-indivisible',
  severity: 'error',
  summary: 'Experts do not split over the expert-parallel ranks',
  since: '0.1.0',
  needs: ['model.experts', 'parallel.expert'],
  messages: {
    experts: '{experts} experts do not divide over {ranks} expert-parallel ranks: each rank holds whole experts.',
    dense: 'Expert parallelism over {ranks} ranks on a model without experts: there is nothing to split.',
  },
  sources: [
    'Megatron-LM: megatron/training/arguments.py, number of experts and expert model parallel size',
    'torchtitan: torchtitan/distributed/parallel_dims.py',
  ],

  check({ 'model.experts': experts, 'parallel.expert': ranks }, report) {
    if (!isStated(ranks) || ranks.value <= 1) return;
    if (experts.value <= 1) {
      report({ at: 'parallel.expert', message: 'dense', data: { ranks: ranks.value }, severity: 'warning' });
      return;
    }
    if (experts.value % ranks.value === 0) return;
    report({ at: 'parallel.expert', message: 'experts', data: { experts: experts.value, ranks: ranks.value } });
  },
});
