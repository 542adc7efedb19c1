import { enrichPlan } from '../server/src/facts/index.ts';
import { estimateMemory, refineEstimate, sweepMicroBatch } from '../server/src/memory/index.ts';
import { completePlan, type PlanValues, type TrainingPlan } from '../server/src/plan/index.ts';

export interface SpeedLine {
  readonly what: string;
  readonly 'median ms': number;
}

const REPETITIONS = 21;
const SWEEP_SIZES = Array.from({ length: 64 }, (_, index) => index + 1);

/** How long the engine takes once warm, on this machine and at its present load. */
export function measureSpeed(): SpeedLine[] {
  const deep = deepPlan();
  return [
    line('estimate of an 80-layer model', () => estimateMemory(deep)),
    line(`sweep over ${SWEEP_SIZES.length} micro batches of it`, () => sweepMicroBatch(deep, SWEEP_SIZES)),
    line('estimate of it with the allocator simulated', () => refineEstimate(deep)),
  ];
}

/** Full training of Llama 2 70B over 64 GPUs. */
function deepPlan(): TrainingPlan {
  const stated = {
    'run.task': 'causal-lm',
    'model.name': 'meta-llama/Llama-2-70b-hf',
    'batch.micro': 1,
    'batch.gradientAccumulation': 8,
    'data.sequenceLength': 4096,
    'precision.weights': 'fp32',
    'precision.autocast': 'off',
    'precision.compute': 'bf16',
    'optimizer.name': 'adamw_torch_fused',
    'adapter.kind': 'none',
    'activations.checkpointing': 'full',
    'sharding.engine': 'fsdp2',
    'parallel.data': 64,
    'hardware.gpu': 'h100-80gb',
  };
  const values = Object.fromEntries(
    Object.entries(stated).map(([field, value]) => [field, { value, origin: 'setting', setting: 'bench' }]),
    // Each field above has a value of its own type.
  ) as PlanValues;
  const at = { file: 'bench', start: 0, end: 0 };
  return completePlan(enrichPlan({ name: 'main', at, values, residents: [], partial: false, derivations: [] }));
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
