import type { aroundOf } from '../kit/around.ts';
import { byDefault, key, positive } from '../kit/key.ts';
import type { AnyKeyRow, Around, KeyTable } from '../types.ts';
import { isRl, OPENRLHF_KEYS, PPO_CLI, SFT_CLI } from './openrlhf-keys.ts';

/**
 * The grouped flags (`--train.batch_size`) that took the place of the flat ones, by the flat name. Where there are
 * several, the reinforcement-learning script has the first and the other scripts the last.
 * OpenRLHF: openrlhf/cli/train_ppo_ray.py, train_sft.py, train_dpo.py, train_rm.py
 */
const DOTTED_NAMES: Readonly<Record<string, readonly string[]>> = {
  micro_train_batch_size: ['train.micro_batch_size'],
  train_batch_size: ['train.batch_size'],
  train_max_tokens_per_gpu: ['train.max_tokens_per_gpu'],
  use_dynamic_batch: ['train.dynamic_batch_enable'],
  micro_rollout_batch_size: ['rollout.micro_batch_size'],
  rollout_batch_size: ['rollout.batch_size'],
  n_samples_per_prompt: ['rollout.n_samples_per_prompt'],
  prompt_data: ['data.prompt_dataset'],
  max_len: ['data.max_len'],
  chosen_key: ['data.chosen_key'],
  rejected_key: ['data.rejected_key'],
  packing_samples: ['ds.packing_samples'],
  pretrain: ['actor.model_name_or_path', 'model.model_name_or_path'],
  critic_pretrain: ['critic.model_name_or_path'],
  reward_pretrain: ['reward.model_name_or_path'],
  remote_rm_url: ['reward.remote_url', 'train.agent_func_path'],
  ref_reward_offload: ['ref.offload'],
  actor_learning_rate: ['actor.adam.lr'],
  learning_rate: ['adam.lr'],
  l2: ['actor.adam.weight_decay', 'adam.weight_decay'],
  adam_betas: ['actor.adam.betas', 'adam.betas'],
  max_norm: ['actor.max_norm', 'max_norm'],
  lr_warmup_ratio: ['actor.lr_warmup_ratio', 'lr_warmup_ratio'],
  lr_scheduler: ['actor.lr_scheduler', 'lr_scheduler'],
  num_episodes: ['train.num_episodes'],
  max_epochs: ['train.max_epochs'],
  zero_stage: ['ds.zero_stage'],
  adam_offload: ['ds.adam_offload'],
  overlap_comm: ['ds.overlap_comm'],
  param_dtype: ['ds.param_dtype'],
  gradient_checkpointing: ['actor.gradient_checkpointing_enable', 'model.gradient_checkpointing_enable'],
  attn_implementation: ['ds.attn_implementation'],
  use_liger_kernel: ['ds.use_liger_kernel'],
  load_in_4bit: ['ds.load_in_4bit'],
  lora_rank: ['ds.lora.rank'],
  lora_alpha: ['ds.lora.alpha'],
  lora_dropout: ['ds.lora.dropout'],
  target_modules: ['ds.lora.target_modules'],
  aux_loss_coef: ['actor.aux_loss_coef', 'model.aux_loss_coef'],
  actor_num_nodes: ['actor.num_nodes'],
  actor_num_gpus_per_node: ['actor.num_gpus_per_node'],
  ds_tensor_parallel_size: ['ds.tensor_parallel_size'],
  ring_attn_size: ['ds.ring_attn_size'],
  deepspeed_enable_sleep: ['ds.enable_sleep'],
  advantage_estimator: ['algo.advantage.estimator'],
  init_kl_coef: ['algo.kl.init_coef'],
  eps_clip: ['actor.eps_clip'],
  beta: ['model.beta'],
  colocate_all_models: ['train.colocate_all'],
  colocate_actor_ref: ['train.colocate_actor_ref'],
  ref_num_nodes: ['ref.num_nodes'],
  ref_num_gpus_per_node: ['ref.num_gpus_per_node'],
  async_train: ['train.async_enable'],
  vllm_num_engines: ['vllm.num_engines'],
  vllm_enable_sleep: ['vllm.enable_sleep'],
  vllm_gpu_memory_utilization: ['vllm.gpu_memory_utilization'],
  vllm_tensor_parallel_size: ['vllm.tensor_parallel_size'],
  enable_ema: ['train.enable_ema'],
  ema_beta: ['train.ema_beta'],
};

const SCRIPT = /openrlhf[./]cli[./]train_/;

/** A dotted flag is one key on a command line, not a path. */
const asKey = (flag: string): string => flag.replaceAll('.', '\\.');

const TELLING = ['train.batch_size', 'train.micro_batch_size', 'rollout.batch_size', 'ds.zero_stage'].map(asKey);

/** Whether a command has the grouped flags. */
export const isDotted = (around: Around): boolean => TELLING.some((flag) => around.has(flag));

