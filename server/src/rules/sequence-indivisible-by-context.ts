import { setField } from '../plan/index.ts';
import { nextMultiple } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const sequenceIndivisibleByContext = defineRule({
  id: 'sequence-indivisible-by-context',
  severity: 'error',
  summary: 'Sequences do not split over the context-parallel ranks, two chunks each',
  since: '0.1.0',
  needs: ['parallel.context', 'data.sequenceLength'],
  wants: ['data.packing', 'run.objective'],
  messages: {
    chunks:
      'Sequences of {length} tokens do not divide into {chunks} chunks, two for each of {ranks} context-parallel ranks.',
  },
  sources: [
    'torchtitan: torchtitan/trainer.py (sequence length against tensor × 2 × context parallel)',
    'Megatron-LM: megatron/core/utils.py, get_batch_on_this_cp_rank (two chunks a rank balance the causal mask)',
  ],

  check(fields, report) {
    const { 'parallel.context': ranks, 'data.sequenceLength': length } = fields;
    if (!isStated(ranks) || !isStated(length) || ranks.value <= 1 || length.value <= 0) return;
    // Examples of their own lengths are padded to what divides.
    if (fields['data.packing']?.value !== true && fields['run.objective']?.value !== 'pretraining') return;
    const chunks = 2 * ranks.value;
    if (length.value % chunks === 0) return;
    const whole = nextMultiple(length.value, chunks);
    report({
      at: 'data.sequenceLength',
      message: 'chunks',
      data: { length: length.value, chunks, ranks: ranks.value },
      fixes: [
        {
          title: `Set sequence length ${whole}: ${chunks} chunks of ${whole / chunks}`,
          safety: 'changes-training',
          edits: [setField('data.sequenceLength', whole)],
        },
      ],
    });
  },
});
