import { batchIdentityBroken } from '../../server/src/rules/batch-identity-broken.ts';
import { byDefault, inferred, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const numbers = { 'batch.micro': 4, 'batch.gradientAccumulation': 8, 'parallel.data': 16 };

testRule(batchIdentityBroken, {
  quiet: [
    planOf({ ...numbers, 'batch.global': 512 }),
    // Worked out from the three, so it cannot disagree with them.
    planOf({ ...numbers, 'batch.global': inferred(512, ['batch.micro']) }),
    // Ranks are unknown.
    planOf({ 'batch.global': 500, 'batch.micro': 4, 'batch.gradientAccumulation': 8 }),
    // A global batch in prompts is grouped before it becomes micro batches.
    planOf({ ...numbers, 'batch.global': 100, 'batch.unit': 'prompts' }),
    planOf({ 'batch.global': 256, 'batch.micro': 4, 'parallel.data': 16 }),
    // Each rank's 12 sequences go through as 8 and 4.
    planOf({ 'batch.global': 192, 'batch.micro': 8, 'parallel.data': 16, 'batch.unevenMicro': true }),
    // How much is left out hangs on the ranks.
    planOf({ 'batch.global': 500, 'batch.micro': 8, 'batch.roundsDown': true }),
    // Ranks that follow from the batch, on as many GPUs, or on twice as many in pairs.
    planOf({ ...numbers, 'batch.global': 512, 'parallel.data': inferred(16, ['batch.global']), 'parallel.world': 32 }),
  ],
  fires: [
    {
      // No number of ranks makes whole micro batches of it.
      plan: planOf({ 'batch.global': 500, 'batch.micro': 8 }),
      message: 'micro',
      at: 'batch.global',
      says: ['500', '8', 'whatever'],
      fixed: { 'batch.global': 504 },
    },
    {
      plan: planOf({
        'batch.micro': 4,
        'batch.gradientAccumulation': 1,
        'batch.global': 100,
        'parallel.data': inferred(25, ['batch.global', 'batch.micro', 'batch.gradientAccumulation']),
        'parallel.world': 8,
      }),
      message: 'ranks',
      at: 'batch.global',
      says: ['100', '25 data-parallel', '8 GPUs'],
    },
    {
      // 125 over 8 ranks are 15 each, three micro batches of 5.
      plan: planOf({ 'batch.global': 125, 'batch.micro': 5, 'parallel.data': 8, 'batch.roundsDown': true }),
      message: 'rounded',
      at: 'batch.global',
      says: ['125', '8 data-parallel', '120'],
      severity: 'warning',
      fixed: { 'batch.global': 160 },
    },
    {
      // Nothing would be left of it.
      plan: planOf({ 'batch.global': 4, 'batch.micro': 5, 'parallel.data': 8, 'batch.roundsDown': true }),
      message: 'indivisible',
      at: 'batch.global',
      severity: 'error',
    },
    {
      // Micro batches of 4 would divide it; the 32 that go through the pipeline at a time do not.
      plan: planOf({ 'batch.global': 64, 'batch.micro': 4, 'batch.pipelinePass': 32, 'parallel.data': 4 }),
      message: 'indivisible',
      at: 'batch.global',
      says: ['32 local', '128'],
      fixed: { 'batch.global': 128 },
    },
    {
      plan: planOf({ ...numbers, 'batch.global': 256 }),
      message: 'product',
      at: 'batch.global',
      says: ['256', '4 micro', '8 accumulation', '16 data-parallel', '512'],
      fixed: { 'batch.gradientAccumulation': 4, 'batch.global': 256 },
    },
    {
      plan: planOf({ ...numbers, 'batch.global': 500 }),
      message: 'product',
      at: 'batch.global',
      fixed: { 'batch.global': 512 },
    },
    {
      // 16 nodes of 8 GPUs and a global batch of 32.
      plan: planOf({ 'batch.global': 32, 'batch.micro': 1, 'parallel.data': 128 }),
      message: 'indivisible',
      at: 'batch.global',
      says: ['128'],
      fixed: { 'batch.global': 128 },
    },
    {
      // Every stage of the pipeline wants a micro batch.
      plan: planOf({ 'batch.global': 1, 'batch.micro': 1, 'parallel.data': 24, 'parallel.pipeline': 2 }),
      message: 'indivisible',
      at: 'batch.global',
      fixed: { 'batch.global': 48 },
    },
    {
      plan: planOf({
        'batch.global': 256,
        'batch.micro': 2,
        'batch.gradientAccumulation': byDefault(1),
        'parallel.data': inferred(7, ['parallel.world']),
        'parallel.world': 7,
      }),
      message: 'product',
      at: 'batch.global',
    },
  ],
});
