import type { Allocation, Device, Frame } from '../device.ts';

/** What a way of sharding does to memory at each point of the step. */
export interface Sharding {
  /** Gradients stay in their frames for the hooks below, which reduce and release them. */
  readonly reducesGradients: boolean;
  beforeForward(): void;
  beforeLayerForward(index: number): void;
  afterLayerForward(index: number): void;
  afterForward(): void;
  beforeLossBackward(): void;
  beforeLayerBackward(index: number): void;
  /** The layer's gradients stand in the frame's parameter-gradient slots. */
  afterLayerBackward(index: number, frame: Frame): void;
  /** The gradients of embedding and head stand in the frames, those of tensors outside the tape are `loose`. */
  afterBackward(frames: readonly Frame[], loose: readonly Allocation[]): void;
  /** The gradient shards made since the last call, for the optimizer to release. */
  takeShards(): readonly Allocation[];
}

const nothing = (): void => {};

/** Everything stays on the one device. */
export const UNSHARDED: Sharding = {
  reducesGradients: false,
  beforeForward: nothing,
  beforeLayerForward: nothing,
  afterLayerForward: nothing,
  afterForward: nothing,
  beforeLossBackward: nothing,
  beforeLayerBackward: nothing,
  afterLayerBackward: nothing,
  afterBackward: nothing,
  takeShards: () => [],
};

/** Frees the gradients a frame still holds. */
export function releaseGradients(device: Device, frame: Frame): void {
  for (const slot of frame.program.parameterGradients) device.releaseSlot(frame, slot);
}
