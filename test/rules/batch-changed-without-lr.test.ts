import type { TrainingPlan } from '../../server/src/plan/index.ts';
import { batchChangedWithoutLr } from '../../server/src/rules/batch-changed-without-lr.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = { 'optimizer.peakLearningRate': 2e-5, 'optimizer.name': 'adamw_torch' } as const;

function since(plan: TrainingPlan) {
  return { references: [{ label: 'HEAD', kind: 'head' as const, plan }] };
}

testRule(batchChangedWithoutLr, {
  quiet: [
    planOf({ ...run, 'batch.global': 512 }),
    { plan: planOf({ ...run, 'batch.global': 512 }), ...since(planOf({ ...run, 'batch.global': 300 })) },
    // The rate moved too: somebody thought of it.
    {
      plan: planOf({ ...run, 'batch.global': 512 }),
      ...since(planOf({ ...run, 'batch.global': 64, 'optimizer.peakLearningRate': 1e-5 })),
    },
    {
      plan: planOf({ ...run, 'batch.global': 512 }),
      ...since(planOf({ ...run, 'batch.global': 64, 'optimizer.name': 'sgd' })),
    },
    {
      plan: planOf({ ...run, 'optimizer.name': 'muon', 'batch.global': 512 }),
      ...since(planOf({ ...run, 'optimizer.name': 'muon', 'batch.global': 64 })),
    },
    {
      plan: planOf({ ...run, 'optimizer.peakLearningRate': byDefault(2e-5), 'batch.global': 512 }),
      ...since(planOf({ ...run, 'batch.global': 64 })),
    },
    // Packed sequences hold more examples each.
    {
      plan: planOf({ ...run, 'batch.global': 64, 'data.packing': true }),
      ...since(planOf({ ...run, 'batch.global': 512, 'data.packing': false })),
    },
    // Micro batch and accumulation moved against each other.
    {
      plan: planOf({ ...run, 'batch.micro': 8, 'batch.gradientAccumulation': 1 }),
      ...since(planOf({ ...run, 'batch.micro': 1, 'batch.gradientAccumulation': 8 })),
    },
    // World size is known on one side only.
    {
      plan: planOf({
        ...run,
        'batch.micro': 8,
        'batch.gradientAccumulation': 8,
        'parallel.data': 2,
        'batch.global': 128,
      }),
      ...since(planOf({ ...run, 'batch.micro': 1, 'batch.gradientAccumulation': 8 })),
    },
    // Past the optimal batch of the token budget a higher rate is not supported.
    {
      plan: planOf({
        ...run,
        'batch.global': 4096,
        'batch.tokensPerStep': 16_777_216,
        'schedule.totalTokens': 1e11,
        'run.fromScratch': true,
      }),
      ...since(planOf({ ...run, 'batch.global': 1024 })),
    },
    {
      plan: planOf({ ...run, 'batch.global': 512 }),
      references: [{ label: 'a recipe', kind: 'recipe', plan: planOf({ ...run, 'batch.global': 64 }) }],
    },
  ],
  fires: [
    {
      plan: planOf({ ...run, 'batch.global': 512 }),
      ...since(planOf({ ...run, 'batch.global': 64 })),
      message: 'squareRoot',
      at: 'optimizer.peakLearningRate',
      says: ['Global batch went from 64 (HEAD) to 512', '2e-5', '5.66e-5', '0.16 to 0.76'],
    },
    {
      plan: planOf({ ...run, 'batch.global': 32 }),
      ...since(planOf({ ...run, 'batch.global': 64 })),
      message: 'squareRoot',
      at: 'optimizer.peakLearningRate',
      severity: 'information',
      says: ['1.41e-5'],
    },
    {
      plan: planOf({ 'optimizer.name': 'sgd', 'optimizer.peakLearningRate': 0.1, 'batch.global': 2048 }),
      ...since(planOf({ 'optimizer.name': 'sgd', 'optimizer.peakLearningRate': 0.1, 'batch.global': 256 })),
      message: 'linear',
      at: 'optimizer.peakLearningRate',
      says: ['0.8'],
    },
    {
      plan: planOf({ ...run, 'batch.micro': 8, 'batch.gradientAccumulation': 8 }),
      ...since(planOf({ ...run, 'batch.micro': 1, 'batch.gradientAccumulation': 8 })),
      message: 'squareRoot',
      at: 'optimizer.peakLearningRate',
      says: ['Per-rank batch'],
    },
  ],
});
