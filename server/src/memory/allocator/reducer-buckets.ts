import type { Allocation, Device } from '../device.ts';
import { bytesOf } from '../model-tensors.ts';
import type { Parameter } from '../tape/parameter.ts';
import type { Workload } from '../workload.ts';

/** DistributedDataParallel's bucket_cap_mb, which the first bucket keeps under (pytorch: torch/csrc/distributed/c10d/reducer.hpp). */
const BUCKET_BYTES = 25 * 2 ** 20;
const FIRST_BUCKET_BYTES = 2 ** 20;

/**
 * DDP's buckets, into which gradients are copied unless they are views of them. The order gradients come in is not known
 * before the first backward, so until the second step one bucket holds all (pytorch: torch/nn/parallel/distributed.py,
 * _ddp_init_helper; torch/csrc/distributed/c10d/reducer.cpp, rebuild_buckets).
 */
export class ReducerBuckets {
  readonly #device: Device;
  readonly #gradientBytes: readonly number[];
  #buckets: Allocation[] = [];

  constructor(device: Device, { sharding }: Workload, resident: readonly Parameter[]) {
    this.#device = device;
    const hasOwn = sharding.kind === 'ddp' && !sharding.bucketView;
    this.#gradientBytes = hasOwn ? resident.filter(({ trainable }) => trainable).map(bytesOf) : [];
    const total = this.#gradientBytes.reduce((sum, bytes) => sum + bytes, 0);
    if (total > 0) this.#add(total);
  }

  /** Gradients come in from the last parameter to the first; one that crosses the limit still joins its bucket. */
  rebuild(): void {
    for (const bucket of this.#buckets) this.#device.release(bucket);
    this.#buckets = [];
    let bytes = 0;
    for (const gradient of [...this.#gradientBytes].reverse()) {
      bytes += gradient;
      if (bytes < (this.#buckets.length === 0 ? FIRST_BUCKET_BYTES : BUCKET_BYTES)) continue;
      this.#add(bytes);
      bytes = 0;
    }
    if (bytes > 0) this.#add(bytes);
  }

  #add(bytes: number): void {
    this.#buckets.push(this.#device.allocate(bytes, 'communication buffers'));
  }
}
