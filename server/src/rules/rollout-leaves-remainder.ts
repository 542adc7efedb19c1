import { setField } from '../plan/index.ts';
import { largestDivisorUpTo, rolloutRemainder } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

export const rolloutLeavesRemainder = defineRule({
  id: 'rollout-leaves-remainder',
  severity: 'warning',
  summary: 'The last mini batch of every pass over a rollout is cut short',
  since: '0.1.0',
  needs: ['rollout.steps', 'rollout.environments', 'rollout.miniBatch', 'run.task'],
  messages: {
    truncated:
      'A rollout of {steps} steps × {environments} environments leaves a last mini batch of {remainder} of {mini} transitions in every pass.',
    single:
      'A rollout of {steps} steps × {environments} environments leaves a last mini batch of one transition, whose advantage cannot be normalised.',
  },
  sources: ['stable-baselines3: stable_baselines3/ppo/ppo.py, truncated mini-batch', 'CleanRL: cleanrl/ppo.py'],

  check(fields, report) {
    const { 'rollout.steps': steps, 'rollout.environments': environments, 'rollout.miniBatch': mini } = fields;
    if (fields['run.task'].value !== 'reinforcement-learning' || mini.value <= 0) return;
    if (!isStated(mini) && !isStated(steps)) return;
    const total = steps.value * environments.value;
    // A mini batch larger than the rollout is one whole pass.
    if (total <= mini.value) return;
    const remainder = rolloutRemainder(steps.value, environments.value, mini.value);
    if (remainder === 0) return;
    const divisor = largestDivisorUpTo(total, mini.value);
    report({
      at: 'rollout.miniBatch',
      message: remainder === 1 ? 'single' : 'truncated',
      data: { steps: steps.value, environments: environments.value, remainder, mini: mini.value },
      fixes:
        divisor > 1
          ? [
              {
                title: `Set mini batch ${divisor}: ${total / divisor} whole ones a pass`,
                safety: 'changes-training',
                edits: [setField('rollout.miniBatch', divisor)],
              },
            ]
          : [],
    });
  },
});
