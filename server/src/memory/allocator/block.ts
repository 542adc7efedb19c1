import type { Allocation } from '../device.ts';

/** A piece of a segment. Neighbours of one segment are linked, so that free ones can be merged. */
export class Block implements Allocation {
  readonly pool: FreeList;
  readonly address: number;
  bytes: number;
  term = 0;
  previous: Block | undefined = undefined;
  next: Block | undefined = undefined;
  isFree = false;

  constructor(pool: FreeList, address: number, bytes: number) {
    this.pool = pool;
    this.address = address;
    this.bytes = bytes;
  }
}

/** The free blocks of one pool, by size and then by address. */
export class FreeList {
  readonly isSmall: boolean;
  /** Where the pool's expandable segment begins. */
  readonly baseAddress: number;
  #blocks: Block[] = [];

  constructor(isSmall: boolean, baseAddress: number) {
    this.isSmall = isSmall;
    this.baseAddress = baseAddress;
  }

  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  add(block: Block): void {
    this.#blocks.splice(this.#place(block.bytes, block.address), 0, block);
  }

  remove(block: Block): void {
    this.#blocks.splice(this.#place(block.bytes, block.address), 1);
  }

  /** Smallest block of at least so many bytes, the lowest address among equals. */
  smallest(bytes: number): Block | undefined {
    return this.#blocks[this.#place(bytes, -1)];
  }

  keepOnly(keeps: (block: Block) => boolean): void {
    this.#blocks = this.#blocks.filter(keeps);
  }

  #place(bytes: number, address: number): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const block = this.#blocks[middle];
      if (block !== undefined && (block.bytes < bytes || (block.bytes === bytes && block.address < address)))
        low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
