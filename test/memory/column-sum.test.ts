import { describe, expect, it } from 'vitest';
import { columnSumBytes } from '../../server/src/memory/tape/column-sum.ts';

describe('sums of columns', () => {
  // Buffers that torch took on an H100 for the bias gradients of these layers.
  it.each([
    ['ViT-B, 48 images, second feed-forward layer', 9456, 768, 58_195_968],
    ['ViT-B, 48 images, first feed-forward layer', 9456, 3072, 138_412_032],
    ['ViT-B, 48 images, query, key and value', 9456, 2304, 139_198_464],
    ['ViT-B, 16 images, first feed-forward layer', 3152, 3072, 75 * 2 ** 20],
    ['Mixer-B, 16 images, first channel layer', 3136, 3072, 73.5 * 2 ** 20],
  ])('%s', (_, rows, columns, bytes) => {
    expect(columnSumBytes(rows, columns)).toBe(bytes);
  });

  it.each([
    ['few rows', 512, 768],
    ['one row', 1, 4096],
  ])('%s need none', (_, rows, columns) => {
    expect(columnSumBytes(rows, columns)).toBe(0);
  });
});
