import { findModel } from '../facts/index.ts';
import { editedField, type PlanEdit, type PlanValues, setField, type TrainingPlan, withEdits } from '../plan/index.ts';
import { BatchTrainings } from './batch-trainings.ts';
import { estimateMemory } from './estimate.ts';
import type { MemoryEstimate, MemoryOutcome } from './types.ts';

/** An edit, or several together, after which the run fits; already estimated. */
export interface Remedy {
  readonly edits: readonly PlanEdit[];
  readonly title: string;
  /** What stays the same or what it costs, in a few words. */
  readonly note: string;
  /** False: the run computes the same thing. */
  readonly changesTraining: boolean;
  readonly estimate: MemoryEstimate;
}

/** No micro batch above this is tried. */
const MAX_MICRO_BATCH = 4096;

/** The largest micro batch that fits with all else as it is; 0 where not even 1 does, undefined where memory or GPU is unknown. */
export function largestMicroBatch(plan: TrainingPlan): number | undefined {
  const { prepare } = new BatchTrainings();
  const fits = (size: number): boolean | undefined => {
    const outcome = estimateMemory(withEdits(plan, [setField('batch.micro', size)]), prepare);
    return outcome.known && outcome.estimate.capacityBytes !== undefined
      ? outcome.estimate.verdict === 'fits'
      : undefined;
  };
  const one = fits(1);
  if (one === undefined) return undefined;
  if (!one) return 0;
  let low = 1;
  let high = 2;
  while (high <= MAX_MICRO_BATCH && fits(high) === true) [low, high] = [high, high * 2];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle) === true) low = middle;
    else high = middle;
  }
  return low;
}

/** The outcome for each micro batch, other fields as they are. */
export function sweepMicroBatch(
  plan: TrainingPlan,
  sizes: readonly number[],
): readonly { readonly microBatch: number; readonly outcome: MemoryOutcome }[] {
  const { prepare } = new BatchTrainings();
  const outcomes = new Map<number, MemoryOutcome>();
  for (const size of outermostFirst(sizes))
    outcomes.set(size, estimateMemory(withEdits(plan, [setField('batch.micro', size)]), prepare));
  return sizes.flatMap((microBatch) => {
    const outcome = outcomes.get(microBatch);
    return outcome === undefined ? [] : [{ microBatch, outcome }];
  });
}

/** The smallest, the largest and a middle size, so that the others lie between what was built. */
function outermostFirst(sizes: readonly number[]): readonly number[] {
  const ascending = [...new Set(sizes)].sort((one, other) => one - other);
  const above = ascending.filter((size) => size > 1);
  const corners = [above[0], above.at(-1), above[above.length >> 1]].filter((size) => size !== undefined);
  return [...new Set([...corners, ...ascending])];
}

interface Candidate {
  readonly edits: readonly PlanEdit[];
  readonly title: string;
  readonly note: string;
  readonly changesTraining: boolean;
}

/** Changes that make the plan fit, those that change training least first; each is estimated before it is offered. */
export function remedies(plan: TrainingPlan): readonly Remedy[] {
  const found: Remedy[] = [];
  for (const candidate of candidates(plan)) {
    // More of the same is no further remedy: what already fits with fewer edits covers it.
    if (found.some((remedy) => covers(remedy, candidate))) continue;
    const outcome = estimateMemory(withEdits(plan, candidate.edits));
    if (outcome.known && outcome.estimate.verdict === 'fits') found.push({ ...candidate, estimate: outcome.estimate });
  }
  return [...found.filter((one) => !one.changesTraining), ...found.filter((one) => one.changesTraining)];
}

/** Single changes first, then two together, each also with the micro batch that then fits at the same global batch. */
function candidates(plan: TrainingPlan): readonly Candidate[] {
  const { values } = plan;
  const levers = [...fusedLoss(values), ...checkpointing(values), ...optimizers(values), ...sharding(values)];
  const pairs = levers.flatMap((first, index) =>
    levers.slice(index + 1).flatMap((second) => (touchSame(first, second) ? [] : [together(first, second)])),
  );
  const withMicro = [...levers, ...pairs].flatMap((lever) =>
    smallerMicroBatch(withEdits(plan, lever.edits)).map((smaller) => together(lever, smaller)),
  );
  const others = [...moreGpus(plan), ...shorter(values), ...adapter(values)];
  return [...levers, ...smallerMicroBatch(plan), ...others, ...pairs, ...withMicro];
}

function touchSame(first: Candidate, second: Candidate): boolean {
  return first.edits.some((edit) => second.edits.some((other) => editedField(edit) === editedField(other)));
}

/** Whether a remedy that fits makes every change the candidate is worth, at no greater cost to training. */
function covers(remedy: Candidate, candidate: Candidate): boolean {
  const fields = new Set(candidate.edits.map(editedField));
  return (
    (!remedy.changesTraining || candidate.changesTraining) &&
    remedy.edits.every((edit) => fields.has(editedField(edit)))
  );
}

