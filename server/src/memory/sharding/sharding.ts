import type { Frame } from '../device.ts';

/** What a way of sharding does to memory at each point of the step. */
export interface Sharding {
  beforeForward(): void;
  beforeLayerForward(index: number): void;
  afterLayerForward(index: number): void;
  afterForward(): void;
  beforeLossBackward(): void;
  beforeLayerBackward(index: number): void;
  /** The layer's gradients stand in the frame's parameter-gradient slots. */
  afterLayerBackward(index: number, frame: Frame): void;
  /** The gradients of embedding and head stand in the frames. */
  afterBackward(frames: readonly Frame[]): void;
}

const nothing = (): void => {};

/** Everything stays on the one device. */
export const UNSHARDED: Sharding = {
  beforeForward: nothing,
  beforeLayerForward: nothing,
  afterLayerForward: nothing,
  afterForward: nothing,
  beforeLossBackward: nothing,
  beforeLayerBackward: nothing,
  afterLayerBackward: nothing,
  afterBackward: nothing,
};
