import { pretrainingLrAboveLaws } from '../../server/src/rules/pretraining-lr-above-laws.ts';
import { allRecipes } from '../../server/src/scaling/index.ts';
import { planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = {
  'run.task': 'causal-lm',
  'run.objective': 'pretraining',
  'run.fromScratch': true,
  'optimizer.name': 'adamw_torch',
  'model.parameterCount': 1.07e9,
  'schedule.totalTokens': 1e11,
} as const;

const published = allRecipes()
  .filter((recipe) => recipe.method === 'pretraining' && recipe.mup !== true)
  .flatMap(({ parameterCount, trainedTokens, peakLearningRate, optimizer }) =>
    parameterCount === undefined || trainedTokens === undefined
      ? []
      : [
          planOf({
            ...run,
            'optimizer.name': optimizer,
            'model.parameterCount': parameterCount,
            'schedule.totalTokens': trainedTokens,
            'optimizer.peakLearningRate': peakLearningRate,
          }),
        ],
  );

testRule(pretrainingLrAboveLaws, {
  quiet: [
    ...published,
    // The laws put it at 1.56e-3.
    planOf({ ...run, 'optimizer.peakLearningRate': 5e-3 }),
    planOf({ ...run, 'optimizer.peakLearningRate': 2e-2, 'optimizer.mup': true }),
    planOf({ ...run, 'optimizer.peakLearningRate': 2e-2, 'data.synthetic': true }),
    planOf({ ...run, 'optimizer.peakLearningRate': 2e-2, 'optimizer.name': 'muon' }),
    planOf({ ...run, 'optimizer.peakLearningRate': 2e-2, 'run.fromScratch': false }),
    planOf({ ...run, 'optimizer.peakLearningRate': 2e-2, 'run.task': 'masked-lm' }),
  ],
  fires: [
    {
      plan: planOf({ ...run, 'optimizer.peakLearningRate': 8e-3 }),
      message: 'above',
      at: 'optimizer.peakLearningRate',
      severity: 'warning',
      says: ['5.1 times', '1.6e-3', '1.07B', '100B tokens'],
    },
    {
      plan: planOf({ ...run, 'optimizer.peakLearningRate': 2e-2 }),
      message: 'diverges',
      at: 'optimizer.peakLearningRate',
      severity: 'error',
    },
  ],
});
