/** kMinBlockSize of torch's caching allocator (pytorch: c10/cuda/CUDACachingAllocator.cpp). */
const MIN_BLOCK_BYTES = 512;

/** Bytes a request really takes; nothing for an empty tensor. */
export function roundToBlock(bytes: number): number {
  return Math.ceil(bytes / MIN_BLOCK_BYTES) * MIN_BLOCK_BYTES;
}
