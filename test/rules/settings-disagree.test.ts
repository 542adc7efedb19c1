import { settingsDisagree } from '../../server/src/rules/settings-disagree.ts';
import { defaultBeside, overriding, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(settingsDisagree, {
  quiet: [
    planOf({ 'batch.gradientAccumulation': 8 }),
    planOf({ 'batch.gradientAccumulation': overriding(8, 8) }),
    planOf({ 'optimizer.peakLearningRate': overriding(2e-5, 0.00002) }),
    // Named modules and all linear layers add up.
    planOf({ 'adapter.targets': overriding('all-linear', ['q_proj', 'v_proj'], 'train.yaml') }),
    planOf({ 'sharding.engine': 'deepspeed', 'batch.micro': defaultBeside(8, 8) }),
    // Only DeepSpeed's file is matched with the trainer.
    planOf({ 'sharding.engine': 'fsdp1', 'batch.micro': defaultBeside(8, 4) }),
    // Newer trainers train in bf16 by default.
    planOf({ 'sharding.engine': 'deepspeed', 'precision.bf16Flag': defaultBeside(false, true) }),
  ],
  fires: [
    {
      plan: planOf({
        'sharding.engine': 'deepspeed',
        'precision.bf16Flag': true,
        'precision.fp16Flag': defaultBeside(false, true),
      }),
      message: 'refusedDefault',
      at: 'precision.fp16Flag',
      severity: 'error',
      says: ['true in ds.json', 'false by default', 'stops at start'],
    },
    {
      plan: planOf({
        'sharding.engine': 'deepspeed',
        'sharding.deepspeedConfig': 'ds.json',
        'batch.micro': defaultBeside(8, 4),
      }),
      message: 'refusedDefault',
      at: 'batch.micro',
      severity: 'error',
      says: ['micro batch', '4 in ds.json', '8 by default', 'stops at start'],
      fixed: { 'batch.micro': 4 },
    },
    {
      plan: planOf({ 'batch.gradientAccumulation': overriding(8, 4) }),
      message: 'ignored',
      at: 'batch.gradientAccumulation',
      severity: 'warning',
      says: ['gradient accumulation', '8 in train.yaml', '4 in ds.json'],
    },
    {
      plan: planOf({ 'sharding.engine': 'deepspeed', 'optimizer.peakLearningRate': overriding(2e-5, 1e-5) }),
      message: 'refused',
      at: 'optimizer.peakLearningRate',
      severity: 'error',
      says: ['2e-5', '1e-5', 'stops at start'],
    },
    {
      plan: planOf({ 'sharding.engine': 'deepspeed', 'schedule.epochs': overriding(3, 1) }),
      message: 'ignored',
      at: 'schedule.epochs',
      severity: 'warning',
    },
    {
      plan: planOf({ 'precision.weights': overriding('bf16', 'fp32', 'train.yaml', ['torch_dtype', 'model.dtype']) }),
      message: 'ignored',
      at: 'precision.weights',
      severity: 'warning',
      says: ['bf16 in torch_dtype', 'fp32 in model.dtype'],
    },
    {
      plan: planOf({ 'precision.weights': overriding('bf16', 'fp32', 'train.yaml') }),
      message: 'ignored',
      at: 'precision.weights',
      severity: 'warning',
      says: ['bf16 in one key and fp32 in another'],
    },
    {
      plan: planOf({ 'batch.micro': overriding(8, 4, `${'a-long-name-'.repeat(8)}ds.json`) }),
      message: 'ignored',
      at: 'batch.micro',
      severity: 'warning',
      says: ['8 in train.yaml and 4 in …', 'ds.json'],
    },
  ],
});
