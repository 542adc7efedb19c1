import { byWord, type ConfigWriter } from '../config-writer.ts';

const ACTOR = 'actor_rollout_ref.actor';
const ROLLOUT = 'actor_rollout_ref.rollout';
const MODEL = 'actor_rollout_ref.model';
const GROUP = 8;

/** verl's nested YAML for `main_ppo`. */
export const VERL: ConfigWriter = {
  framework: 'verl',
  file: 'verl.yaml',
  methods: ['full-rl', 'lora-rl'],
  frame: ({ recipe, model, values, ranks }) => ({
    'data.train_files': 'train.parquet',
    'data.max_prompt_length': 1024,
    'data.max_response_length': 1024,
    [`${MODEL}.path`]: model.name,
    [`${MODEL}.enable_gradient_checkpointing`]: true,
    ...(recipe.method === 'lora-rl' ? { [`${MODEL}.lora_rank`]: 32 } : {}),
    [`${ACTOR}.strategy`]: 'fsdp',
    [`${ACTOR}.use_kl_loss`]: true,
    [`${ROLLOUT}.name`]: 'vllm',
    [`${ROLLOUT}.n`]: GROUP,
    'algorithm.adv_estimator': 'grpo',
    'trainer.nnodes': Math.max(1, ranks / 8),
    'trainer.n_gpus_per_node': Math.min(8, ranks),
    'trainer.total_epochs': 1,
    ...(values['rollout.batch'] === undefined ? { 'data.train_batch_size': 1024 } : {}),
    ...(values['rollout.miniBatch'] === undefined ? { [`${ACTOR}.ppo_mini_batch_size`]: 256 } : {}),
    [`${ACTOR}.ppo_micro_batch_size_per_gpu`]: 4,
  }),
  says: {
    'adapter.kind': () => ({}),
    'optimizer.name': byWord(`${ACTOR}.optim.optimizer`, { adamw_torch: 'AdamW' }),
    'optimizer.peakLearningRate': `${ACTOR}.optim.lr`,
    'optimizer.weightDecay': `${ACTOR}.optim.weight_decay`,
    'schedule.epochs': 'trainer.total_epochs',
    'schedule.totalSteps': 'trainer.total_training_steps',
    'schedule.warmupSteps': `${ACTOR}.optim.lr_warmup_steps`,
    // The steps win where both stand, without a word.
    'schedule.warmupRatio': (share, { values }) =>
      values['schedule.warmupSteps'] === undefined ? { [`${ACTOR}.optim.lr_warmup_steps_ratio`]: share } : undefined,
    'schedule.kind': byWord(`${ACTOR}.optim.lr_scheduler_type`, { cosine: 'cosine', constant: 'constant' }),
    'parallel.data': () => ({}),
    'batch.micro': `${ACTOR}.ppo_micro_batch_size_per_gpu`,
    // Its mini batches count prompts.
    'batch.global': (completions) =>
      completions % GROUP === 0 ? { [`${ACTOR}.ppo_mini_batch_size`]: completions / GROUP } : undefined,
    'rollout.miniBatch': `${ACTOR}.ppo_mini_batch_size`,
    'rollout.batch': 'data.train_batch_size',
    'rollout.generations': `${ROLLOUT}.n`,
    'rollout.klCoefficient': `${ACTOR}.kl_loss_coef`,
    'rollout.algorithm': 'algorithm.adv_estimator',
  },
  follows: ['batch.gradientAccumulation'],
};
