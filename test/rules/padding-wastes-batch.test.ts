import { paddingWastesBatch } from '../../server/src/rules/padding-wastes-batch.ts';
import { byDefault, bySetting, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = {
  'data.padToMax': true,
  'data.packing': byDefault(false),
  'data.sequenceLength': 4096,
  'data.meanTokens': bySetting(512),
} as const;

testRule(paddingWastesBatch, {
  quiet: [
    planOf({ ...run, 'data.packing': true }),
    planOf({ ...run, 'data.padToMax': false }),
    planOf({ ...run, 'data.meanTokens': bySetting(3500) }),
    planOf({ 'data.padToMax': true, 'data.packing': false, 'data.sequenceLength': 4096 }),
  ],
  fires: [
    {
      plan: planOf(run),
      message: 'padding',
      at: 'data.padToMax',
      says: ['512', '4,096', '88%'],
      fixed: { 'data.padToMax': false },
    },
    {
      plan: planOf({ ...run, 'data.meanTokens': bySetting(2048) }),
      message: 'padding',
      at: 'data.padToMax',
      severity: 'information',
    },
  ],
});
