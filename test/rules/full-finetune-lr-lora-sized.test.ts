import { fullFinetuneLrLoraSized } from '../../server/src/rules/full-finetune-lr-lora-sized.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = {
  'run.task': 'causal-lm',
  'run.objective': 'sft',
  'adapter.kind': byDefault('none'),
  'model.parameterCount': 6_738_415_616,
  'optimizer.name': 'adamw_torch',
  'optimizer.peakLearningRate': 2e-4,
} as const;

const experts = { 'model.parameterCount': 30_532_122_624, 'model.experts': 128 } as const;

const { 'model.parameterCount': _, ...unknown } = run;

testRule(fullFinetuneLrLoraSized, {
  quiet: [
    planOf({ ...run, 'optimizer.peakLearningRate': 4e-5 }),
    planOf({ ...run, ...experts, 'optimizer.peakLearningRate': 2e-5 }),
    planOf({ ...run, 'adapter.kind': 'lora' }),
    // Nothing tells the size, or the name alone tells that it is small.
    planOf({ ...unknown, 'model.name': '/checkpoints/mine' }),
    planOf({ ...unknown, 'model.name': 'tiiuae/Falcon-E-3B-Base' }),
    planOf({ ...unknown, 'model.name': 'mine/8x7B' }),
    planOf({ ...run, 'model.parameterCount': 1_710_000_000 }),
    // The head that a framework unties makes no larger model to tune.
    planOf({
      ...run,
      'model.parameterCount': 3_030_460_416,
      'model.tiedEmbeddings': false,
      'model.vocabSize': 256_000,
      'model.hiddenSize': 2048,
    }),
    planOf({ ...run, 'run.objective': 'pretraining' }),
    planOf({ ...run, 'adapter.trainableShare': 0.2 }),
    planOf({ ...run, 'optimizer.name': 'sgd' }),
    planOf({ ...run, 'optimizer.name': 'muon', 'optimizer.peakLearningRate': 0.02 }),
    planOf({ ...run, 'optimizer.peakLearningRate': byDefault(2e-4) }),
    // An absent adapter proves nothing in a file that inherits.
    planOf(run, { partial: true }),
  ],
  fires: [
    {
      plan: planOf(run),
      message: 'loraSized',
      at: 'optimizer.peakLearningRate',
      says: ['2e-4', '6.7B'],
      fixed: { 'optimizer.peakLearningRate': 2e-5 },
    },
    {
      plan: planOf({ ...run, ...experts, 'optimizer.peakLearningRate': 1e-4 }),
      message: 'experts',
      at: 'optimizer.peakLearningRate',
      severity: 'information',
      says: ['1e-4', '30.5B', 'mixtures of experts'],
      fixed: { 'optimizer.peakLearningRate': 1e-5 },
    },
    {
      plan: planOf({ ...unknown, 'model.name': 'acme/Unheard-of-30B-A3B', 'optimizer.peakLearningRate': 1e-4 }),
      message: 'experts',
      at: 'optimizer.peakLearningRate',
      severity: 'information',
      says: ['30.0B'],
    },
    {
      plan: planOf({ ...unknown, 'model.name': 'acme/unheard-of-13b' }),
      message: 'loraSized',
      at: 'optimizer.peakLearningRate',
      says: ['13.0B'],
    },
    {
      plan: planOf({ ...run, ...experts }),
      message: 'experts',
      at: 'optimizer.peakLearningRate',
      severity: 'warning',
    },
  ],
});
