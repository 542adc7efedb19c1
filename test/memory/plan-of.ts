import { enrichPlan } from '../../server/src/facts/index.ts';
import { estimateMemory, type MemoryEstimate, type MemoryOutcome } from '../../server/src/memory/index.ts';
import { completePlan, type PlanFields, type Resident, type TrainingPlan } from '../../server/src/plan/index.ts';

/** The plan of a config that states these fields, full fine-tuning of a small Llama on one H100 but for the changes. */
export function planOf(changes: Partial<PlanFields> = {}, residents: readonly Resident[] = []): TrainingPlan {
  const stated: Partial<PlanFields> = {
    'run.task': 'causal-lm',
    'model.name': 'meta-llama/Llama-3.2-1B',
    'batch.micro': 2,
    'batch.gradientAccumulation': 1,
    'data.sequenceLength': 1024,
    'precision.weights': 'bf16',
    'precision.autocast': 'bf16',
    'optimizer.name': 'adamw_torch_fused',
    'adapter.kind': 'none',
    'activations.checkpointing': 'none',
    'loss.kernel': 'plain',
    'parallel.tensor': 1,
    'parallel.pipeline': 1,
    'parallel.context': 1,
    'parallel.ulysses': 1,
    'hardware.gpu': 'h100-80gb',
    ...changes,
  };
  if (stated['parallel.world'] === undefined) stated['parallel.data'] ??= 1;
  const values = Object.fromEntries(
    Object.entries(stated).map(([field, value]) => [field, { value, origin: 'setting', setting: 'test' }]),
    // Each field above has a value of its own type.
  ) as TrainingPlan['values'];
  const at = { file: 'test.yaml', start: 0, end: 0 };
  return completePlan(enrichPlan({ name: 'main', at, values, residents, partial: false, derivations: [] }));
}

/** The estimate of a plan that says all it takes. */
export function estimateOf(
  plan: TrainingPlan,
  estimate: (plan: TrainingPlan) => MemoryOutcome = estimateMemory,
): MemoryEstimate {
  const outcome = estimate(plan);
  if (!outcome.known)
    throw new Error(`Nothing is known without ${outcome.missing.join(', ')}. ${outcome.reason ?? ''}`);
  return outcome.estimate;
}
