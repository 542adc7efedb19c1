export {
  type Simulation,
  type SimulationOptions,
  simulateAllocator,
  WORKSPACE_BYTES,
} from './allocator/simulate-allocator.ts';
export { estimateMemory } from './estimate.ts';
export { imageShape } from './programs/image-shape.ts';
export { largestMicroBatch, type Remedy, remedies, sweepMicroBatch } from './solver.ts';
export type * from './types.ts';
export { type StepPeak, type TermBytes, walkStep } from './walk-step.ts';
export type { LoraWorkload, ShardingWorkload, Workload } from './workload.ts';
