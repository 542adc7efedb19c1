import { type PlanValues, setField, type TrainingPlan, withEdits } from '../../plan/index.ts';
import type { Candidate } from './candidate.ts';
import type { Judge } from './judge.ts';

/** More sharding of the kind that is in use already; the engine itself is never changed. */
export function sharding(values: PlanValues): readonly Candidate[] {
  const engine = values['sharding.engine']?.value;
  if (engine === 'deepspeed') return [...higherStages(values), ...optimizerOffload(values)];
  const isFullySharded = engine === 'fsdp1' || engine === 'fsdp2';
  if (!isFullySharded || values['sharding.reshardAfterForward']?.value !== false) return [];
  return [
    {
      edits: [setField('sharding.reshardAfterForward', true)],
      title: 'Reshard layers after their forward pass',
      note: 'the same run with one more gather a layer',
      changesTraining: false,
    },
  ];
}

function higherStages(values: PlanValues): readonly Candidate[] {
  const stage = values['sharding.zeroStage']?.value;
  if (stage === undefined) return [];
  const higher = ([1, 2, 3] as const).filter((next) => next > stage);
  return higher.map((next) => ({
    edits: [setField('sharding.zeroStage', next)],
    title: `Set ZeRO stage ${next}`,
    note: 'more of the model states are split over the ranks',
    changesTraining: false,
  }));
}

function optimizerOffload(values: PlanValues): readonly Candidate[] {
  const offload = values['sharding.offloadOptimizer'];
  if (offload === undefined || offload.value !== 'none' || (values['sharding.zeroStage']?.value ?? 0) < 1) return [];
  return [
    {
      edits: [setField('sharding.offloadOptimizer', 'cpu')],
      title: 'Keep optimizer states in host memory',
      note: 'the same update on the CPU, which is slower',
      changesTraining: false,
    },
  ];
}

/** No run is moved to more GPUs than this. */
const MAX_WORLD = 4096;

/** The fewest GPUs over which sharded states fit, with less accumulation so that the global batch stays. */
export function moreGpus(plan: TrainingPlan, judge: Judge): readonly Candidate[] {
  const { values } = plan;
  const world = values['parallel.world']?.value;
  const accumulation = values['batch.gradientAccumulation']?.value;
  const isSharded = /^(?:fsdp1|fsdp2|deepspeed)$/.test(values['sharding.engine']?.value ?? '');
  if (!isSharded || world === undefined || accumulation === undefined) return [];
  // A stated number of ranks does not grow with the world.
  if (values['parallel.data']?.origin === 'explicit') return [];
  for (let times = 2; world * times <= MAX_WORLD && times <= accumulation; times += 1) {
    if (accumulation % times !== 0) continue;
    const edits = [
      setField('parallel.world', world * times),
      setField('batch.gradientAccumulation', accumulation / times),
    ];
    if (judge.fitting(withEdits(plan, edits)) === undefined) continue;
    return [
      {
        edits,
        title: `Use ${world * times} GPUs and accumulation ${accumulation / times}`,
        note: 'the same global batch',
        changesTraining: false,
      },
    ];
  }
  return [];
}
