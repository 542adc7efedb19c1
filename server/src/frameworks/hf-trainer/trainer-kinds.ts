import type { Objective, PlanFields, Task } from '../../plan/index.ts';

/** The trainer class a file is for, which decides the defaults. `trainer` is transformers' own. */
export type TrainerKind =
  | 'trainer'
  | 'sft'
  | 'dpo'
  | 'kto'
  | 'orpo'
  | 'cpo'
  | 'bco'
  | 'reward'
  | 'prm'
  | 'grpo'
  | 'rloo'
  | 'ppo'
  | 'online-dpo'
  | 'gkd';

export interface TrainerInfo {
  readonly objective: Objective;
  readonly task: Task;
  readonly unit: PlanFields['batch.unit'];
  /** Defaults laid over transformers' own. */
  readonly defaults: Partial<PlanFields>;
  readonly cite: string;
  /** Keys no other trainer has (3 points) or few have (1 point). */
  readonly own: readonly string[];
  readonly shared: readonly string[];
  /** What a path names the trainer by. */
  readonly inPath: RegExp;
  /** The loss compares with a frozen copy of the model. */
  readonly reference: boolean;
  /** The trainer samples completions from the model. */
  readonly samples: boolean;
}

const PLAIN = { task: 'causal-lm', unit: 'sequences', reference: false, samples: false, own: [], shared: [] } as const;

