export { estimateMemory } from './estimate.ts';
export { imageShape } from './programs/image-shape.ts';
export { type RefineOptions, refineEstimate } from './refine-estimate.ts';
export { largestMicroBatch, type Remedy, remedies, sweepMicroBatch } from './solver.ts';
export type * from './types.ts';
export { type StepPeak, type TermBytes, walkStep } from './walk-step.ts';
export type { LoraWorkload, ShardingWorkload, Workload } from './workload.ts';
