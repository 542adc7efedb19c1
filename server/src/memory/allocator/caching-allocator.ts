import { roundToBlock } from '../block-size.ts';
import type { Stream } from '../device.ts';
import { Block, FreeList } from './block.ts';

const MIB = 2 ** 20;

/** Sizes of pytorch: c10/cuda/CUDACachingAllocator.cpp and c10/core/AllocatorConfig.h. */
const SMALL_REQUEST_BYTES = MIB;
const SMALL_SEGMENT_BYTES = 2 * MIB;
const LARGE_SEGMENT_BYTES = 20 * MIB;
/** Requests from here on get a segment of their own size. */
const OWN_SEGMENT_BYTES = 10 * MIB;
const SEGMENT_GRAIN_BYTES = 2 * MIB;
const SMALL_REST_BYTES = 512;
const LARGE_REST_BYTES = MIB;
/** More than any device has. */
const ADDRESS_SPACE_BYTES = 2 ** 45;

/** What PYTORCH_CUDA_ALLOC_CONF can change. */
export interface AllocatorOptions {
  /** What the allocator may reserve: the card's total less the context and other processes. */
  readonly capBytes?: number;
  readonly expandableSegments?: boolean;
  readonly maxSplitBytes?: number;
  /** Share of the cap above which cached segments are given back before new ones are reserved. */
  readonly garbageCollectionThreshold?: number;
}

/** Thrown where torch raises OutOfMemoryError; the simulation catches it and says so in its result. */
export class OutOfMemory extends Error {}

/** torch's caching allocator. */
export class CachingAllocator {
  readonly #options: AllocatorOptions;
  readonly #maxSplitBytes: number;
  /** A small and a large pool for each stream. */
  readonly #pools = new Map<Stream, readonly [small: FreeList, large: FreeList]>();
  #nextAddress = 0;
  #reservedBytes = 0;
  #allocatedBytes = 0;
  #peakReservedBytes = 0;
  #peakAllocatedBytes = 0;
  /** The block at the end of each pool's expandable segment. */
  readonly #tails = new Map<FreeList, Block>();

  constructor(options: AllocatorOptions = {}) {
    this.#options = options;
    this.#maxSplitBytes = options.maxSplitBytes ?? Number.POSITIVE_INFINITY;
  }

  get reservedBytes(): number {
    return this.#reservedBytes;
  }

  get allocatedBytes(): number {
    return this.#allocatedBytes;
  }

  get peakReservedBytes(): number {
    return this.#peakReservedBytes;
  }

  get peakAllocatedBytes(): number {
    return this.#peakAllocatedBytes;
  }