/** TRL's trainers: defaults read in each trainer's config class, signs by which a file tells its trainer. */
export const TRAINERS: { readonly [K in TrainerKind]: TrainerInfo } = {
  trainer: {
    ...PLAIN,
    objective: 'other',
    defaults: {},
    cite: 'transformers: src/transformers/training_args.py',
    own: [
      'block_size',
      'train_file',
      'validation_file',
      'task_name',
      'text_column_name',
      'label_column_name',
      'max_source_length',
      'doc_stride',
      'image_column_name',
      'audio_column_name',
      'config_overrides',
      'predict_with_generate',
      'mlm_probability',
      'source_prefix',
      'train_dir',
    ],
    inPath: /run_(?:clm|mlm|glue|ner|qa|swag|summarization|translation|image_classification)/i,
  },
  sft: {
    ...PLAIN,
    objective: 'sft',
    defaults: { 'optimizer.peakLearningRate': 2e-5, 'data.sequenceLength': 1024, 'data.packing': false },
    cite: 'trl: trl/trainer/sft_config.py',
    own: [
      'packing',
      'packing_strategy',
      'eval_packing',
      'assistant_only_loss',
      'completion_only_loss',
      'dataset_text_field',
      'num_of_sequences',
      'chars_per_token',
    ],
    shared: ['max_seq_length', 'padding_free', 'chat_template_path', 'neftune_noise_alpha', 'dataset_kwargs'],
    inPath: /(?:^|[/_.-])sft(?:[/_.-]|$)/i,
  },
  dpo: {
    ...PLAIN,
    objective: 'dpo',
    unit: 'pairs',
    reference: true,
    defaults: { 'optimizer.peakLearningRate': 1e-6, 'data.sequenceLength': 1024, 'preference.beta': 0.1 },
    cite: 'trl: trl/trainer/dpo_config.py',
    own: ['rpo_alpha', 'f_divergence_type', 'use_weighting', 'discopop_tau', 'ld_alpha'],
    shared: ['precompute_ref_log_probs', 'beta', 'sync_ref_model', 'max_prompt_length'],
    inPath: /(?:^|[/_.-])dpo(?:[/_.-]|$)/i,
  },
  kto: {
    ...PLAIN,
    objective: 'kto',
    reference: true,
    defaults: { 'optimizer.peakLearningRate': 1e-6, 'data.sequenceLength': 1024, 'preference.beta': 0.1 },
    cite: 'trl: trl/trainer/kto_config.py',
    own: ['desirable_weight', 'undesirable_weight'],
    shared: ['beta'],
    inPath: /(?:^|[/_.-])kto(?:[/_.-]|$)/i,
  },
  orpo: {
    ...PLAIN,
    objective: 'orpo',
    unit: 'pairs',
    defaults: { 'optimizer.peakLearningRate': 1e-6, 'data.sequenceLength': 1024, 'preference.beta': 0.1 },
    cite: 'trl: trl/experimental/orpo/orpo_config.py',
    shared: ['beta'],
    inPath: /(?:^|[/_.-])orpo(?:[/_.-]|$)/i,
  },
  cpo: {
    ...PLAIN,
    objective: 'simpo',
    unit: 'pairs',
    defaults: { 'optimizer.peakLearningRate': 1e-6, 'data.sequenceLength': 1024, 'preference.beta': 0.1 },
    cite: 'trl: trl/experimental/cpo/cpo_config.py',
    own: ['cpo_alpha', 'simpo_gamma'],
    shared: ['beta'],
    inPath: /(?:^|[/_.-])(?:cpo|simpo)(?:[/_.-]|$)/i,
  },
  bco: {
    ...PLAIN,
    objective: 'other',
    reference: true,
    defaults: { 'optimizer.peakLearningRate': 5e-7, 'data.sequenceLength': 1024, 'preference.beta': 0.1 },
    cite: 'trl: trl/experimental/bco/bco_config.py',
    own: ['min_density_ratio', 'max_density_ratio', 'prompt_sample_size'],
    inPath: /(?:^|[/_.-])bco(?:[/_.-]|$)/i,
  },
  reward: {
    ...PLAIN,
    objective: 'reward',
    task: 'classification',
    unit: 'pairs',
    defaults: { 'optimizer.peakLearningRate': 1e-4, 'data.sequenceLength': 1024 },
    cite: 'trl: trl/trainer/reward_config.py',
    own: ['center_rewards_coefficient'],
    inPath: /(?:^|[/_.-])(?:reward|rm)(?:[/_.-]|$)/i,
  },
  prm: {
    ...PLAIN,
    objective: 'reward',
    task: 'classification',
    defaults: { 'optimizer.peakLearningRate': 1e-5, 'data.sequenceLength': 1024 },
    cite: 'trl: trl/experimental/prm/prm_config.py',
    own: ['step_separator', 'train_on_last_step_only'],
    inPath: /(?:^|[/_.-])prm(?:[/_.-]|$)/i,
  },
  grpo: {
    ...PLAIN,
    objective: 'grpo',
    unit: 'completions',
    reference: true,
    samples: true,
    defaults: {
      'optimizer.peakLearningRate': 1e-6,
      'rollout.generations': 8,
      'rollout.completionLength': 512,
      'rollout.updateEpochs': 1,
      'rollout.klCoefficient': 0,
      'rollout.clipRange': 0.2,
    },
    cite: 'trl: trl/trainer/grpo_config.py',
    own: [
      'epsilon_high',
      'delta',
      'importance_sampling_level',
      'top_entropy_quantile',
      'scale_rewards',
      'mask_truncated_completions',
    ],
    shared: [
      'num_generations',
      'num_iterations',
      'max_completion_length',
      'reward_funcs',
      'reward_weights',
      'use_vllm',
      'vllm_mode',
      'steps_per_generation',
      'generation_batch_size',
      'epsilon',
    ],
    inPath: /(?:^|[/_.-])grpo(?:[/_.-]|$)/i,
  },
  rloo: {
    ...PLAIN,
    objective: 'rloo',
    unit: 'completions',
    reference: true,
    samples: true,
    defaults: {
      'optimizer.peakLearningRate': 1e-6,
      'rollout.generations': 2,
      'rollout.completionLength': 512,
      'rollout.updateEpochs': 1,
      'rollout.klCoefficient': 0.05,
      'rollout.clipRange': 0.2,
    },
    cite: 'trl: trl/trainer/rloo_config.py',
    own: ['rloo_k', 'normalize_advantages', 'reward_clip_range'],
    inPath: /(?:^|[/_.-])rloo(?:[/_.-]|$)/i,
  },
  ppo: {
    ...PLAIN,
    objective: 'ppo',
    samples: true,
    reference: true,
    defaults: {
      'optimizer.peakLearningRate': 3e-6,
      'rollout.completionLength': 53,
      'rollout.updateEpochs': 4,
      'rollout.klCoefficient': 0.05,
      'rollout.clipRange': 0.2,
    },
    cite: 'trl: trl/experimental/ppo/ppo_config.py',
    own: ['num_ppo_epochs', 'cliprange_value', 'vf_coef', 'local_rollout_forward_batch_size', 'sft_model_path'],
    shared: ['reward_model_path', 'kl_coef', 'response_length', 'total_episodes'],
    inPath: /(?:^|[/_.-])ppo(?:[/_.-]|$)/i,
  },
  'online-dpo': {
    ...PLAIN,
    objective: 'dpo',
    unit: 'pairs',
    reference: true,
    samples: true,
    defaults: { 'optimizer.peakLearningRate': 5e-7, 'rollout.completionLength': 64, 'preference.beta': 0.1 },
    cite: 'trl: trl/experimental/online_dpo/online_dpo_config.py',
    own: ['mixture_coef'],
    shared: ['reward_model_path', 'missing_eos_penalty'],
    inPath: /online[_-]?dpo|(?:^|[/_.-])(?:xpo|nash[_-]md)(?:[/_.-]|$)/i,
  },
  gkd: {
    ...PLAIN,
    objective: 'distillation',
    defaults: { 'optimizer.peakLearningRate': 2e-5, 'data.sequenceLength': 1024 },
    cite: 'trl: trl/experimental/gkd/gkd_config.py',
    own: ['teacher_model_name_or_path', 'lmbda', 'seq_kd'],
    inPath: /(?:^|[/_.-])(?:gkd|distill(?:ation)?)(?:[/_.-]|$)/i,
  },
};

/** TRL's own defaults for every trainer, where they differ from transformers'. */
export const TRL_DEFAULTS: Partial<PlanFields> = { 'activations.checkpointing': 'full' };
export const TRL_BASE = 'trl: trl/trainer/base_config.py';
