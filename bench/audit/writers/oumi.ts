import { byWord, type ConfigWriter } from '../config-writer.ts';
import type { WrittenRun } from '../written-run.ts';
import { SCHEDULE_NAMES } from './trainer-arguments.ts';

const TRAINERS: Readonly<Record<string, string>> = {
  sft: 'TRL_SFT',
  pretraining: 'TRL_SFT',
  dpo: 'TRL_DPO',
  grpo: 'TRL_GRPO',
};

/** Oumi's nested YAML for `oumi train`. */
export const OUMI: ConfigWriter = {
  framework: 'oumi',
  file: 'oumi.yaml',
  methods: ['full-sft', 'lora-sft', 'full-preference', 'lora-preference', 'full-rl', 'lora-rl'],
  frame: (run) => ({
    'model.model_name': run.model.name,
    'model.torch_dtype_str': 'bfloat16',
    'data.train.datasets': [{ dataset_name: 'yahma/alpaca-cleaned' }],
    'training.trainer_type': trainer(run),
    'training.output_dir': 'output/run',
    ...(run.recipe.method.startsWith('lora')
      ? { 'training.use_peft': true, 'peft.lora_r': 16, 'peft.lora_alpha': 32 }
      : {}),
    ...(run.values['run.objective'] === 'grpo' ? { 'training.grpo.num_generations': 8 } : {}),
  }),
  says: {
    'adapter.kind': () => ({}),
    'batch.unit': () => ({}),
    'batch.micro': 'training.per_device_train_batch_size',
    'batch.gradientAccumulation': 'training.gradient_accumulation_steps',
    'preference.beta': 'training.trainer_kwargs.beta',
    'rollout.klCoefficient': 'training.trainer_kwargs.beta',
    'data.sequenceLength': 'model.model_max_length',
    'optimizer.name': byWord('training.optimizer', {
      adamw_torch: 'adamw_torch',
      adafactor: 'adafactor',
      sgd: 'sgd',
      paged_adamw_32bit: 'paged_adamw_32bit',
    }),
    'optimizer.peakLearningRate': 'training.learning_rate',
    'optimizer.beta1': 'training.adam_beta1',
    'optimizer.beta2': 'training.adam_beta2',
    'optimizer.weightDecay': 'training.weight_decay',
    'schedule.totalSteps': 'training.max_steps',
    'schedule.epochs': 'training.num_train_epochs',
    'schedule.warmupSteps': 'training.warmup_steps',
    'schedule.warmupRatio': 'training.warmup_ratio',
    'schedule.kind': (kind) =>
      kind === 'cosine_with_min_lr'
        ? { 'training.lr_scheduler_type': 'cosine_with_min_lr', 'training.lr_scheduler_kwargs.min_lr_rate': 0.1 }
        : byWord('training.lr_scheduler_type', SCHEDULE_NAMES)(kind),
    'rollout.generations': 'training.grpo.num_generations',
    'rollout.algorithm': (name) => (name === 'grpo' ? {} : undefined),
    'sharding.zeroStage': (stage) => ({ 'deepspeed.enable_deepspeed': true, 'deepspeed.zero_stage': `ZERO_${stage}` }),
    'activations.checkpointing': byWord('training.enable_gradient_checkpointing', { full: true, none: false }),
  },
  follows: ['batch.global', 'parallel.data', 'sharding.engine'],
};

function trainer({ values }: WrittenRun): string {
  return TRAINERS[values['run.objective'] ?? ''] ?? 'TRL_SFT';
}
