import { klCoefficientTooLarge } from '../../server/src/rules/kl-coefficient-too-large.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const dpo = { 'run.objective': 'dpo' } as const;
const grpo = { 'run.objective': 'grpo' } as const;

testRule(klCoefficientTooLarge, {
  quiet: [
    planOf({ ...grpo, 'rollout.klCoefficient': 0 }),
    planOf({ ...grpo, 'rollout.klCoefficient': 0.2 }),
    planOf({ ...grpo, 'rollout.klCoefficient': byDefault(4) }),
    planOf({ 'run.objective': 'distillation', 'rollout.klCoefficient': 4 }),
    planOf({ ...dpo, 'preference.beta': 0.5 }),
    // Tülu 3 divides by the tokens of a completion.
    planOf({ ...dpo, 'preference.beta': 5, 'preference.lengthNormalised': true }),
    // SimPO is published at 2 to 10.
    planOf({ 'run.objective': 'simpo', 'preference.beta': 10 }),
  ],
  fires: [
    {
      plan: planOf({ ...grpo, 'rollout.klCoefficient': 4 }),
      message: 'reward',
      at: 'rollout.klCoefficient',
      says: ['KL coefficient 4', 'GRPO', '0.2'],
    },
    {
      plan: planOf({ 'run.objective': 'ppo', 'rollout.klCoefficient': 1 }),
      message: 'reward',
      at: 'rollout.klCoefficient',
      severity: 'information',
    },
    { plan: planOf({ ...dpo, 'preference.beta': 10 }), message: 'loss', at: 'preference.beta', says: ['beta 10'] },
    {
      plan: planOf({ ...dpo, 'preference.beta': 5, 'preference.lengthNormalised': false }),
      message: 'loss',
      at: 'preference.beta',
    },
  ],
});
