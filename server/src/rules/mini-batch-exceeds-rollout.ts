import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const miniBatchExceedsRollout = defineRule({
  id: 'mini-batch-exceeds-rollout',
  severity: 'error',
  summary: 'A policy update wants more completions than a round generates',
  since: '0.1.0',
  needs: ['rollout.miniBatch', 'rollout.batch', 'run.task'],
  messages: {
    exceeds: 'A mini batch of {mini} completions is larger than the {batch} completions of a generation round.',
  },
  sources: ['verl: verl/utils/config.py, train_batch_size >= ppo_mini_batch_size'],

  check({ 'rollout.miniBatch': mini, 'rollout.batch': batch, 'run.task': task }, report) {
    // Off-policy learning draws from a buffer that outlives the round.
    if (task.value === 'reinforcement-learning' || !isStated(mini) || batch.value <= 0) return;
    if (mini.value <= batch.value) return;
    report({
      at: 'rollout.miniBatch',
      message: 'exceeds',
      data: { mini: mini.value, batch: batch.value },
      fixes: [
        {
          title: `Set mini batch ${batch.value}: one update a round`,
          safety: 'changes-training',
          edits: [setField('rollout.miniBatch', batch.value)],
        },
      ],
    });
  },
});
