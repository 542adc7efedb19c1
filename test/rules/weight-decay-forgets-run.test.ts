import { weightDecayForgetsRun } from '../../server/src/rules/weight-decay-forgets-run.ts';
import { allRecipes } from '../../server/src/scaling/index.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = {
  'run.task': 'causal-lm',
  'run.objective': 'pretraining',
  'run.fromScratch': true,
  'optimizer.name': 'adamw_torch',
  'optimizer.peakLearningRate': 2e-3,
  'model.parameterCount': 610e6,
  'schedule.totalTokens': 12.2e9,
  'batch.tokensPerStep': 516_096,
} as const;

const published = allRecipes()
  .filter((recipe) => recipe.method === 'pretraining' && recipe.mup !== true)
  .flatMap(({ parameterCount, trainedTokens, batchTokens, weightDecay, peakLearningRate }) =>
    parameterCount === undefined ||
    trainedTokens === undefined ||
    batchTokens === undefined ||
    weightDecay === undefined
      ? []
      : [
          planOf({
            ...run,
            'model.parameterCount': parameterCount,
            'schedule.totalTokens': trainedTokens,
            'batch.tokensPerStep': batchTokens,
            'optimizer.weightDecay': weightDecay,
            'optimizer.peakLearningRate': peakLearningRate,
          }),
        ],
  );

testRule(weightDecayForgetsRun, {
  quiet: [
    ...published,
    planOf({ ...run, 'optimizer.weightDecay': 0.1 }),
    planOf({ ...run, 'optimizer.weightDecay': 0 }),
    // The rate is a hundred times too high, which another rule tells.
    planOf({ ...run, 'optimizer.weightDecay': 0.1, 'optimizer.peakLearningRate': 0.2 }),
    planOf({ ...run, 'optimizer.weightDecay': byDefault(10) }),
    planOf({ ...run, 'optimizer.weightDecay': 10, 'optimizer.mup': true }),
    planOf({ ...run, 'optimizer.weightDecay': 10, 'run.objective': 'sft', 'adapter.kind': 'none' }),
  ],
  fires: [
    {
      plan: planOf({ ...run, 'optimizer.weightDecay': 5 }),
      message: 'forgets',
      at: 'optimizer.weightDecay',
      says: ['5 at 2e-3', '4.2e-3', '0.095'],
    },
  ],
});
