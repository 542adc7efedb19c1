import { decayMissesRunEnd } from '../../server/src/rules/decay-misses-run-end.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(decayMissesRunEnd, {
  quiet: [
    // A linear decay at the end of a constant phase.
    planOf({ 'schedule.decaySteps': 522_000, 'schedule.totalSteps': 4_720_000, 'schedule.kind': 'linear' }),
    planOf({ 'schedule.decaySteps': 1000, 'schedule.totalSteps': 1000, 'schedule.kind': 'cosine' }),
    planOf({ 'schedule.decaySteps': 522_000, 'schedule.totalSteps': 4_720_000, 'schedule.kind': 'wsd' }),
    // A real recipe cut to a few steps on purpose.
    planOf({ 'schedule.decaySteps': 320_000, 'schedule.totalSteps': 2000, 'schedule.kind': 'cosine' }),
    planOf({ 'schedule.decaySteps': 1200, 'schedule.totalSteps': 1000, 'schedule.kind': 'cosine' }),
    planOf({ 'schedule.decaySteps': byDefault(3000), 'schedule.totalSteps': 1000, 'schedule.kind': 'cosine' }),
  ],
  fires: [
    {
      plan: planOf({ 'schedule.decaySteps': 3000, 'schedule.totalSteps': 1000, 'schedule.kind': 'cosine' }),
      message: 'late',
      at: 'schedule.decaySteps',
      says: ['at step 3,000', 'the run at 1,000'],
      fixed: { 'schedule.decaySteps': 1000 },
    },
    {
      plan: planOf({
        'schedule.decaySteps': 1200,
        'schedule.warmupSteps': 100,
        'schedule.totalSteps': 1000,
        'schedule.kind': 'cosine',
      }),
      message: 'late',
      at: 'schedule.decaySteps',
      says: ['at step 1,300'],
      fixed: { 'schedule.decaySteps': 900 },
    },
    {
      plan: planOf({
        'schedule.decaySteps': 13,
        'schedule.warmupSteps': 2,
        'schedule.totalSteps': 30,
        'schedule.kind': 'cosine',
      }),
      message: 'early',
      at: 'schedule.decaySteps',
      says: ['step 15 of 30'],
    },
  ],
});
