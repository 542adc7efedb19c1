import { bestModelNeedsMatchingCadence } from '../../server/src/rules/best-model-needs-matching-cadence.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const best = { 'schedule.loadBest': true } as const;

testRule(bestModelNeedsMatchingCadence, {
  quiet: [
    planOf({ ...best, 'schedule.evalCadence': 'epoch', 'schedule.saveCadence': 'epoch' }),
    planOf({ ...best, 'schedule.evalCadence': 'steps', 'schedule.saveCadence': 'best' }),
    planOf({
      ...best,
      'schedule.evalCadence': 'steps',
      'schedule.saveCadence': 'steps',
      'schedule.evalSteps': 100,
      'schedule.saveSteps': 500,
    }),
    planOf({
      ...best,
      'schedule.evalCadence': 'steps',
      'schedule.saveCadence': 'steps',
      'schedule.evalSteps': 0.1,
      'schedule.saveSteps': 0.25,
    }),
    planOf({ 'schedule.loadBest': byDefault(false), 'schedule.evalCadence': 'no', 'schedule.saveCadence': 'steps' }),
    planOf({ ...best, 'schedule.evalCadence': 'no', 'schedule.saveCadence': 'steps' }, { partial: true }),
  ],
  fires: [
    {
      plan: planOf({ ...best, 'schedule.evalCadence': byDefault('no'), 'schedule.saveCadence': byDefault('steps') }),
      message: 'noEvaluation',
      at: 'schedule.loadBest',
    },
    {
      plan: planOf({ ...best, 'schedule.evalCadence': 'epoch', 'schedule.saveCadence': byDefault('steps') }),
      message: 'cadence',
      at: 'schedule.loadBest',
      fixed: { 'schedule.saveCadence': 'epoch' },
    },
    {
      plan: planOf({
        ...best,
        'schedule.evalCadence': 'steps',
        'schedule.saveCadence': 'steps',
        'schedule.evalSteps': 200,
        'schedule.saveSteps': 500,
      }),
      message: 'multiple',
      at: 'schedule.saveSteps',
      says: ['500', '200'],
      fixed: { 'schedule.saveSteps': 600 },
    },
  ],
});
