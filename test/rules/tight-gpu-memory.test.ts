import { tightGpuMemory } from '../../server/src/rules/tight-gpu-memory.ts';
import { memoryOf } from './memory-of.ts';
import { planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const plan = planOf({ 'model.name': 'meta-llama/Llama-3.1-8B', 'batch.micro': 16, 'hardware.gpu': 'h100-80gb' });

testRule(tightGpuMemory, {
  quiet: [
    plan,
    { plan, memory: memoryOf({ verdict: 'exceeds', lowGib: 94, highGib: 101 }) },
    { plan, memory: memoryOf({}) },
  ],
  fires: [
    {
      plan,
      memory: memoryOf({ verdict: 'tight', lowGib: 75, highGib: 82 }),
      message: 'tight',
      at: 'batch.micro',
      says: ['75.0 to 82.0 GiB', '79.1'],
    },
  ],
});
