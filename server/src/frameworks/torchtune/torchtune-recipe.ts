import type { Objective } from '../../plan/index.ts';
import type { ConfigTree } from '../../text/index.ts';
import type { Around } from '../types.ts';

/** Which recipe runs a config is not in its keys: torchtune names it on the command line. */
export type Launch = 'single-device' | 'distributed';

/** Keys that only the distributed recipes read (torchtune: recipes/full_finetune_distributed.py). */
const DISTRIBUTED_KEYS = [
  'fsdp_cpu_offload',
  'fsdp_reshard_after_forward',
  'custom_sharded_layers',
  'tensor_parallel_dim',
  'tensor_parallel_plan',
  'context_parallel_dim',
  'expert_parallel_degree',
  'data_parallel_shard_dim',
  'data_parallel_replicate_dim',
];

/** The recipe as the file's name, its keys and the launch command in its comments tell; undefined where none does. */
export function launchOf(tree: ConfigTree, around: Around): Launch | undefined {
  const name = around.file.slice(Math.max(around.file.lastIndexOf('/'), around.file.lastIndexOf('\\')) + 1);
  if (/single_device|low_memory/.test(name)) return 'single-device';
  if (/distributed/.test(name) || DISTRIBUTED_KEYS.some((key) => around.has(key))) return 'distributed';
  for (const { text } of tree.comments) {
    const command = /\btune run\b(.*)/.exec(text)?.[1];
    if (command === undefined) continue;
    if (/_single_device\b/.test(command)) return 'single-device';
    if (/--(nproc[-_]per[-_]node|nnodes)|_distributed\b/.test(command)) return 'distributed';
  }
  return undefined;
}

/** Evaluation, generation and quantisation read a model and nothing to train it with. */
export function isTraining(around: Around): boolean {
  return around.has('optimizer') || around.has('training.optimizer');
}

/** What the loss and the keys beside it are for. */
export function objectiveOf(around: Around): Objective {
  const loss = String(around.get('loss._component_') ?? around.get('training.loss._component_') ?? '');
  if (around.has('teacher_model') || around.has('kd_loss')) return 'distillation';
  if (/GRPO/i.test(loss) || around.has('grpo_samples')) return 'grpo';
  if (/PPO/i.test(loss) || around.has('ppo_batch_size')) return 'ppo';
  if (/SimPO/i.test(loss)) return 'simpo';
  if (/DPO/i.test(loss)) return 'dpo';
  if (/RSO/i.test(loss)) return 'other';
  return 'sft';
}

/** Whether completions are rolled out, so that `batch_size` is no training batch. */
export function rollsOut(around: Around): boolean {
  const objective = objectiveOf(around);
  return objective === 'ppo' || objective === 'grpo';
}

/** The model builder's own name: `lora_llama3_1_8b`. */
export function builderOf(around: Around): string {
  const component = String(around.get('model._component_') ?? '');
  return component.slice(component.lastIndexOf('.') + 1);
}
