import type { Objective, PlanFields } from '../../plan/index.ts';
import type { Around } from '../types.ts';

/** `training.trainer_type`, which decides the trainer class and with it the meaning of the batch. */
export type TrainerType =
  | 'HF'
  | 'OUMI'
  | 'TRL_SFT'
  | 'TRL_DPO'
  | 'TRL_KTO'
  | 'TRL_GRPO'
  | 'TRL_GKD'
  | 'TRL_GOLD'
  | 'VERL_GRPO';

const OBJECTIVES: Readonly<Record<TrainerType, Objective>> = {
  HF: 'sft',
  OUMI: 'sft',
  TRL_SFT: 'sft',
  TRL_DPO: 'dpo',
  TRL_KTO: 'kto',
  TRL_GRPO: 'grpo',
  TRL_GKD: 'distillation',
  TRL_GOLD: 'distillation',
  VERL_GRPO: 'grpo',
};

const UNITS: { readonly [T in TrainerType]?: PlanFields['batch.unit'] } = {
  TRL_DPO: 'pairs',
  TRL_KTO: 'samples',
  TRL_GRPO: 'completions',
  VERL_GRPO: 'completions',
};

/** The trainer as the file states it, or oumi's own choice; undefined where it is not known from the text. */
export function trainerTypeOf(around: Around): TrainerType | undefined {
  const written = around.get('training.trainer_type');
  if (written === undefined) return around.has('training.trainer_type') ? undefined : 'HF';
  const name = String(written ?? 'HF').toUpperCase();
  return isTrainerType(name) ? name : undefined;
}

function isTrainerType(name: string): name is TrainerType {
  return Object.hasOwn(OBJECTIVES, name);
}

/** What the trainer optimises; random weights mean pretraining. */
export function objectiveOf(around: Around): Objective | undefined {
  const type = trainerTypeOf(around);
  if (type === undefined) return undefined;
  const objective = OBJECTIVES[type];
  return objective === 'sft' && around.get('model.load_pretrained_weights') === false ? 'pretraining' : objective;
}

export function unitOf(type: TrainerType): PlanFields['batch.unit'] {
  return UNITS[type] ?? 'sequences';
}

export function runsVerl(around: Around): boolean {
  return trainerTypeOf(around) === 'VERL_GRPO';
}

/** TRL's trainers that take `model.model_max_length` as the length examples are cut to; the others pass it over. */
export function cutsLength(around: Around): boolean {
  const type = trainerTypeOf(around);
  return type !== 'TRL_KTO' && type !== 'TRL_GRPO' && type !== 'VERL_GRPO';
}