  /** Throws OutOfMemory when the cap leaves no room even after every whole free segment was given back. */
  allocate(requestBytes: number, term: number, stream: Stream = 'compute'): Block {
    const bytes = Math.max(SMALL_REST_BYTES, roundToBlock(requestBytes));
    const [small, large] = this.#poolsOf(stream);
    const pool = bytes <= SMALL_REQUEST_BYTES ? small : large;
    const cached = this.#findFree(pool, bytes);
    if (cached !== undefined) pool.remove(cached);
    const block = cached ?? this.#reserve(pool, bytes);
    this.#split(block, bytes);
    block.isFree = false;
    block.term = term;
    this.#allocatedBytes += block.bytes;
    if (this.#allocatedBytes > this.#peakAllocatedBytes) this.#peakAllocatedBytes = this.#allocatedBytes;
    return block;
  }

  free(block: Block): void {
    this.#allocatedBytes -= block.bytes;
    const { pool } = block;
    let merged = block;
    const { next, previous } = block;
    if (next?.isFree === true) {
      pool.remove(next);
      this.#absorb(block, next);
    }
    if (previous?.isFree === true) {
      pool.remove(previous);
      this.#absorb(previous, block);
      merged = previous;
    }
    merged.isFree = true;
    pool.add(merged);
  }

  /** Gives back every segment that is one whole free block; of an expandable segment every whole free page. */
  emptyCache(): void {
    for (const pool of [...this.#pools.values()].flat()) {
      if (this.#options.expandableSegments === true) this.#unmapPages(pool);
      else this.#dropWholeSegments(pool, 0);
    }
  }

  /** Forgets earlier peaks, as reset_peak_memory_stats does. */
  resetPeaks(): void {
    this.#peakReservedBytes = this.#reservedBytes;
    this.#peakAllocatedBytes = this.#allocatedBytes;
  }

  #poolsOf(stream: Stream): readonly [small: FreeList, large: FreeList] {
    const known = this.#pools.get(stream);
    if (known !== undefined) return known;
    const base = 2 * this.#pools.size * ADDRESS_SPACE_BYTES;
    const made = [new FreeList(true, base), new FreeList(false, base + ADDRESS_SPACE_BYTES)] as const;
    this.#pools.set(stream, made);
    return made;
  }

  #findFree(pool: FreeList, bytes: number): Block | undefined {
    const block = pool.smallest(bytes);
    if (block === undefined || this.#maxSplitBytes === Number.POSITIVE_INFINITY) return block;
    // A block over the limit is neither split for a small request nor given to one much smaller than itself.
    if (bytes < this.#maxSplitBytes && block.bytes >= this.#maxSplitBytes) return undefined;
    if (bytes >= this.#maxSplitBytes && block.bytes >= bytes + LARGE_SEGMENT_BYTES) return undefined;
    return block;
  }

  #reserve(pool: FreeList, bytes: number): Block {
    this.#collectGarbage();
    if (this.#options.expandableSegments === true) return this.#extend(pool, bytes);
    const segmentBytes = segmentSize(pool, bytes);
    this.#claim(segmentBytes);
    return this.#newBlock(pool, segmentBytes);
  }

  /** Counts bytes as reserved, giving cached ones back first where the cap asks for it. */
  #claim(bytes: number): void {
    if (this.#exceedsCap(bytes) && this.#options.expandableSegments !== true) this.emptyCache();
    if (this.#exceedsCap(bytes)) throw new OutOfMemory();
    this.#reservedBytes += bytes;
    if (this.#reservedBytes > this.#peakReservedBytes) this.#peakReservedBytes = this.#reservedBytes;
  }

  #exceedsCap(bytes: number): boolean {
    const { capBytes } = this.#options;
    return capBytes !== undefined && this.#reservedBytes + bytes > capBytes;
  }

  #newBlock(pool: FreeList, bytes: number): Block {
    const block = new Block(pool, this.#nextAddress, bytes);
    this.#nextAddress += bytes;
    return block;
  }

  /** An expandable segment grows at its end by whole pages. */
  #extend(pool: FreeList, bytes: number): Block {
    const tail = this.#tails.get(pool);
    const grownBytes = toPages(pool, bytes - (tail?.isFree === true ? tail.bytes : 0));
    // Unmapping may take from the tail, so what is missing is reckoned afresh after it.
    if (this.#exceedsCap(grownBytes)) this.emptyCache();
    return this.#growTail(pool, bytes);
  }

  #growTail(pool: FreeList, bytes: number): Block {
    const tail = this.#tails.get(pool);
    if (tail?.isFree === true) {
      const grownBytes = toPages(pool, bytes - tail.bytes);
      this.#claim(grownBytes);
      pool.remove(tail);
      tail.bytes += grownBytes;
      return tail;
    }
    const grownBytes = toPages(pool, bytes);
    this.#claim(grownBytes);
    // Each pool's segment has address space of its own to grow into.
    const address = tail === undefined ? pool.baseAddress : tail.address + tail.bytes;
    const block = new Block(pool, address, grownBytes);
    block.previous = tail;
    if (tail !== undefined) tail.next = block;
    this.#tails.set(pool, block);
    return block;
  }

  #split(block: Block, bytes: number): void {
    const rest = block.bytes - bytes;
    if (!this.#leavesRest(block, bytes, rest)) return;
    const remainder = new Block(block.pool, block.address + bytes, rest);
    remainder.previous = block;
    remainder.next = block.next;
    if (block.next !== undefined) block.next.previous = remainder;
    block.next = remainder;
    block.bytes = bytes;
    if (this.#tails.get(block.pool) === block) this.#tails.set(block.pool, remainder);
    remainder.isFree = true;
    block.pool.add(remainder);
  }

  #leavesRest(block: Block, bytes: number, rest: number): boolean {
    if (block.pool.isSmall || this.#options.expandableSegments === true) return rest >= SMALL_REST_BYTES;
    return bytes < this.#maxSplitBytes && rest > LARGE_REST_BYTES;
  }

  /** `left` takes in its right neighbour. */
  #absorb(left: Block, right: Block): void {
    left.bytes += right.bytes;
    left.next = right.next;
    if (right.next !== undefined) right.next.previous = left;
    if (this.#tails.get(left.pool) === right) this.#tails.set(left.pool, left);
  }

  #collectGarbage(): void {
    const { capBytes, garbageCollectionThreshold } = this.#options;
    if (capBytes === undefined || garbageCollectionThreshold === undefined) return;
    const target = capBytes * garbageCollectionThreshold;
    for (const [, large] of this.#pools.values())
      if (this.#reservedBytes > target) this.#dropWholeSegments(large, target);
  }

  #dropWholeSegments(pool: FreeList, targetBytes: number): void {
    pool.keepOnly((block) => {
      const isWhole = block.previous === undefined && block.next === undefined;
      if (!isWhole || this.#reservedBytes <= targetBytes) return true;
      this.#reservedBytes -= block.bytes;
      return false;
    });
  }

  /** Only what is left of a free block outside its whole pages stays. */
  #unmapPages(pool: FreeList): void {
    const pageBytes = pageSize(pool);
    const kept: Block[] = [];
    pool.keepOnly((block) => {
      const pages = Math.floor(block.bytes / pageBytes);
      if (pages === 0) return true;
      this.#reservedBytes -= pages * pageBytes;
      block.bytes -= pages * pageBytes;
      if (block.bytes > 0) kept.push(block);
      else this.#unlink(block);
      return false;
    });
    for (const block of kept) pool.add(block);
  }

  #unlink(block: Block): void {
    if (block.previous !== undefined) block.previous.next = block.next;
    if (block.next !== undefined) block.next.previous = block.previous;
    if (this.#tails.get(block.pool) !== block) return;
    if (block.previous === undefined) this.#tails.delete(block.pool);
    else this.#tails.set(block.pool, block.previous);
  }
}

function segmentSize(pool: FreeList, bytes: number): number {
  if (pool.isSmall) return SMALL_SEGMENT_BYTES;
  if (bytes < OWN_SEGMENT_BYTES) return LARGE_SEGMENT_BYTES;
  return Math.ceil(bytes / SEGMENT_GRAIN_BYTES) * SEGMENT_GRAIN_BYTES;
}

function toPages(pool: FreeList, bytes: number): number {
  return Math.ceil(bytes / pageSize(pool)) * pageSize(pool);
}

function pageSize(pool: FreeList): number {
  return pool.isSmall ? SMALL_SEGMENT_BYTES : LARGE_SEGMENT_BYTES;
}