function together(first: Candidate, second: Candidate): Candidate {
  return {
    edits: [...first.edits, ...second.edits],
    title: `${first.title}, ${lowerFirst(second.title)}`,
    note: second.note,
    changesTraining: first.changesTraining || second.changesTraining,
  };
}

function fusedLoss(values: PlanValues): readonly Candidate[] {
  const kernel = values['loss.kernel'];
  if (kernel === undefined || kernel.value !== 'plain') return [];
  return [
    {
      edits: [setField('loss.kernel', 'fused')],
      title: 'Fuse the cross-entropy with the output head',
      note: 'the same loss without the logits',
      changesTraining: false,
    },
  ];
}

/** The largest divisor of micro × accumulation that fits, so that the global batch stays. */
function smallerMicroBatch(plan: TrainingPlan): readonly Candidate[] {
  const micro = plan.values['batch.micro']?.value;
  const accumulation = plan.values['batch.gradientAccumulation']?.value;
  if (micro === undefined || accumulation === undefined || micro <= 1) return [];
  const largest = Math.min(largestMicroBatch(plan) ?? 0, micro - 1);
  let size = largest;
  while (size >= 1 && (micro * accumulation) % size !== 0) size -= 1;
  if (size < 1) return [];
  const steps = (micro * accumulation) / size;
  const global = plan.values['batch.global']?.value;
  return [
    {
      edits: [setField('batch.micro', size), setField('batch.gradientAccumulation', steps)],
      title: `Set micro batch ${size} and accumulation ${steps}`,
      note:
        global === undefined
          ? 'the same global batch'
          : `the same ${global.toLocaleString('en-US')} ${plan.values['batch.unit']?.value ?? 'sequences'} a step`,
      changesTraining: false,
    },
  ];
}

function checkpointing(values: PlanValues): readonly Candidate[] {
  if (values['activations.checkpointing'] === undefined || values['activations.checkpointing'].value === 'full')
    return [];
  return [
    {
      edits: [setField('activations.checkpointing', 'full')],
      title: 'Recompute activations in backward',
      note: 'about a third more compute',
      changesTraining: false,
    },
  ];
}

function optimizers(values: PlanValues): readonly Candidate[] {
  const name = values['optimizer.name']?.value;
  if (name === undefined) return [];
  const fused: readonly Candidate[] =
    name === 'adamw_torch'
      ? [
          {
            edits: [setField('optimizer.name', 'adamw_torch_fused')],
            title: 'Use the fused AdamW',
            note: 'the same update without its temporary copies',
            changesTraining: false,
          },
        ]
      : [];
  const isAdam = /^adamw?(_torch)?(_fused)?$/.test(name);
  const small: readonly Candidate[] = isAdam
    ? [
        {
          edits: [setField('optimizer.name', 'adamw_bnb_8bit')],
          title: 'Use 8-bit AdamW',
          note: 'states take a quarter of the space',
          changesTraining: true,
        },
      ]
    : [];
  return [...fused, ...small];
}

/** More sharding of the kind that is in use already; the engine itself is never changed. */
function sharding(values: PlanValues): readonly Candidate[] {
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
function moreGpus(plan: TrainingPlan): readonly Candidate[] {
  const { values } = plan;
  const world = values['parallel.world']?.value;
  const accumulation = values['batch.gradientAccumulation']?.value;
  const isSharded = /^(?:fsdp1|fsdp2|deepspeed)$/.test(values['sharding.engine']?.value ?? '');
  if (!isSharded || world === undefined || accumulation === undefined) return [];
  // A stated number of ranks does not grow with the world.
  if (values['parallel.data']?.origin === 'explicit') return [];
  for (let times = 2; world * times <= MAX_WORLD && accumulation % times === 0; times *= 2) {
    const edits = [
      setField('parallel.world', world * times),
      setField('batch.gradientAccumulation', accumulation / times),
    ];
    const outcome = estimateMemory(withEdits(plan, edits));
    if (!outcome.known || outcome.estimate.verdict !== 'fits') continue;
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

function shorter(values: PlanValues): readonly Candidate[] {
  const length = values['data.sequenceLength']?.value;
  if (length === undefined || length < 512) return [];
  const half = Math.floor(length / 2);
  return [
    {
      edits: [setField('data.sequenceLength', half)],
      title: `Set sequence length ${half.toLocaleString('en-US')}`,
      note: 'longer examples are cut or split',
      changesTraining: true,
    },
  ];
}

/** The rank most published adapters have; every linear layer, as Dettmers et al. 2023 (arXiv 2305.14314) found best. */
const LORA_RANK = 16;

function adapter(values: PlanValues): readonly Candidate[] {
  if (values['adapter.kind']?.value !== 'none' || findModel(values['model.name']?.value ?? '') === undefined) return [];
  return [
    {
      edits: [
        setField('adapter.kind', 'lora'),
        setField('adapter.rank', LORA_RANK),
        setField('adapter.targets', 'all-linear'),
      ],
      title: `Train a LoRA adapter of rank ${LORA_RANK}`,
      note: 'a different method; it wants a higher learning rate',
      changesTraining: true,
    },
  ];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
