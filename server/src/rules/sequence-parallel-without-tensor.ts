import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const sequenceParallelWithoutTensor = defineRule({
  id: 'sequence-parallel-without-tensor',
  severity: 'hint',
  summary: 'Sequence parallelism is switched on without tensor parallelism, whose ranks it splits over',
  since: '0.1.0',
  needs: ['parallel.sequence', 'parallel.tensor'],
  messages: {
    alone: 'Sequence parallelism splits activations over tensor-parallel ranks and there is {ranks}: it does nothing.',
  },
  sources: [
    'Megatron-LM: megatron/training/arguments.py, validate_args (sequence parallelism is switched off at tensor parallel 1)',
    'NeMo: nemo/collections/nlp/models/language_modeling/megatron_base_model.py',
    'Korthikanti et al. 2022, arXiv 2205.05198, section 4.2',
  ],

  check({ 'parallel.sequence': sequence, 'parallel.tensor': tensor }, report) {
    if (!isStated(sequence) || !isStated(tensor) || !sequence.value || tensor.value !== 1) return;
    report({
      at: 'parallel.sequence',
      message: 'alone',
      data: { ranks: 1 },
      fixes: [
        {
          title: 'Switch sequence parallelism off: as it runs now',
          safety: 'safe',
          edits: [setField('parallel.sequence', false)],
        },
      ],
    });
  },
});
