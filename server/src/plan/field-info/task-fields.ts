import type { FieldInfo } from './field-info.ts';

/** Reinforcement learning, preferences, contrastive losses and experts. */
export const TASK_FIELDS = {
  'rollout.generations': {
    label: 'generations per prompt',
    unit: 'completions',
    meaning: 'Completions sampled for one prompt',
    aliases: ['num_generations', 'group size'],
  },
  'rollout.engine': { label: 'rollout engine', meaning: 'What generates completions', aliases: ['use_vllm'] },
  'rollout.colocated': {
    label: 'rollout on the training GPUs',
    meaning: 'The rollout engine shares the training GPUs',
    aliases: ['vllm_mode'],
  },
  'rollout.memoryShare': {
    label: 'rollout memory share',
    unit: 'share of the GPU',
    meaning: 'Memory the rollout engine takes up front',
    aliases: ['gpu_memory_utilization'],
  },
  'rollout.tensorParallel': {
    label: 'rollout tensor parallel',
    unit: 'ranks',
    meaning: 'Tensor parallelism of the rollout engine',
    aliases: [],
  },
  'rollout.promptLength': {
    label: 'prompt length',
    unit: 'tokens',
    meaning: 'Longest prompt',
    aliases: ['max_prompt_length'],
  },
  'rollout.completionLength': {
    label: 'completion length',
    unit: 'tokens',
    meaning: 'Longest completion',
    aliases: ['max_completion_length', 'response length'],
  },
  'rollout.batch': {
    label: 'rollout batch',
    unit: 'completions',
    meaning: 'Completions generated before one round of updates, all ranks together',
    aliases: ['generation batch size'],
  },
  'rollout.promptsPerStep': {
    label: 'prompts per rollout',
    unit: 'prompts',
    meaning: 'Prompts rolled out together',
    aliases: ['train_batch_size'],
  },
  'rollout.miniBatch': {
    label: 'mini-batch',
    unit: 'completions',
    meaning: 'Samples of one optimizer step inside a rollout batch',
    aliases: ['ppo_mini_batch_size'],
  },
  'rollout.stepsPerGeneration': {
    label: 'steps per generation',
    unit: 'steps',
    meaning: 'Micro steps served by one generation round',
    aliases: [],
  },
  'rollout.updateEpochs': {
    label: 'update epochs',
    unit: 'passes',
    meaning: 'Passes over one rollout batch',
    aliases: ['ppo_epochs', 'num_iterations'],
  },
  'rollout.steps': {
    label: 'rollout steps',
    unit: 'transitions',
    meaning: 'Transitions one environment collects before an update',
    aliases: ['n_steps'],
  },
  'rollout.environments': {
    label: 'environments',
    unit: 'environments',
    meaning: 'Environments stepped side by side',
    aliases: ['n_envs'],
  },
  'rollout.bufferSize': {
    label: 'replay buffer',
    unit: 'transitions',
    meaning: 'Size of the replay buffer',
    aliases: [],
  },
  'rollout.klCoefficient': {
    label: 'KL coefficient',
    meaning: 'Weight of the divergence from the reference policy',
    aliases: ['beta', 'kl_coef'],
  },
  'rollout.clipRange': { label: 'clip range', meaning: 'Clip range of the policy ratio', aliases: ['epsilon'] },
  'rollout.algorithm': {
    label: 'RL algorithm',
    meaning: 'The reinforcement-learning algorithm',
    aliases: ['adv_estimator'],
  },
  'preference.beta': { label: 'preference beta', meaning: 'Strength of the preference loss', aliases: ['dpo beta'] },
  'contrastive.loss': { label: 'contrastive loss', meaning: 'The contrastive loss', aliases: [] },
  'contrastive.gathered': {
    label: 'negatives gathered over ranks',
    meaning: 'Negatives are gathered over all ranks',
    aliases: ['gather_with_grad', 'local_loss'],
  },
  'contrastive.cachedMicro': {
    label: 'cached mini-batch',
    unit: 'pairs',
    meaning: 'Mini-batch of a cached contrastive loss',
    aliases: ['mini_batch_size'],
  },
  'contrastive.texts': {
    label: 'texts per row',
    unit: 'texts',
    meaning: 'Texts of one row of the data: two for pairs, three with a negative each',
    aliases: [],
  },
  'contrastive.temperature': { label: 'temperature', meaning: 'Softmax temperature', aliases: [] },
  'moe.balanceLoss': {
    label: 'balance loss weight',
    meaning: 'Weight of the load-balancing loss',
    aliases: ['aux loss coefficient'],
  },
  'moe.balanceScope': {
    label: 'balance loss scope',
    meaning: 'Over what the load-balancing loss is averaged',
    aliases: [],
  },
} as const satisfies Readonly<Record<string, FieldInfo>>;
