import { findModel } from '../server/src/facts/index.ts';
import { simulateAllocator, type Workload, walkStep } from '../server/src/memory/index.ts';

export interface SpeedLine {
  readonly what: string;
  readonly 'median ms': number;
}

const DEEP_MODEL = 'meta-llama/Llama-2-70b-hf';
const SWEEP_POINTS = 64;
const REPETITIONS = 21;

/** How long the engine takes once warm, on this machine and at its present load. */
export function measureSpeed(example: Workload): SpeedLine[] {
  const shape = findModel(DEEP_MODEL)?.shape;
  if (shape === undefined) return [];
  const deep: Workload = { ...example, shape, checkpointing: 'full' };
  const sweep = (): void => {
    for (let microBatch = 1; microBatch <= SWEEP_POINTS; microBatch += 1) walkStep({ ...deep, microBatch });
  };
  return [
    line('walk of an 80-layer model', () => walkStep(deep)),
    line(`sweep over ${SWEEP_POINTS} micro batches`, sweep),
    line('allocator simulation of it', () => simulateAllocator(deep)),
  ];
}

function line(what: string, work: () => void): SpeedLine {
  for (let warmUp = 0; warmUp < 5; warmUp += 1) work();
  const times = Array.from({ length: REPETITIONS }, () => {
    const started = performance.now();
    work();
    return performance.now() - started;
  }).sort((a, b) => a - b);
  return { what, 'median ms': Math.round((times[REPETITIONS >> 1] ?? 0) * 100) / 100 };
}
