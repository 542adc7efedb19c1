/** torch's caching allocator hands out multiples of 512 bytes (pytorch: c10/cuda/CUDACachingAllocator.cpp, kMinBlockSize). */
const MIN_BLOCK_BYTES = 512;

/** Bytes a request really takes; nothing for an empty tensor. */
export function roundToBlock(bytes: number): number {
  return Math.ceil(bytes / MIN_BLOCK_BYTES) * MIN_BLOCK_BYTES;
}
