import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const microBatchBelowSequence = defineRule({
  id: 'micro-batch-below-sequence',
  severity: 'error',
  summary: 'A micro batch that counts tokens does not hold one whole sequence',
  since: '0.1.0',
  needs: ['batch.microTokens', 'data.sequenceLength'],
  wants: ['data.packing', 'data.padToMax', 'run.objective', 'parallel.context', 'parallel.ulysses'],
  messages: {
    below:
      'A micro batch of {tokens} tokens does not hold one sequence of {length}: the run stops at the first that is as long.',
  },
  sources: [
    'fairseq: fairseq/data/data_utils_fast.pyx, batch_by_size_vec (lengths must not exceed max_tokens)',
    'verl: verl/utils/seqlen_balancing.py, rearrange_micro_batches (max_token_len >= max_seq_len)',
  ],

  check(fields, report) {
    const { 'batch.microTokens': tokens, 'data.sequenceLength': length } = fields;
    if (!isStated(tokens) || tokens.value <= 0) return;
    // A sequence that is split over ranks has the room of all of them.
    const ranks = (fields['parallel.context']?.value ?? 1) * (fields['parallel.ulysses']?.value ?? 1);
    if (tokens.value * ranks >= length.value) return;
    const isFull =
      fields['data.packing']?.value === true ||
      fields['data.padToMax']?.value === true ||
      fields['run.objective']?.value === 'pretraining';
    const enough = Math.ceil(length.value / ranks);
    report({
      at: 'batch.microTokens',
      message: 'below',
      data: { tokens: tokens.value * ranks, length: length.value },
      // Elsewhere the length is a cap, which the data may never reach.
      severity: isFull ? 'error' : 'warning',
      related: ['data.sequenceLength'],
      fixes: [
        {
          title: `Set micro batch ${enough} tokens: one whole sequence`,
          safety: 'changes-training',
          edits: [setField('batch.microTokens', enough)],
        },
      ],
    });
  },
});
