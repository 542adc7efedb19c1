import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';

export const runHasNoSteps = defineRule({
  id: 'run-has-no-steps',
  severity: 'error',
  summary: 'The data set is smaller than one global batch and incomplete batches are dropped',
  since: '0.1.0',
  needs: ['data.examples', 'batch.global', 'data.dropLast'],
  messages: {
    dropped:
      '{examples} examples are fewer than one global batch of {global} and incomplete batches are dropped: the run has no steps.',
  },
  sources: ['torch: torch/utils/data/dataloader.py, drop_last'],

  check({ 'data.examples': examples, 'batch.global': global, 'data.dropLast': dropLast }, report) {
    if (!dropLast.value || examples.value <= 0 || examples.value >= global.value) return;
    report({
      at: 'batch.global',
      message: 'dropped',
      data: { examples: examples.value, global: global.value },
      fixes: [
        { title: 'Keep incomplete batches', safety: 'changes-training', edits: [setField('data.dropLast', false)] },
      ],
    });
  },
});
