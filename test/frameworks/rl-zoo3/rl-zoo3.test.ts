import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const PPO = `default: &default
  n_timesteps: !!float 1e6
  policy: MlpPolicy

atari:
  policy: CnnPolicy
  n_envs: 8
  n_steps: 128
  n_epochs: 4
  batch_size: 256
  n_timesteps: !!float 1e7
  learning_rate: lin_2.5e-4
  clip_range: lin_0.1

Walker-v4:
  <<: *default
  n_steps: 512
`;

const plansOf = (files: Record<string, string>) => readConfig(files).reading.plans.map(({ plan }) => plan);

describe('hyperparameters of RL Baselines3 Zoo', () => {
  it('are one plan an environment, merge keys followed', () => {
    const plans = plansOf({ 'hyperparams/ppo.yml': PPO });
    expect(plans.map(({ name }) => name)).toEqual(['default', 'atari', 'Walker-v4']);
    expect(plans[2]?.values['rollout.steps']?.value).toBe(512);
    expect(plans[2]?.values['schedule.totalSteps']?.value).toBe(Math.ceil(1e6 / 512) * 10 * 8);
  });

  it('take the constants of the algorithm that the file is named for', () => {
    expect(
      planTable(readConfig({ 'hyperparams/ppo.yml': PPO.slice(PPO.indexOf('atari')).split('Walker')[0] ?? '' })),
    ).toMatchSnapshot();
    const rate = (file: string) => {
      const [plan] = plansOf({ [file]: 'Pendulum-v1: {n_timesteps: 20000, policy: MlpPolicy}\n' });
      return [plan?.values['optimizer.peakLearningRate']?.value, plan?.values['batch.micro']?.value];
    };
    expect(rate('sac.yml')).toEqual([3e-4, 256]);
    expect(rate('dqn.yml')).toEqual([1e-4, 32]);
    expect(rate('a2c.yml')).toEqual([7e-4, 5]);
    expect(rate('mine.yml')).toEqual([undefined, undefined]);
  });

  it('read a linear schedule and write it back as one', () => {
    const file = { 'ppo.yml': 'atari: {n_timesteps: 1000, policy: CnnPolicy, learning_rate: lin_2.5e-4}\n' };
    const read = readConfig(file);
    expect(read.value('optimizer.peakLearningRate')).toBe(2.5e-4);
    expect(read.value('schedule.kind')).toBe('linear');
    expect(rewritten(file, setField('optimizer.peakLearningRate', 0.001))?.['ppo.yml']).toContain('lin_0.001');
  });

  it('are told from other files', () => {
    expect(recognisedAs('ppo.yml', PPO)).toBe('rl-zoo3');
    expect(recognisedAs('ppo.yml', 'policy: MlpPolicy\nn_timesteps: 5\n')).toBeUndefined();
  });

  it('count the transitions of the run, whatever the optimizer steps come to', () => {
    const [plan] = plansOf({ 'sac.yml': 'Pendulum-v1: {n_timesteps: !!float 5e5, policy: MlpPolicy}\n' });
    expect(plan?.values['rollout.transitions']?.value).toBe(500_000);
    expect(plan?.values['schedule.totalSteps']).toBeUndefined();
  });
});
