import { describe, expect, it } from 'vitest';
import { readConfig, recognisedAs, rewritten } from '../read-config.ts';

const COMMAND = `export RUN=\${1:-small}
python3 -m MaxText.train MaxText/configs/base.yml run_name=$RUN \\
  model_name=llama2-7b per_device_batch_size=4 dataset_type=synthetic \\
  steps=30 ici_fsdp_parallelism=8 ici_data_parallelism=1 dcn_data_parallelism=1
`;

const BASE = 'learning_rate: 1.e-4\ngradient_accumulation_steps: 2\nmodel_name: default\nbase_num_decoder_layers: 3\n';

describe('a script that starts MaxText', () => {
  it('is read by its own keys over the defaults of base.yml', () => {
    const read = readConfig({ 'run.sh': COMMAND });
    expect(read.adapter.id).toBe('maxtext');
    expect(read.reading.plans[0]?.plan.partial).toBe(false);
    expect(read.value('model.name')).toBe('llama2-7b');
    expect(read.value('batch.micro')).toBe(4);
    expect(read.value('data.synthetic')).toBe(true);
    expect(read.value('schedule.totalSteps')).toBe(30);
    expect(read.value('optimizer.peakLearningRate')).toBe(3e-5);
    expect(read.value('sharding.degree')).toBe(8);
  });

  it('lays its arguments over the config it hands, from whatever folder it is started', () => {
    const files = { 'scripts/tpu/run.sh': COMMAND, 'MaxText/configs/base.yml': BASE };
    const read = readConfig(files);
    expect(read.value('optimizer.peakLearningRate')).toBe(1e-4);
    expect(read.value('batch.gradientAccumulation')).toBe(2);
    expect(read.value('batch.micro')).toBe(4);
    expect(read.value('model.layers')).toBeUndefined();
    const moved = COMMAND.replace('MaxText/configs', '"$CONFIGS"').replace(
      '-m MaxText',
      '-m maxtext.trainers.pre_train',
    );
    const placed = readConfig({ 'scripts/run.sh': moved, 'base.yml': BASE });
    expect(placed.value('optimizer.peakLearningRate')).toBe(1e-4);
  });

  it('is open where the config it hands is out of reach', () => {
    const read = readConfig({ 'run.sh': COMMAND.replace('base.yml', 'mine.yml') });
    expect(read.value('batch.micro')).toBe(4);
    expect(read.value('optimizer.peakLearningRate')).toBeUndefined();
    expect(read.reading.plans[0]?.plan.partial).toBe(true);
  });

  it('takes the config of its trainer where it hands none', () => {
    const sft = COMMAND.replace('MaxText.train MaxText/configs/base.yml', 'maxtext.trainers.post_train.sft.train_sft');
    const files = { 'run.sh': sft, 'src/maxtext/configs/post_train/sft.yml': 'use_sft: true\nlearning_rate: 2.e-5\n' };
    expect(readConfig(files).value('optimizer.peakLearningRate')).toBe(2e-5);
    const alone = readConfig({ 'run.sh': sft });
    expect(alone.value('run.objective')).toBe('sft');
    expect(alone.value('optimizer.peakLearningRate')).toBeUndefined();
  });

  it('takes no batch of pretraining for one of reinforcement learning', () => {
    const rl =
      'python3 -m maxtext.trainers.post_train.rl.train_rl model_name=qwen3-8b batch_size=128 learning_rate=1e-6\n';
    const base = 'per_device_batch_size: 12.0\nsteps: 150_001\n';
    const read = readConfig({ 'run.sh': rl, 'src/maxtext/configs/post_train/rl.yml': base });
    expect(read.value('run.objective')).toBe('grpo');
    expect(read.value('optimizer.peakLearningRate')).toBe(1e-6);
    expect(read.value('batch.micro')).toBeUndefined();
    expect(read.value('schedule.totalSteps')).toBeUndefined();
  });

  it('keeps the arguments of a second config apart', () => {
    const both = COMMAND.replace('MaxText.train', 'maxtext.experimental.rl.grpo_trainer').replace(
      'dcn_data_parallelism=1',
      'dcn_data_parallelism=1 grpo_inference.yml run_name=other per_device_batch_size=64 steps=30',
    );
    const read = readConfig({ 'run.sh': both });
    expect(read.value('batch.micro')).toBe(4);
    expect(read.value('run.objective')).toBe('grpo');
    expect(read.reading.issues.filter(({ kind }) => kind === 'duplicate-key')).toEqual([]);
  });

  it('has no dimensions where the model comes from outside, and those of an override where it may have them', () => {
    const named = (model: string) => readConfig({ 'run.sh': COMMAND.replace('llama2-7b', model) });
    expect(named('$MODEL').value('model.layers')).toBeUndefined();
    expect(named('llama2-7b override_model_config=True base_num_decoder_layers=4').value('model.layers')).toBe(4);
  });

  it('is no decoding or conversion, whichever comes first', () => {
    const decode = 'python3 -m MaxText.decode base.yml per_device_batch_size=1 steps=1 max_target_length=16\n';
    expect(readConfig({ 'run.sh': decode + COMMAND }).value('batch.micro')).toBe(4);
    expect(recognisedAs('run.sh', decode)).toBeUndefined();
  });

  it('changes an argument in place and adds one that base.yml states', () => {
    const files = { 'run.sh': COMMAND, 'MaxText/configs/base.yml': BASE };
    expect(rewritten(files, { set: 'batch.micro', to: 2 })?.['run.sh']).toBe(
      COMMAND.replace('per_device_batch_size=4', 'per_device_batch_size=2'),
    );
    expect(rewritten(files, { set: 'optimizer.peakLearningRate', to: 3e-4 })?.['run.sh']).toContain(
      'dcn_data_parallelism=1 learning_rate=3e-4',
    );
  });
});
