import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Block } from '../../../server/src/memory/allocator/block.ts';
import {
  type AllocatorOptions,
  CachingAllocator,
  OutOfMemory,
} from '../../../server/src/memory/allocator/caching-allocator.ts';

const MIB = 2 ** 20;

function allocator(options: AllocatorOptions = {}): CachingAllocator {
  return new CachingAllocator(options);
}

function allocate(memory: CachingAllocator, bytes: number): Block {
  return memory.allocate(bytes, 0);
}

describe('a request is rounded', () => {
  test.each([
    [1, 512],
    [512, 512],
    [513, 1024],
    [5 * MIB + 1, 5 * MIB + 512],
  ])('%d bytes take %d', (request, taken) => {
    expect(allocate(allocator(), request).bytes).toBe(taken);
  });
});

describe('a segment is reserved', () => {
  test.each([
    ['2 MiB for a small request', MIB, 2 * MIB],
    ['20 MiB for a middling one', MIB + 512, 20 * MIB],
    ['20 MiB just under 10 MiB', 10 * MIB - 512, 20 * MIB],
    ['the size itself, in steps of 2 MiB, from 10 MiB on', 11 * MIB, 12 * MIB],
  ])('%s', (_name, request, reserved) => {
    const memory = allocator();
    allocate(memory, request);
    expect(memory.reservedBytes).toBe(reserved);
  });
});

describe('a block is split', () => {
  test('down to 512 bytes in the small pool', () => {
    const memory = allocator();
    allocate(memory, 2 * MIB - 512 - MIB);
    allocate(memory, MIB);
    expect(memory.reservedBytes).toBe(2 * MIB);
  });

  test('only if more than 1 MiB is left in the large pool', () => {
    const memory = allocator();
    expect(allocate(memory, 11 * MIB).bytes).toBe(12 * MIB);
    expect(allocate(memory, 31 * MIB - 512).bytes).toBe(31 * MIB - 512);
  });
});

test('the smallest free block that is big enough is taken', () => {
  const memory = allocator();
  const wide = allocate(memory, 60 * MIB);
  const narrow = allocate(memory, 40 * MIB);
  memory.free(wide);
  memory.free(narrow);
  expect(allocate(memory, 39 * MIB).address).toBe(narrow.address);
});

test('free neighbours are merged and used as one', () => {
  const memory = allocator();
  const parts = [1, 2, 3].map(() => allocate(memory, 6 * MIB));
  const reserved = memory.reservedBytes;
  for (const part of [parts[0], parts[2], parts[1]]) if (part !== undefined) memory.free(part);
  allocate(memory, 19 * MIB);
  expect(memory.reservedBytes).toBe(reserved);
});

describe('with a cap', () => {
  test('whole free segments are given back before giving up', () => {
    const memory = allocator({ capBytes: 100 * MIB });
    memory.free(allocate(memory, 60 * MIB));
    allocate(memory, 80 * MIB);
    expect(memory.reservedBytes).toBe(80 * MIB);
  });

  test('a segment in part use cannot be given back', () => {
    const memory = allocator({ capBytes: 100 * MIB });
    const first = allocate(memory, 30 * MIB);
    memory.free(first);
    allocate(memory, 10 * MIB);
    expect(() => allocate(memory, 80 * MIB)).toThrow(OutOfMemory);
  });
});

describe('settings of PYTORCH_CUDA_ALLOC_CONF', () => {
  test('expandable segments grow at their end instead of leaving holes', () => {
    const sizes = [30, 50, 70].map((mib) => mib * MIB);
    const [plain, expandable] = [allocator(), allocator({ expandableSegments: true })];
    for (const memory of [plain, expandable]) for (const bytes of sizes) memory.free(allocate(memory, bytes));
    expect(plain.reservedBytes).toBe(150 * MIB);
    expect(expandable.reservedBytes).toBe(80 * MIB);
  });

  test('a block over max_split_size is not split', () => {
    const memory = allocator({ maxSplitBytes: 64 * MIB });
    memory.free(allocate(memory, 100 * MIB));
    allocate(memory, 30 * MIB);
    expect(memory.reservedBytes).toBe(130 * MIB);
  });

  test('garbage collection gives cached segments back above its threshold', () => {
    const memory = allocator({ capBytes: 200 * MIB, garbageCollectionThreshold: 0.5 });
    memory.free(allocate(memory, 120 * MIB));
    allocate(memory, 140 * MIB);
    expect(memory.peakReservedBytes).toBe(140 * MIB);
  });
});

test('whatever is asked and freed: blocks never overlap, and what is live fits into what is reserved, under any cap', () => {
  const step = fc.record({ bytes: fc.integer({ min: 1, max: 80 * MIB }), frees: fc.nat({ max: 3 }) });
  const capBytes = fc.constantFrom(150 * MIB, 300 * MIB, 10_000 * MIB);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), capBytes, (steps, expandableSegments, cap) => {
      const memory = allocator({ expandableSegments, capBytes: cap });
      const live: Block[] = [];
      for (const { bytes, frees } of steps) {
        const block = allocateIfRoom(memory, bytes);
        if (block !== undefined) live.push(block);
        for (const freed of live.splice(0, frees)) memory.free(freed);
      }
      const ordered = [...live].sort((a, b) => a.address - b.address);
      for (const [index, block] of ordered.entries())
        expect(block.address).toBeGreaterThanOrEqual(end(ordered[index - 1]));
      expect(memory.allocatedBytes).toBe(live.reduce((total, block) => total + block.bytes, 0));
      expect(memory.reservedBytes).toBeGreaterThanOrEqual(memory.allocatedBytes);
      expect(memory.peakReservedBytes).toBeLessThanOrEqual(cap);
    }),
    { numRuns: 300 },
  );
});

function allocateIfRoom(memory: CachingAllocator, bytes: number): Block | undefined {
  try {
    return allocate(memory, bytes);
  } catch (error) {
    if (error instanceof OutOfMemory) return undefined;
    throw error;
  }
}

function end(block: Block | undefined): number {
  return block === undefined ? 0 : block.address + block.bytes;
}