/** How much a command is OpenRLHF's: its own scripts are known by name. */
export function dottedEvidence(around: Around): number {
  return isDotted(around) ? (SCRIPT.test(around.started ?? '') ? 100 : 30) : 0;
}

type FullAround = ReturnType<typeof aroundOf>;

/** The flag that a command has for a flat name. */
export function spelledFlag(around: Around, name: string): string {
  if (!isDotted(around)) return name;
  return (DOTTED_NAMES[name] ?? []).map(asKey).find((flag) => around.has(flag)) ?? name;
}

/** The values of a command under the flat names, whichever it is written with. */
export function inFlatNames<A extends Around>(around: A): A {
  if (!isDotted(around)) return around;
  const spelled = (name: string): string => spelledFlag(around, name);
  const isDpo = around.started?.endsWith('train_dpo') === true;
  return {
    ...around,
    has: (name: string) => around.has(spelled(name)) || (name === 'beta' && isDpo),
    // bf16 is what these scripts train in unless they are told fp16.
    get: (name: string) => around.get(spelled(name)) ?? (name === 'param_dtype' ? 'bf16' : undefined),
    ...('node' in around ? { node: (name: string) => (around as A & FullAround).node(spelled(name)) } : {}),
  };
}

/** The flat table's rows under the grouped names, with the defaults that changed. */
const RENAMED: KeyTable = Object.fromEntries(
  Object.entries(OPENRLHF_KEYS).flatMap(([name, rows]) => {
    const flags = DOTTED_NAMES[name] ?? [];
    const isOnlyOne = flags.length === 1;
    return flags
      .filter((flag) => flag !== name)
      .map((flag, at) => [
        asKey(flag),
        listed(rows).map((row) => inDotted(row, (around) => isOnlyOne || isRl(around) === (at === 0))),
      ]);
  }),
);

const whenDotted = (row: AnyKeyRow): AnyKeyRow => inDotted(row, () => true);

const CHANGED: KeyTable = {
  'train\\.micro_batch_size': whenDotted(
    key('batch.micro', {
      read: positive,
      write: (to) => to,
      when: (around) => around.get('use_dynamic_batch') !== true,
      default: byDefault((around) => (isRl(around) || isReward(around) ? 1 : 8), PPO_CLI),
    }),
  ),
  // One limit for prompt and completion together.
  'data\\.max_len': whenDotted(
    key('data.sequenceLength', {
      read: positive,
      write: (to) => to,
      default: byDefault((around) => (isRl(around) || isSft(around) ? 2048 : undefined), PPO_CLI),
    }),
  ),
  'rollout\\.max_new_tokens': whenDotted(
    key('rollout.completionLength', { read: positive, write: (to) => to, when: isRl }),
  ),
  'adam\\.lr': whenDotted(
    key('optimizer.peakLearningRate', {
      when: (around) => !isRl(around) && around.get('optim') !== 'muon',
      default: byDefault((around) => (isSft(around) ? 5e-6 : undefined), SFT_CLI),
    }),
  ),
};

const isSft = ({ started }: Around): boolean => started?.endsWith('train_sft') === true;
const isReward = ({ started }: Around): boolean => started?.endsWith('train_rm') === true;

/** Both ways of writing an argument; a command has one of them. */
export const OPENRLHF_COMMAND_KEYS: KeyTable = {
  ...Object.fromEntries(Object.entries(OPENRLHF_KEYS).map(([name, rows]) => [name, listed(rows).map(inFlat(name))])),
  ...RENAMED,
  ...CHANGED,
};

/** A flat row as it stands, where commands are flat; some names are still the supervised scripts' own. */
function inFlat(name: string): (row: AnyKeyRow) => AnyKeyRow {
  const stays = DOTTED_NAMES[name]?.includes(name) === true;
  return (row) => ({
    ...row,
    when: (around) =>
      (!isDotted(around) || (stays && !isRl(inFlatNames(around)))) && (row.when === undefined || row.when(around)),
  });
}

function inDotted(row: AnyKeyRow, isFor: (around: Around) => boolean): AnyKeyRow {
  const { read, write, when, default: fallback } = row;
  const value = fallback?.value;
  return {
    field: row.field,
    when: (around) =>
      isDotted(around) && isFor(inFlatNames(around)) && (when === undefined || when(inFlatNames(around))),
    ...(read === undefined ? {} : { read: (given, around) => read(given, inFlatNames(around)) }),
    ...(write === undefined ? {} : { write: (to, around) => write(to, inFlatNames(around)) }),
    ...(fallback === undefined || value === undefined
      ? {}
      : {
          default: {
            cite: fallback.cite,
            value: typeof value === 'function' ? (around: Around) => value(inFlatNames(around)) : value,
          },
        }),
  };
}

function listed(rows: AnyKeyRow | readonly AnyKeyRow[]): readonly AnyKeyRow[] {
  return 'field' in rows ? [rows] : rows;
}
