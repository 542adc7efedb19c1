export { estimateMemory } from './estimate.ts';
export { largestMicroBatch, type Remedy, remedies, sweepMicroBatch } from './solver.ts';
export type * from './types.ts';
export { type StepPeak, walkStep } from './walk-step.ts';
export type { LoraWorkload, ShardingWorkload, Workload } from './workload.ts';
