import type { ConfigValue } from '../../text/index.ts';
import { positive } from '../kit/key.ts';
import type { Around } from '../types.ts';

/** Roles that train a policy, in the order in which a file is searched for one. */
export const TRAINED_ROLES = ['actor_train', 'sft_train', 'student_train', 'student'] as const;
export type TrainedRole = (typeof TRAINED_ROLES)[number];

/** What a file's pipeline does. */
export type Pipeline = 'sft' | 'dpo' | 'distillation' | 'agentic' | 'rlvr';

export function roleOf(around: Around): TrainedRole | undefined {
  return TRAINED_ROLES.find((role) => around.has(role));
}

export function pipelineOf(around: Around): Pipeline | undefined {
  if (around.has('sft_train')) return 'sft';
  if (around.has('student')) return 'distillation';
  if (around.has('train_env_manager') || around.has('custom_envs') || around.has('custom_env')) return 'agentic';
  if (around.has('rollout_batch_size') || around.has('actor_infer') || around.has('student_infer')) return 'rlvr';
  return around.has('actor_train') && (around.has('chosen_key') || around.has('beta')) ? 'dpo' : undefined;
}

export function rollsOut(around: Around): boolean {
  const pipeline = pipelineOf(around);
  return pipeline === 'agentic' || pipeline === 'rlvr';
}

/** GPUs by index: `list(range(0,8)) + list(range(16,24))`, `list([0,1,2])`, a list. */
export function devicesOf(value: ConfigValue | undefined): readonly number[] | undefined {
  if (Array.isArray(value)) return value.every((index) => typeof index === 'number') ? value : undefined;
  if (typeof value !== 'string' || value.length > 10_000) return undefined;
  const devices: number[] = [];
  for (const part of value.split('+')) {
    const found = devicesOfTerm(part.trim());
    if (found === undefined) return undefined;
    devices.push(...found);
  }
  return devices.length > 0 ? devices : undefined;
}

/** More GPUs than any cluster has, against ranges that would take all memory. */
const MOST_DEVICES = 1_000_000;

function devicesOfTerm(text: string): readonly number[] | undefined {
  const range = /^(?:list\()?range\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?(?:,\s*(\d+)\s*)?\)\)?$/.exec(text);
  if (range !== null) {
    const [, first = '', second, third] = range;
    const [start, end] = second === undefined ? [0, Number(first)] : [Number(first), Number(second)];
    const step = Math.max(1, Number(third ?? 1));
    if (end - start > MOST_DEVICES || end <= start) return undefined;
    return Array.from({ length: Math.ceil((end - start) / step) }, (_, index) => start + index * step);
  }
  const list = /^(?:list\()?\[([\d\s,]*)\]\)?$/.exec(text)?.[1];
  return list?.split(',').flatMap((item) => (item.trim() === '' ? [] : [Number(item)]));
}

export function strategyOf(around: Around, role: string): string | undefined {
  const name = around.get(`${role}.strategy_args.strategy_name`);
  return typeof name === 'string' ? name : undefined;
}

/** Data-parallel ranks of the trained role, where its GPUs and degrees are known. */
export function dataRanksOf(around: Around, role: string): number | undefined {
  const gpus = devicesOf(around.get(`${role}.device_mapping`))?.length;
  if (gpus === undefined) return undefined;
  const degrees = strategyOf(around, role)?.startsWith('megatron')
    ? MEGATRON_DEGREES.map((degree) => `${role}.strategy_args.strategy_config.${degree}`)
    : [`${role}.model_args.ulysses_size`];
  const group = degrees.reduce((product, degree) => product * (positive(around.get(degree) ?? 1) ?? 1), 1);
  return Number.isInteger(gpus / group) ? gpus / group : undefined;
}

const MEGATRON_DEGREES: readonly string[] = [
  'tensor_model_parallel_size',
  'pipeline_model_parallel_size',
  'context_parallel_size',
];

/** Micro batches hold as many samples as a number of tokens has room for. */
export function fillsByTokens(around: Around, role: string): boolean {
  if (around.get(`${role}.use_dynamic_batching_in_train`) === true) return true;
  return (
    around.get(`${role}.use_sequence_packing`) === true &&
    around.has(`${role}.sequence_packing_args.max_packed_sequence_length_train`)
  );
}

/** Samples one rank puts through between two optimizer steps: its micro batch times accumulation. */
export function samplesPerRank(around: Around, role: string): number | undefined {
  const micro = positive(around.get(`${role}.training_args.per_device_train_batch_size`) ?? 8);
  const accumulation = positive(around.get(`${role}.training_args.gradient_accumulation_steps`) ?? 1);
  return micro === undefined || accumulation === undefined ? undefined : micro * accumulation;
}

/**
 * Optimizer steps of one pipeline step: its completions times passes over what all ranks take a step
 * (ROLL: roll/configs/base_config.py, PPOConfig.set_max_steps). Undefined where a factor is unknown.
 */
export function updatesPerRound(around: Around): number | undefined {
  const role = roleOf(around);
  if (role === undefined) return undefined;
  const prompts = positive(around.get('rollout_batch_size') ?? null);
  const generations = pipelineOf(around) === 'agentic' ? 1 : positive(around.get('num_return_sequences_in_group') ?? 1);
  const epochs = positive(around.get('ppo_epochs') ?? 1);
  const perRank = samplesPerRank(around, role);
  const ranks = dataRanksOf(around, role);
  if (prompts === undefined || generations === undefined || epochs === undefined) return undefined;
  if (perRank === undefined || ranks === undefined) return undefined;
  return (prompts * generations * epochs) / (perRank * ranks);
}
