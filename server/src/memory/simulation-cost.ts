import { prepareTraining } from './training.ts';
import type { Workload } from './workload.ts';

/** Tensors an op makes and frees in a step, forward and backward (counted on the decoder programs). */
const EVENTS_AN_OP = 5;
const RECOMPUTED_EVENTS_AN_OP = 8;
/** A simulation runs three steps of two micro-steps at most. */
const SIMULATED_STEPS = 3;
const MOST_MICRO_STEPS = 2;

/** About how many allocations and frees simulating the allocator takes; each costs a fraction of a microsecond. */
export function simulationEvents(workload: Workload): number {
  const training = prepareTraining(workload);
  if (training === undefined) return 0;
  const perOp = workload.checkpointing === 'none' ? EVENTS_AN_OP : RECOMPUTED_EVENTS_AN_OP;
  const inLayers = training.layers.reduce((total, { ops }) => total + ops.length, 0) * perOp;
  const tensors = training.tensors.counted.reduce((total, { copies }) => total + copies, 0);
  const microSteps = Math.min(MOST_MICRO_STEPS, workload.gradientAccumulation);
  return SIMULATED_STEPS * (inLayers * microSteps + 4 * tensors);
}
