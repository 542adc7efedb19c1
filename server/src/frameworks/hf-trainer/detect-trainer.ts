import type { ConfigTree } from '../../text/index.ts';
import { aroundOf } from '../kit/around.ts';
import type { Around } from '../types.ts';
import { TRAINERS, type TrainerKind } from './trainer-kinds.ts';

const OWN_POINTS = 3;
const SHARED_POINTS = 1;
const PATH_POINTS = 4;

/** Losses that name their trainer. */
const LOSS_TRAINER: Readonly<Record<string, TrainerKind>> = {
  simpo: 'cpo',
  alphapo: 'cpo',
  kto: 'kto',
  apo_zero_unpaired: 'kto',
  dapo: 'grpo',
  dr_grpo: 'grpo',
  bnpo: 'grpo',
  grpo: 'grpo',
  cispo: 'grpo',
  sapo: 'grpo',
  apo_zero: 'dpo',
  apo_down: 'dpo',
  exo_pair: 'dpo',
  nca_pair: 'dpo',
  robust: 'dpo',
  sppo_hard: 'dpo',
};

/** Argument classes and the trainer each is made for (transformers: src/transformers/training_args.py; trl: trl/trainer). */
const CLASS_TRAINER: Readonly<Record<string, TrainerKind>> = {
  TrainingArguments: 'trainer',
  Seq2SeqTrainingArguments: 'trainer',
  SFTConfig: 'sft',
  DPOConfig: 'dpo',
  GRPOConfig: 'grpo',
  RLOOConfig: 'rloo',
  PPOConfig: 'ppo',
  KTOConfig: 'kto',
  ORPOConfig: 'orpo',
  CPOConfig: 'cpo',
  RewardConfig: 'reward',
};

/** Whether a script's class is one of those this adapter reads. */
export function isArgumentClass(name: string | undefined): boolean {
  return name !== undefined && Object.hasOwn(CLASS_TRAINER, name);
}

/**
 * The trainer a file is for, from its keys and its path; undefined where two are as likely or nothing tells.
 * A file is handed to a trainer by the script that reads it, so the file alone can only hint.
 */
export function trainerOf(around: Around): TrainerKind | undefined {
  if (!known.has(around)) known.set(around, detectTrainer(around));
  return known.get(around);
}

/** Whether one of TRL's trainers is known to read the file. */
export function isForTrl(tree: ConfigTree): boolean {
  const kind = trainerOf(aroundOf(tree));
  return kind !== undefined && kind !== 'trainer';
}

/** Every row of the key table asks, so the answer is kept as long as the reading lasts. */
const known = new WeakMap<Around, TrainerKind | undefined>();

function detectTrainer(around: Around): TrainerKind | undefined {
  const started = startedTrainer(around.started);
  if (started !== undefined) return started;
  const loss = around.get('loss_type');
  const byLoss = typeof loss === 'string' ? LOSS_TRAINER[loss] : undefined;
  let best: { kind: TrainerKind; score: number } | undefined;
  let tied = false;
  // Object.entries forgets the type of the keys.
  for (const [kind, info] of Object.entries(TRAINERS) as [TrainerKind, (typeof TRAINERS)[TrainerKind]][]) {
    const score =
      OWN_POINTS * count(info.own, around) +
      SHARED_POINTS * count(info.shared, around) +
      (byLoss === kind ? OWN_POINTS : 0) +
      (info.inPath.test(tail(around.file)) ? PATH_POINTS : 0);
    if (score === 0) continue;
    if (best !== undefined && score === best.score) tied = true;
    if (best === undefined || score > best.score) [best, tied] = [{ kind, score }, false];
  }
  // `beta` alone, or another single shared key, fits several trainers.
  return best === undefined || tied || best.score < 2 ? undefined : best.kind;
}

/** A class names its trainer, and so does a script such as `sft.py` where only one trainer's name is in it. */
function startedTrainer(started: string | undefined): TrainerKind | undefined {
  if (started === undefined) return undefined;
  if (Object.hasOwn(CLASS_TRAINER, started)) return CLASS_TRAINER[started];
  // Object.entries forgets the type of the keys.
  const kinds = (Object.entries(TRAINERS) as [TrainerKind, (typeof TRAINERS)[TrainerKind]][])
    .filter(([, { inPath }]) => inPath.test(tail(started).slice(tail(started).lastIndexOf('/'))))
    .map(([kind]) => kind);
  return kinds.length === 1 ? kinds[0] : undefined;
}

function count(keys: readonly string[], around: Around): number {
  return keys.filter((key) => around.has(key)).length;
}

/** The file's name and its nearest folders: what lies further up names the project, not the run. */
function tail(file: string): string {
  return `/${file.split(/[/\\]/).slice(-3).join('/')}`;
}
