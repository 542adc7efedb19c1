import { zero3OverNodesWithSmallBatch } from '../../server/src/rules/zero3-over-nodes-with-small-batch.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const run = { 'sharding.zeroStage': 3, 'parallel.nodes': 8, 'batch.micro': 1, 'data.sequenceLength': 1024 } as const;

testRule(zero3OverNodesWithSmallBatch, {
  quiet: [
    planOf({ ...run, 'parallel.nodes': 1 }),
    planOf({ ...run, 'sharding.zeroStage': 2 }),
    planOf({ ...run, 'data.sequenceLength': 8192 }),
    planOf({ ...run, 'batch.micro': byDefault(1) }),
  ],
  fires: [{ plan: planOf(run), message: 'network', at: 'sharding.zeroStage', says: ['8 nodes', '1,024 tokens'] }],
});
