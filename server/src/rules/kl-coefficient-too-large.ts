import type { Objective } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

/** Where published weights of the divergence from the reference end. */
interface Ceiling {
  readonly objectives: ReadonlySet<Objective>;
  /** The largest published one. */
  readonly published: number;
  /** Above it a weight is worth a look. */
  readonly noticeAbove: number;
  /** Above it the weight is a slip of the digits, or another method's. */
  readonly warnAbove: number;
}

/** On-policy distillation, which runs in the same trainers, weighs the divergence with 1. */
const IN_THE_REWARD: Ceiling = {
  objectives: new Set<Objective>(['ppo', 'grpo', 'rloo']),
  published: 0.2,
  noticeAbove: 0.5,
  warnAbove: 1,
};

/** Sums over a sequence's tokens; losses that average over them take ten times as much. */
const IN_THE_LOSS: Ceiling = {
  objectives: new Set<Objective>(['dpo', 'kto']),
  published: 0.5,
  noticeAbove: 1,
  warnAbove: 2,
};

export const klCoefficientTooLarge = defineRule({
  id: 'kl-coefficient-too-large',
  severity: 'warning',
  summary: 'The divergence from the reference weighs so much that the policy hardly leaves it',
  since: '0.1.0',
  needs: ['run.objective'],
  wants: ['rollout.klCoefficient', 'preference.beta', 'preference.lengthNormalised'],
  judgesLearning: true,
  messages: {
    reward:
      'KL coefficient {weight}: published {objective} runs end at {published}, and above it the reward hardly moves the policy from its reference.',
    loss: 'Preference beta {weight}: published {objective} runs end at {published}, and above it the policy hardly leaves its reference.',
  },
  sources: [
    'Ziegler et al. 2019, arXiv 1909.08593 (KL control that starts at 0.2)',
    'DeepSeekMath, arXiv 2402.03300 (GRPO 0.04); InstructGPT, arXiv 2203.02155 (0.02)',
    'TRL: trl/trainer/rloo_config.py (0.05); verl: verl/trainer/config/actor/actor.yaml (0.001)',
    'alignment-handbook: recipes/zephyr-7b-beta/dpo (0.01); SmolLM2 DPO (0.5)',
    'open-instruct: Tülu 3 DPO, averaged over tokens (5)',
  ],

  check(fields, report) {
    const objective = fields['run.objective'].value;
    const look = (
      at: 'rollout.klCoefficient' | 'preference.beta',
      message: 'reward' | 'loss',
      { objectives, published, noticeAbove, warnAbove }: Ceiling,
    ): void => {
      const weight = fields[at];
      if (weight === undefined || !isStated(weight) || !objectives.has(objective)) return;
      if (weight.value <= noticeAbove) return;
      report({
        at,
        message,
        data: { weight: weight.value, objective: objective.toUpperCase(), published },
        severity: weight.value > warnAbove ? 'warning' : 'information',
      });
    };
    look('rollout.klCoefficient', 'reward', IN_THE_REWARD);
    if (fields['preference.lengthNormalised']?.value !== true) look('preference.beta', 'loss', IN_THE_LOSS);
  },
});
