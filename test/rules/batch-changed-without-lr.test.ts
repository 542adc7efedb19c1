import type { TrainingPlan } from '../../server/src/plan/index.ts';
import { batchChangedWithoutLr } from '../../server/src/rules/batch-changed-without-lr.ts';
import type { ReferencePlan } from '../../server/src/rules/types.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = { 'optimizer.peakLearningRate': 2e-5, 'optimizer.name': 'adamw_torch' } as const;

function since(plan: TrainingPlan) {
  return { references: [{ label: 'HEAD', kind: 'head' as const, plan }] };
}

function against(kind: ReferencePlan['kind'], fields: Parameters<typeof planOf>[0]) {
  return { references: [{ label: `the ${kind} plan`, kind, plan: planOf({ ...run, ...fields }) }] };
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
    // Files build on others for many reasons.
    {
      plan: planOf({ ...run, 'batch.global': 128 }),
      ...against('parent', { 'batch.global': 64 }),
    },
    // HEAD says otherwise in the rate, and it is the surer one.
    {
      plan: planOf({ ...run, 'batch.global': 512 }),
      references: [
        ...against('recipe', { 'batch.global': 64 }).references,
        ...against('head', { 'batch.global': 64, 'optimizer.peakLearningRate': 1e-5 }).references,
      ],
    },
  ],
  fires: [
    ...(
      [
        ['head', 'squareRoot', 'warning'],
        ['named', 'apart', 'warning'],
        ['parent', 'apart', 'information'],
        ['recipe', 'apart', 'hint'],
      ] as const
    ).map(([kind, message, severity]) => ({
      plan: planOf({ ...run, 'batch.global': 512 }),
      ...against(kind, { 'batch.global': 64 }),
      message,
      severity,
      at: 'optimizer.peakLearningRate' as const,
      says: ['512', '64', `the ${kind} plan`, '5.66e-5'],
    })),
    {
      plan: planOf({ ...run, 'batch.tokensPerStep': 1_048_576 }),
      ...against('named', { 'batch.tokensPerStep': 131_072 }),
      message: 'apart',
      at: 'optimizer.peakLearningRate',
      says: ['Tokens per step: 1,048,576 here'],
    },
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
