import { batchPastCritical } from '../../server/src/rules/batch-past-critical.ts';
import { allRecipes } from '../../server/src/scaling/index.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = { 'run.task': 'causal-lm', 'run.objective': 'pretraining', 'run.fromScratch': true } as const;

const published = allRecipes()
  .filter((recipe) => recipe.method === 'pretraining')
  .flatMap(({ batchTokens, trainedTokens }) =>
    batchTokens === undefined || trainedTokens === undefined
      ? []
      : [planOf({ ...run, 'batch.tokensPerStep': batchTokens, 'schedule.totalTokens': trainedTokens })],
  );

testRule(batchPastCritical, {
  quiet: [
    ...published,
    planOf({ ...run, 'batch.tokensPerStep': 16e6, 'schedule.totalTokens': 1e11, 'batch.rampUp': true }),
    planOf({ ...run, 'batch.tokensPerStep': 16e6, 'schedule.totalTokens': 1e8 }),
    planOf({
      ...run,
      'batch.tokensPerStep': 16e6,
      'schedule.totalTokens': 1e10,
      'run.objective': 'sft',
      'adapter.kind': byDefault('none'),
    }),
  ],
  fires: [
    {
      plan: planOf({ ...run, 'batch.tokensPerStep': 16e6, 'schedule.totalTokens': 1e10 }),
      message: 'past',
      at: 'batch.tokensPerStep',
      says: ['16M', '10B tokens', '4.6 times'],
    },
  ],
});
