import { describe, expect, test } from 'vitest';
import { walkStep } from '../../server/src/memory/index.ts';
import type { Workload } from '../../server/src/memory/workload.ts';
import { lora, shapeNamed, workload } from './example-workload.ts';

const MIB = 2 ** 20;

/** Peaks reckoned by hand from the sizes of every tensor; each is within 0.1% of a measured run. */
const EXAMPLES: readonly (readonly [name: string, example: Workload, mib: number])[] = [
  ['Llama 3.2 1B, bf16, 16 × 1024', workload({ microBatch: 16, sequenceLength: 1024 }), 58_545.8],
  [
    'SmolLM2 1.7B, fp32 under autocast, eager, 8 × 512',
    workload({
      shape: shapeNamed('HuggingFaceTB/SmolLM2-1.7B'),
      weights: 'fp32',
      attention: 'eager',
      microBatch: 8,
      sequenceLength: 512,
    }),
    47_122,
  ],
  [
    'Llama 3.1 8B, LoRA on all linears, 1 × 1024',
    workload({ shape: shapeNamed('meta-llama/Llama-3.1-8B'), lora: lora({ dropout: 0.05 }), sequenceLength: 1024 }),
    25_378.9,
  ],
  [
    'Llama 3.2 1B, bf16, checkpointed, 8 × 1024',
    workload({ checkpointing: 'full', microBatch: 8, sequenceLength: 1024 }),
    19_735.6,
  ],
  [
    'Qwen2.5 1.5B, bf16, fused AdamW, checkpointed: the tied embedding rules',
    workload({ shape: shapeNamed('Qwen/Qwen2.5-1.5B'), optimizer: 'adamw_torch_fused', checkpointing: 'full' }),
    12_667.8,
  ],
  [
    'Llama 3.2 3B, fp32 under autocast, checkpointed: the foreach optimizer rules',
    workload({
      shape: shapeNamed('meta-llama/Llama-3.2-3B'),
      weights: 'fp32',
      checkpointing: 'full',
      microBatch: 4,
      sequenceLength: 2048,
    }),
    61_278.3,
  ],
  [
    'Llama 3.1 8B, FSDP2 over 8 ranks, checkpointed, 2 × 4096',
    workload({
      shape: shapeNamed('meta-llama/Llama-3.1-8B'),
      weights: 'fp32',
      autocast: null,
      checkpointing: 'full',
      microBatch: 2,
      sequenceLength: 4096,
      sharding: {
        kind: 'fsdp2',
        engine: 'torch',
        degree: 8,
        replicated: false,
        reshardAfterForward: true,
        defersReduction: true,
        computeDtype: 'bf16',
        reduceDtype: 'fp32',
        offload: false,
      },
    }),
    // 2 MiB of it are the rotary tables of 4096 positions.
    28_237.6,
  ],
];

describe('the peak of', () => {
  test.each(EXAMPLES)('%s', (_name, example, mib) => {
    const peak = walkStep(example);
    expect(Math.abs((peak?.allocatedBytes ?? 0) / MIB - mib)).toBeLessThan(1);
  });
});
