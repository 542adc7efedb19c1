import type { TrainerKind } from '../hf-trainer/trainer-kinds.ts';
import type { Around } from '../types.ts';

/** Files for the Megatron trainer: its own names for batch and rate. */
export const onMegatron = (around: Around): boolean =>
  ['micro_batch_size', 'global_batch_size', 'lr', 'train_iters', 'lr_warmup_fraction'].some((key) => around.has(key));

export const onTrainer = (around: Around): boolean => !onMegatron(around);

/** A key at the root or, in files that give every role its own GPUs, in the trainer's section. */
export function swiftValue(around: Around, key: string) {
  return around.get(key) ?? around.get(`train.${key}`);
}

const TRAINERS: Readonly<Record<string, TrainerKind>> = {
  dpo: 'dpo',
  kto: 'kto',
  orpo: 'orpo',
  cpo: 'cpo',
  simpo: 'cpo',
  rm: 'reward',
  ppo: 'ppo',
  grpo: 'grpo',
  gkd: 'gkd',
};

/** The trainer `rlhf_type` names; plain fine-tuning without it. */
export function trainerOf(around: Around): TrainerKind | undefined {
  const type = around.get('rlhf_type');
  if (type === undefined || type === null) return around.has('rlhf_type') && type === undefined ? undefined : 'sft';
  return TRAINERS[String(type)];
}

/** `tuner_type`, under the names it had in older versions. */
export function tunerOf(around: Around): string | undefined {
  const value = swiftValue(around, 'tuner_type') ?? around.get('train_type') ?? around.get('sft_type');
  if (typeof value === 'string') return value.toLowerCase();
  return onMegatron(around) ? 'full' : 'lora';
}

export const usesLora = (around: Around): boolean => tunerOf(around) === 'lora';
