import type { Allocation, Device, Frame } from '../device.ts';
import { programParameters } from '../model-tensors.ts';
import { DTYPE_BYTES } from '../tape/dtype.ts';
import type { Training } from '../training.ts';
import type { ShardingWorkload } from '../workload.ts';
import { releaseGradients, type Sharding } from './sharding.ts';

export type ZeroWorkload = Extract<ShardingWorkload, { readonly kind: 'zero' }>;

const nothing = (): void => {};

/**
 * DeepSpeed ZeRO. Stages 0 and 1 keep whole gradients; from stage 2 on each rank keeps its share as they arrive. Buckets
 * and gathered parameters are part of the state that lasts (model-state.ts), not of the step.
 */
export class ZeroSharding implements Sharding {
  readonly reducesGradients: boolean;
  readonly beforeForward = nothing;
  readonly beforeLayerForward = nothing;
  readonly afterLayerForward = nothing;
  readonly afterForward = nothing;
  readonly beforeLossBackward = nothing;
  readonly beforeLayerBackward = nothing;
  readonly #device: Device;
  readonly #layers: Training['layers'];
  readonly #workload: ZeroWorkload;
  readonly #accumulates: boolean;
  readonly #shards: Allocation[] = [];

  constructor(
    device: Device,
    training: Training,
    options: { readonly sharding: ZeroWorkload; readonly accumulates: boolean },
  ) {
    this.#device = device;
    this.#layers = training.layers;
    this.#workload = options.sharding;
    this.#accumulates = options.accumulates;
    this.reducesGradients = options.sharding.stage >= 2;
  }

  afterLayerBackward(index: number, frame: Frame): void {
    if (!this.reducesGradients) return;
    releaseGradients(this.#device, frame);
    const program = this.#layers[index];
    if (program === undefined) return;
    const trainable = programParameters(program).filter((parameter) => parameter.trainable);
    this.#keepShare(trainable.reduce((total, { elements }) => total + elements, 0));
  }

  afterBackward(frames: readonly Frame[], loose: readonly Allocation[]): void {
    if (!this.reducesGradients) return;
    const { gradientDtype } = this.#workload;
    const { slots } = {
      slots: frames.flatMap((frame) =>
        frame.program.parameterGradients.map((slot) => frame.program.slots.bytes[slot] ?? 0),
      ),
    };
    const bytes =
      slots.reduce((total, size) => total + size, 0) + loose.reduce((total, gradient) => total + gradient.bytes, 0);
    for (const frame of frames) releaseGradients(this.#device, frame);
    for (const gradient of loose) this.#device.release(gradient);
    this.#keepShare(bytes / DTYPE_BYTES[gradientDtype]);
  }

  takeShards(): readonly Allocation[] {
    return this.#shards.splice(0);
  }

  #keepShare(elements: number): void {
    const { gradientDtype, degree, offloadOptimizer } = this.#workload;
    if (this.#accumulates || offloadOptimizer) return;
    this.#shards.push(this.#device.allocate((elements * DTYPE_BYTES[gradientDtype]) / degree, 'gradients'));
  }
}
