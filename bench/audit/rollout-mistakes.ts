import { adding, GRPO, isMethod, type Mistake, PPO } from './plant.ts';

/** Slips in reinforcement learning. */
export const ROLLOUT_MISTAKES: readonly Mistake[] = [
  {
    name: 'groups that do not divide the round',
    rules: ['generations-do-not-divide-batch'],
    plant: (recipe, { 'batch.global': _global, ...fields }) =>
      isMethod('full-rl', 'lora-rl')(recipe)
        ? {
            ...fields,
            'batch.unit': 'completions',
            'batch.micro': 16,
            'batch.gradientAccumulation': 4,
            'parallel.data': 7,
            'rollout.generations': 15,
            'rollout.algorithm': 'grpo',
          }
        : undefined,
    fixes: 'rollout.generations',
  },
  {
    name: 'groups of one',
    rules: ['single-sample-group'],
    plant: adding({ 'rollout.generations': 1, 'rollout.algorithm': 'grpo' }, isMethod('full-rl', 'lora-rl')),
  },
  {
    name: 'mini batch beyond the round',
    rules: ['mini-batch-exceeds-rollout'],
    plant: adding({ 'rollout.miniBatch': 2048, 'rollout.batch': 1024 }, GRPO),
    fixes: 'rollout.miniBatch',
  },
  {
    name: 'mini batch beyond the rollout',
    rules: ['mini-batch-exceeds-rollout'],
    plant: adding({ 'rollout.steps': 128, 'rollout.environments': 8, 'rollout.miniBatch': 25_600 }, PPO),
    fixes: 'rollout.miniBatch',
  },
  {
    name: 'mini batch off by one',
    rules: ['mini-batch-indivisible'],
    plant: adding({ 'rollout.miniBatch': 510, 'batch.micro': 4, 'parallel.data': 8 }, GRPO),
  },
  {
    name: 'rollout off by one',
    rules: ['rollout-leaves-remainder'],
    plant: adding({ 'rollout.steps': 128, 'rollout.environments': 8, 'rollout.miniBatch': 100 }, PPO),
    fixes: 'rollout.miniBatch',
  },
  {
    name: 'rollout × 8, learning rate as before',
    rules: ['ppo-batch-changed-alone'],
    plant: adding({ 'rollout.steps': 1024, 'rollout.environments': 8 }, PPO),
    head: (_recipe, fields) => ({ ...fields, 'rollout.steps': 128, 'rollout.environments': 8 }),
  },
];
