import type { Allocation, Device, Frame } from '../device.ts';
import type { FullyShardedWorkload, ShardUnits, Unit } from './shard-units.ts';
import { releaseGradients, type Sharding } from './sharding.ts';

/**
 * One rank under fully_shard on every layer and the root, in the order of pytorch:
 * torch/distributed/fsdp/_fully_shard/_fsdp_param_group.py and _fsdp_collectives.py.
 */
export class FullySharded implements Sharding {
  readonly reducesGradients = true;
  readonly #device: Device;
  readonly #workload: FullyShardedWorkload;
  readonly #layers: readonly Unit[];
  readonly #root: Unit;
  /** Gradient shards of an earlier micro-step are there; new ones are added to them. */
  readonly #accumulates: boolean;
  readonly #copies: (readonly Allocation[] | undefined)[] = [];
  #rootCopy: readonly Allocation[] = [];
  /** The last all-gather's output, which lives until the next one's copy-out. */
  #gathered: Allocation | undefined;
  #prefetched: Allocation | undefined;
  #reduceInput: Allocation | undefined;
  #reduceOutputs: Allocation[] = [];
  readonly #shards: Allocation[] = [];

  constructor(
    device: Device,
    units: ShardUnits,
    options: { readonly sharding: FullyShardedWorkload; readonly accumulates: boolean },
  ) {
    this.#device = device;
    this.#workload = options.sharding;
    this.#accumulates = options.accumulates;
    this.#layers = units.layers;
    this.#root = units.root;
  }

  beforeForward(): void {
    const output = this.#gather(this.#root);
    this.#rootCopy = this.#copyOut(this.#root);
    this.#gathered = output;
  }

  beforeLayerForward(index: number): void {
    const unit = this.#layer(index);
    const output = this.#gather(unit);
    this.#device.release(this.#gathered);
    this.#copies[index] = this.#copyOut(unit);
    this.#gathered = output;
  }

  afterLayerForward(index: number): void {
    if (this.#workload.reshardAfterForward) this.#dropCopy(index);
  }

  afterForward(): void {
    this.#device.release(this.#gathered);
    this.#gathered = undefined;
    if (this.#workload.reshardAfterForward) this.#releaseAll(this.#rootCopy);
  }

  /** The root is gathered again and the last layer prefetched. */
  beforeLossBackward(): void {
    if (!this.#workload.reshardAfterForward) return;
    const output = this.#gather(this.#root);
    this.#rootCopy = this.#copyOut(this.#root);
    this.#device.release(output);
    this.#prefetched = this.#gather(this.#layer(this.#layers.length - 1));
  }

  beforeLayerBackward(index: number): void {
    if (!this.#workload.reshardAfterForward) return;
    const output = this.#prefetched ?? this.#gather(this.#layer(index));
    this.#copies[index] = this.#copyOut(this.#layer(index));
    this.#device.release(output);
    this.#prefetched = index > 0 ? this.#gather(this.#layer(index - 1)) : undefined;
  }

  afterLayerBackward(index: number, frame: Frame): void {
    const unit = this.#layer(index);
    this.#dropCopy(index);
    this.#device.release(this.#reduceInput);
    this.#reduceInput = this.#device.allocate(unit.reduceBytes, 'communication buffers');
    releaseGradients(this.#device, frame);
    this.#reduceScatter(unit);
  }

  afterBackward(frames: readonly Frame[], loose: readonly Allocation[]): void {
    this.#releaseAll(this.#rootCopy);
    this.#device.release(this.#reduceInput);
    this.#reduceInput = undefined;
    const input = this.#device.allocate(this.#root.reduceBytes, 'communication buffers');
    const isTied = frames.some((frame) => frame.program.tiedGradient !== undefined);
    for (const frame of frames) releaseGradients(this.#device, frame);
    if (isTied) for (const gradient of loose) this.#device.release(gradient);
    this.#reduceScatter(this.#root);
    // Seen on two ranks, not derived: the embedding's own gradient outlives the copy into the reduce-scatter's input.
    if (!isTied) for (const gradient of loose) this.#device.release(gradient);
    this.#device.release(input);
    this.#releaseAll(this.#reduceOutputs);
    this.#reduceOutputs = [];
  }

  takeShards(): readonly Allocation[] {
    return this.#shards.splice(0);
  }

  #reduceScatter(unit: Unit): void {
    const outputBytes = unit.reduceBytes / this.#workload.degree;
    // The output is the shard itself, unless it has to be cast to the shard's dtype.
    const casts = outputBytes !== unit.shardBytes;
    const output = casts ? this.#device.allocate(outputBytes, 'communication buffers', 'reduce-scatter') : undefined;
    this.#keepShard(unit);
    // All-reduced between replicas, it stays until backward ends.
    if (this.#workload.replicated && output !== undefined) this.#reduceOutputs.push(output);
    else this.#device.release(output);
  }

  #keepShard(unit: Unit): void {
    const shard = this.#device.allocate(unit.shardBytes, 'gradients', 'reduce-scatter');
    // Offloaded gradients are copied to the host at once.
    const leaves = this.#workload.offload || this.#workload.awayStates === 'with-gradients';
    if (this.#accumulates || leaves) this.#device.release(shard);
    else this.#shards.push(shard);
  }

  /** The all-gather's output, on a stream of its own, which takes in this rank's shards in the dtype that travels. */
  #gather(unit: Unit): Allocation {
    const shards = this.#workload.offload ? this.#fetchShards(unit) : this.#castShards(unit);
    const output = this.#device.allocate(unit.gatheredBytes, 'gathered layers', 'all-gather');
    this.#releaseAll(shards);
    return output;
  }

  /** One flat buffer for all casts. */
  #castShards({ allCastBytes }: Unit): readonly Allocation[] {
    return allCastBytes === 0 ? [] : [this.#device.allocate(allCastBytes, 'gathered layers', 'all-gather')];
  }

  /** From host memory tensor by tensor, and cast one by one. */
  #fetchShards({ storedBytes, castBytes }: Unit): readonly Allocation[] {
    return storedBytes.map((bytes, index) => {
      const fetched = this.#device.allocate(bytes, 'gathered layers', 'all-gather');
      const cast = castBytes[index] ?? 0;
      if (cast === 0) return fetched;
      const allocation = this.#device.allocate(cast, 'gathered layers', 'all-gather');
      this.#device.release(fetched);
      return allocation;
    });
  }

  /** The parameters themselves, copied out of it. */
  #copyOut(unit: Unit): readonly Allocation[] {
    return this.#device.allocateEach(unit.tensorBytes, 'gathered layers');
  }

  #releaseAll(allocations: readonly Allocation[]): void {
    for (const allocation of allocations) this.#device.release(allocation);
  }

  #dropCopy(index: number): void {
    this.#releaseAll(this.#copies[index] ?? []);
    this.#copies[index] = undefined;
  }

  #layer(index: number): Unit {
    return this.#layers[index] ?? this.#root;
  }
}
