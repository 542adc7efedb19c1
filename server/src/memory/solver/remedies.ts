import { findModel } from '../../facts/index.ts';
import {
  editedField,
  type PlanEdit,
  type PlanValues,
  setField,
  type TrainingPlan,
  withEdits,
} from '../../plan/index.ts';
import type { MemoryEstimate } from '../types.ts';
import { evaluationLevers } from './evaluation-levers.ts';
import { fewerTokens } from './fewer-tokens.ts';
import { Judge, type SolverOptions } from './judge.ts';
import { largestFitting, MAX_MICRO_BATCH } from './largest-micro-batch.ts';

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

export interface Candidate {
  readonly edits: readonly PlanEdit[];
  readonly title: string;
  readonly note: string;
  readonly changesTraining: boolean;
}

/** Changes that make the plan fit, those that change training least first; each is estimated before it is offered. */
export function remedies(plan: TrainingPlan, options: SolverOptions = {}): readonly Remedy[] {
  const judge = new Judge(options);
  const found: Remedy[] = [];
  // More of the same is no further remedy: what already fits with fewer edits covers it.
  const isCovered = (candidate: Candidate): boolean => found.some((remedy) => covers(remedy, candidate));
  for (const candidate of candidates(plan, judge, { isCovered, isSolved: () => found.length > 0 })) {
    if (options.shouldStop?.() === true) break;
    if (isCovered(candidate)) continue;
    const estimate = judge.fitting(withEdits(plan, candidate.edits));
    if (estimate !== undefined) found.push({ ...candidate, estimate });
  }
  return [...found.filter((one) => !one.changesTraining), ...found.filter((one) => one.changesTraining)];
}

interface Progress {
  readonly isCovered: (candidate: Candidate) => boolean;
  readonly isSolved: () => boolean;
}

/**
 * Single changes first, then two together, each also with the micro batch that then fits at the same global batch; with
 * another method only where nothing else helps.
 */
function* candidates(plan: TrainingPlan, judge: Judge, { isCovered, isSolved }: Progress): Generator<Candidate> {
  const { values } = plan;
  const inEvaluation = evaluationLevers(plan, judge);
  const levers = [
    ...inEvaluation,
    ...fusedLoss(values),
    ...checkpointing(values),
    ...optimizers(values),
    ...sharding(values),
  ];
  yield* levers;
  yield* smallerMicroBatch(plan, judge);
  yield* fewerTokens(plan, judge);
  yield* moreGpus(plan, judge);
  yield* [...shorter(values), ...adapter(values)];
  const pairs = levers.flatMap((first, index) =>
    levers.slice(index + 1).flatMap((second) => (touchSame(first, second) ? [] : [together(first, second)])),
  );
  yield* pairs;
  for (const lever of [...levers, ...pairs])
    if (!isCovered(lever))
      for (const smaller of smallerMicroBatch(withEdits(plan, lever.edits), judge)) yield together(lever, smaller);
  if (isSolved()) return;
  for (const method of adapter(values))
    for (const whole of [method, ...checkpointing(values).map((lever) => together(method, lever))]) {
      yield whole;
      for (const smaller of smallerMicroBatch(withEdits(plan, whole.edits), judge)) yield together(whole, smaller);
    }
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
function smallerMicroBatch(plan: TrainingPlan, judge: Judge): readonly Candidate[] {
  const micro = plan.values['batch.micro']?.value;
  const accumulation = plan.values['batch.gradientAccumulation']?.value;
  if (micro === undefined || accumulation === undefined || micro <= 1) return [];
  const divisors = divisorsBelow(micro, micro * accumulation);
  const sizes = { count: divisors.length, at: (index: number) => divisors[index] ?? 1 };
  const size = largestFitting(judge, sizes, (tried) => withEdits(plan, batchEdits(tried, micro * accumulation)));
  if (size === undefined || size < 1) return [];
  const steps = (micro * accumulation) / size;
  const global = plan.values['batch.global']?.value;
  return [
    {
      edits: batchEdits(size, micro * accumulation),
      title: `Set micro batch ${size} and accumulation ${steps}`,
      note:
        global === undefined
          ? 'the same global batch'
          : `the same ${global.toLocaleString('en-US')} ${plan.values['batch.unit']?.value ?? 'sequences'} a step`,
      changesTraining: false,
    },
  ];
}

function batchEdits(micro: number, product: number): readonly PlanEdit[] {
  return [setField('batch.micro', micro), setField('batch.gradientAccumulation', product / micro)];
}

/** Ascending. Micro batches above the largest that is ever tried need no list. */
function divisorsBelow(micro: number, product: number): readonly number[] {
  const divisors: number[] = [];
  for (let size = 1; size < Math.min(micro, MAX_MICRO_BATCH + 1); size += 1)
    if (product % size === 0) divisors.push(size);
  return divisors;
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
function moreGpus(plan: TrainingPlan, judge: Judge): readonly Candidate[] {
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
