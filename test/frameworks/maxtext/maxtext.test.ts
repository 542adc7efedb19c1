import { describe, expect, it } from 'vitest';
import { planTable, readConfig, rewritten } from '../read-config.ts';

const TRAIN = `base_config: "base.yml"
run_name: small
base_emb_dim: 2048
base_mlp_dim: 8192
base_num_decoder_layers: 16
base_num_query_heads: 16
base_num_kv_heads: 8
vocab_size: 32_000
per_device_batch_size: 2
max_target_length: 4096
steps: 10_000
learning_rate: 3.e-4
warmup_steps_fraction: 0.02
ici_fsdp_parallelism: 4
ici_tensor_parallelism: 2
dcn_data_parallelism: 2
`;

describe('a MaxText config', () => {
  it('is a plan with the defaults of base.yml, wherever that lies', () => {
    expect(planTable(readConfig({ 'configs/a.yml': TRAIN }))).toMatchSnapshot();
  });

  it('counts the sequences of a rank, whose devices share them', () => {
    const read = readConfig({ 'a.yml': TRAIN });
    expect(read.value('batch.micro')).toBe(4);
    expect(read.value('parallel.world')).toBe(16);
    expect(read.value('batch.global')).toBe(32);
    expect(rewritten({ 'a.yml': TRAIN }, { set: 'batch.micro', to: 1 })?.['a.yml']).toContain(
      'per_device_batch_size: 0.5',
    );
  });

  it('does not know sizes where an axis takes the devices that are left', () => {
    const read = readConfig({ 'a.yml': TRAIN.replace('ici_fsdp_parallelism: 4', 'ici_fsdp_parallelism: -1') });
    expect(read.value('parallel.data')).toBeUndefined();
    expect(read.value('sharding.zeroStage')).toBe(3);
  });

  it('splits the states over what the copies of the model leave', () => {
    const left = TRAIN.replace('ici_fsdp_parallelism: 4', 'ici_fsdp_parallelism: -1\nici_data_parallelism: 4');
    expect(readConfig({ 'a.yml': left }).value('sharding.replicas')).toBe(8);
    expect(readConfig({ 'a.yml': left.replace('dcn_data_parallelism: 2\n', '') }).value('sharding.replicas')).toBe(4);
  });

  it('has the devices of one slice where nothing is said of others', () => {
    const one = TRAIN.replace('dcn_data_parallelism: 2\n', 'ici_data_parallelism: 2\n');
    expect(readConfig({ 'a.yml': one }).value('parallel.world')).toBe(16);
    expect(readConfig({ 'a.yml': one }).value('sharding.degree')).toBe(4);
  });

  it('takes what base.yml says in the workspace, and waits for any other base it cannot read', () => {
    const files = { 'a.yml': TRAIN, 'base.yml': 'gradient_accumulation_steps: 4\n' };
    expect(readConfig(files).value('batch.gradientAccumulation')).toBe(4);
    const other = readConfig({ 'a.yml': TRAIN.replace('base.yml', 'mine.yml') });
    expect(other.reading.plans[0]?.plan.partial).toBe(true);
  });

  it('leaves the dimensions to the model it names, whose file is laid over its own', () => {
    const read = readConfig({ 'a.yml': `${TRAIN}model_name: mixtral-8x7b\n` });
    for (const field of ['model.hiddenSize', 'model.layers', 'model.heads', 'model.vocabSize'] as const)
      expect(read.value(field)).toBeUndefined();
    expect(readConfig({ 'a.yml': `${TRAIN}model_name: default\n` }).value('model.layers')).toBe(16);
  });

  it('takes nothing from base.yml for a model that tuning or a student names', () => {
    const base = TRAIN.replace('base_config: "base.yml"\n', 'model_name: default\n');
    const over = (more: string) =>
      readConfig({ 'a.yml': `base_config: base.yml\nsteps: 10\n${more}\n`, 'base.yml': base }).value('model.layers');
    expect(over('run_name: own')).toBe(16);
    expect(over('use_sft: true')).toBeUndefined();
    expect(over('student_overrides: {model_name: qwen3-30b-a3b-base}')).toBeUndefined();
  });

  it('has no dimensions of its own where it fine-tunes a model the launcher names', () => {
    const sft = readConfig({ 'a.yml': 'base_config: base.yml\nuse_sft: true\nper_device_batch_size: 1\n' });
    expect(sft.value('run.objective')).toBe('sft');
    expect(sft.value('model.hiddenSize')).toBeUndefined();
  });

  it('is reinforcement learning where it says so', () => {
    const read = readConfig({ 'a.yml': `${TRAIN}use_grpo: true\n` });
    expect(read.value('run.objective')).toBe('grpo');
    expect(read.value('run.fromScratch')).toBe(false);
  });

  it('keeps the teacher beside its student', () => {
    const distils = `${TRAIN}student_overrides: {model_name: llama3.1-8b}\nteacher_overrides: {model_name: llama3.1-70b}\n`;
    expect(readConfig({ 'a.yml': distils }).residents.map(({ role, model }) => `${role} ${model?.value}`)).toEqual([
      'teacher llama3.1-70b',
    ]);
  });

  it('gets no student by an edit of its model', () => {
    const edit = { set: 'model.name', to: 'llama3.1-8b' } as const;
    expect(rewritten({ 'a.yml': TRAIN }, edit)).toBeUndefined();
    const distils = `${TRAIN}student_overrides: {model_name: qwen3-8b}\n`;
    expect(rewritten({ 'a.yml': distils }, edit)?.['a.yml']).toBe(distils.replace('qwen3-8b', 'llama3.1-8b'));
  });

  it('saves nothing where checkpoints are off', () => {
    expect(readConfig({ 'a.yml': TRAIN }).value('schedule.saveSteps')).toBe(10_000);
    expect(
      readConfig({ 'a.yml': `${TRAIN}enable_checkpointing: false\n` }).value('schedule.saveSteps'),
    ).toBeUndefined();
  });
});
