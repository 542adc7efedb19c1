import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const miniBatchExceedsRollout = defineRule({
  id: 'mini-batch-exceeds-rollout',
  severity: 'error',
  summary: 'A policy update wants more samples than a round generates',
  since: '0.1.0',
  needs: ['rollout.miniBatch', 'run.task'],
  wants: ['rollout.batch', 'rollout.steps', 'rollout.environments'],
  messages: {
    exceeds: 'A mini batch of {mini} completions is larger than the {batch} completions of a generation round.',
    whole:
      'A mini batch of {mini} is larger than a rollout of {steps} steps × {environments} environments: every update takes its {batch} transitions.',
  },
  sources: [
    'verl: verl/utils/config.py, train_batch_size >= ppo_mini_batch_size',
    'stable-baselines3: stable_baselines3/ppo/ppo.py, stable_baselines3/common/buffers.py, RolloutBuffer.get',
  ],

  check(fields, report) {
    const { 'rollout.miniBatch': mini, 'rollout.steps': steps, 'rollout.environments': environments } = fields;
    const isControl = fields['run.task'].value === 'reinforcement-learning';
    // Algorithms that replay have no steps: they draw from a buffer that outlives the round.
    const collected = steps === undefined || environments === undefined ? undefined : steps.value * environments.value;
    const batch = isControl ? collected : fields['rollout.batch']?.value;
    if (batch === undefined || batch <= 0 || !isStated(mini) || mini.value <= batch) return;
    const common = {
      at: 'rollout.miniBatch',
      fixes: [
        {
          title: `Set mini batch ${batch}: one update a ${isControl ? 'pass, as it is' : 'round'}`,
          safety: isControl ? 'safe' : 'changes-training',
          edits: [setField('rollout.miniBatch', batch)],
        },
      ],
    } as const;
    if (!isControl)
      report({
        ...common,
        message: 'exceeds',
        data: { mini: mini.value, batch },
        related: ['rollout.miniBatch', 'rollout.batch', 'run.task'],
      });
    else if (steps !== undefined && environments !== undefined)
      report({
        ...common,
        message: 'whole',
        data: { mini: mini.value, batch, steps: steps.value, environments: environments.value },
        // Tuned hyperparameters are published so: the run is sound, the number is not what it says.
        severity: 'information',
        related: ['rollout.steps', 'rollout.environments'],
      });
  },
});
