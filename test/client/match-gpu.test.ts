import { describe, expect, test } from 'vitest';
import { parseGpus } from '../../client/src/local-gpus.ts';
import { matchGpu } from '../../client/src/match-gpu.ts';

const CHOICES = [
  { id: 'h100-80gb', name: 'H100 80GB', vendor: 'NVIDIA', memoryGib: 79.1 },
  { id: 'h200', name: 'H200 141GB', vendor: 'NVIDIA', memoryGib: 139.8 },
  { id: 'a100-40gb', name: 'A100 40GB', vendor: 'NVIDIA', memoryGib: 39.4 },
  { id: 'a100-80gb', name: 'A100 80GB', vendor: 'NVIDIA', memoryGib: 79.2 },
  { id: 'rtx-4090', name: 'RTX 4090', vendor: 'NVIDIA', memoryGib: 23.6 },
  { id: 'rtx-4080', name: 'RTX 4080', vendor: 'NVIDIA', memoryGib: 15.7 },
];

test.each([
  ['NVIDIA H100 80GB HBM3', 81_559, 'h100-80gb'],
  ['NVIDIA A100-SXM4-40GB', 40_960, 'a100-40gb'],
  ['NVIDIA A100-SXM4-80GB', 81_920, 'a100-80gb'],
  ['NVIDIA GeForce RTX 4090', 24_564, 'rtx-4090'],
  ['NVIDIA H200', 143_771, 'h200'],
  ['NVIDIA RTX 4000 Ada', 20_475, undefined],
])('%s with %d MiB is %s', (name, memoryMib, id) => {
  expect(matchGpu({ name, memoryMib, count: 1 }, CHOICES)?.id).toBe(id);
});

describe('what nvidia-smi prints', () => {
  test('counts GPUs of one kind', () => {
    expect(parseGpus('NVIDIA H100 80GB HBM3, 81559\nNVIDIA H100 80GB HBM3, 81559\n')).toEqual({
      name: 'NVIDIA H100 80GB HBM3',
      memoryMib: 81_559,
      count: 2,
    });
  });

  test.each(['', 'NVIDIA-SMI has failed', 'NVIDIA T4, 15360\nNVIDIA A100, 40960\n'])('is unknown for %j', (output) => {
    expect(parseGpus(output)).toBeUndefined();
  });
});
