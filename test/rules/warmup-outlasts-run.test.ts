import { warmupOutlastsRun } from '../../server/src/rules/warmup-outlasts-run.ts';
import { byDefault, inferred, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(warmupOutlastsRun, {
  quiet: [
    planOf({ 'schedule.warmupSteps': 10, 'schedule.totalSteps': 500 }),
    // The run's length is unknown.
    planOf({ 'schedule.warmupSteps': 1000 }),
    planOf({ 'schedule.warmupSteps': 1000, 'schedule.totalSteps': byDefault(500) }),
    planOf({ 'schedule.warmupSteps': byDefault(1000), 'schedule.totalSteps': 500 }),
    planOf({ 'schedule.warmupSteps': 115, 'schedule.totalSteps': 75_000 }),
  ],
  fires: [
    {
      plan: planOf({ 'schedule.warmupSteps': 1000, 'schedule.totalSteps': 500 }),
      message: 'neverPeaks',
      at: 'schedule.warmupSteps',
      says: ['1,000', '500'],
      fixed: { 'schedule.warmupSteps': 15 },
    },
    {
      plan: planOf({ 'schedule.warmupSteps': 50, 'schedule.totalSteps': 50 }),
      message: 'peaksAtEnd',
      at: 'schedule.warmupSteps',
      severity: 'warning',
      fixed: { 'schedule.warmupSteps': 2 },
    },
    // A few steps are a test of a recipe, and a schedule laid out beyond the run says that the run is a piece of it.
    {
      plan: planOf({ 'schedule.warmupSteps': 10, 'schedule.totalSteps': 5 }),
      message: 'neverPeaks',
      at: 'schedule.warmupSteps',
      severity: 'information',
    },
    {
      plan: planOf({ 'schedule.warmupSteps': 115, 'schedule.totalSteps': 100, 'schedule.holdSteps': 12_500 }),
      message: 'neverPeaks',
      at: 'schedule.warmupSteps',
      severity: 'information',
    },
    {
      plan: planOf({ 'schedule.warmupSteps': 133, 'schedule.totalSteps': 100, 'schedule.decaySteps': 54_167 }),
      message: 'neverPeaks',
      at: 'schedule.warmupSteps',
      severity: 'information',
    },
    {
      plan: planOf({
        'schedule.warmupSteps': 60,
        'schedule.totalSteps': inferred(100, ['schedule.epochs']),
        'schedule.epochs': 1,
      }),
      message: 'mostOfRun',
      at: 'schedule.warmupSteps',
      severity: 'information',
    },
    {
      plan: planOf({
        'schedule.warmupRatio': 1,
        'schedule.warmupSteps': inferred(50, ['schedule.warmupRatio']),
        'schedule.totalSteps': 50,
      }),
      message: 'peaksAtEnd',
      at: 'schedule.warmupSteps',
      severity: 'warning',
    },
  ],
});
