import { worldSizeIndivisible } from '../../server/src/rules/world-size-indivisible.ts';
import { byDefault, bySetting, inferred, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

testRule(worldSizeIndivisible, {
  quiet: [
    planOf({ 'parallel.world': 64, 'parallel.tensor': 8, 'parallel.pipeline': 2 }),
    planOf({ 'parallel.world': 6, 'parallel.tensor': byDefault(1) }),
    planOf({ 'parallel.tensor': 8 }),
    planOf({ 'parallel.world': 64, 'parallel.tensor': 8, 'parallel.data': 8 }),
    // The eighth GPU serves generation.
    planOf({ 'parallel.world': 8, 'parallel.data': 7, 'rollout.colocated': false }),
    planOf({ 'parallel.world': byDefault(1), 'parallel.tensor': 8 }),
    // What it builds on was not read and may be for more GPUs than there are here.
    planOf({ 'parallel.world': bySetting(8), 'parallel.tensor': 16 }, { partial: true }),
  ],
  fires: [
    {
      // Four of eight ranks a stage would have no group of experts.
      plan: planOf({ 'parallel.world': 24, 'parallel.pipeline': 2, 'parallel.expert': 8 }),
      message: 'experts',
      at: 'parallel.expert',
      says: ['12 ranks', '8'],
    },
    {
      plan: planOf({
        'parallel.world': inferred(12, ['parallel.nodes']),
        'parallel.nodes': 3,
        'parallel.tensor': 4,
        'parallel.pipeline': 2,
      }),
      message: 'groups',
      at: 'parallel.tensor',
      says: ['12 GPUs', 'groups of 8', 'tensor 4 × pipeline 2'],
    },
    {
      plan: planOf({ 'parallel.world': bySetting(8), 'parallel.tensor': 16 }),
      message: 'groups',
      at: 'parallel.tensor',
      severity: 'warning',
    },
    {
      plan: planOf({ 'parallel.world': 1, 'parallel.tensor': 2 }),
      message: 'single',
      at: 'parallel.tensor',
      says: ['1 GPU is', 'tensor 2'],
    },
    {
      plan: planOf({ 'parallel.world': 9, 'parallel.nodes': 2 }),
      message: 'machines',
      at: 'parallel.world',
      severity: 'warning',
      says: ['9 processes', 'each starts 4', '1 of them'],
    },
    { plan: planOf({ 'parallel.world': 1, 'parallel.nodes': 2 }), message: 'machines', at: 'parallel.world' },
    {
      plan: planOf({ 'parallel.world': 16, 'parallel.tensor': 4, 'parallel.data': 2 }),
      message: 'product',
      at: 'parallel.data',
      says: ['8 GPUs', '16'],
    },
  ],
});
