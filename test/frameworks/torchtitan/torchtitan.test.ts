import { describe, expect, it } from 'vitest';
import { issueLines, planTable, readConfig, rewritten } from '../read-config.ts';

const JOB = `[job]
dump_folder = "./outputs"

[model]
name = "llama3"
flavor = "8B"

[optimizer]
name = "AdamW"
lr = 3e-4

[lr_scheduler]
warmup_steps = 200

[training]
local_batch_size = 2
seq_len = 4096
steps = 1_000

[parallelism]
data_parallel_replicate_degree = 1
data_parallel_shard_degree = -1
tensor_parallel_degree = 2
`;

describe('a torchtitan config', () => {
  it('is a pretraining plan with the defaults of its job config', () => {
    expect(planTable(readConfig({ 'a.toml': JOB }))).toMatchSnapshot();
  });

  it('takes the shape of a model of transformers in the flavor full alone', () => {
    const named = (flavor: string) =>
      readConfig({ 'a.toml': `${JOB.replace('8B', flavor)}\n[hf_transformers]\nmodel = "Qwen/Qwen3-4B"\n` });
    expect(named('full').value('model.name')).toBe('Qwen/Qwen3-4B');
    expect(named('debugmodel').value('model.name')).toBe('llama3/debugmodel');
  });

  it('counts ranks where the shard degree says so', () => {
    const sharded = { 'a.toml': JOB.replace('degree = -1', 'degree = 8') };
    expect(readConfig(sharded).value('parallel.data')).toBe(8);
    expect(readConfig(sharded).value('parallel.world')).toBe(16);
    expect(readConfig(sharded).value('batch.global')).toBe(16);
    const global = JOB.replace('degree = -1', 'degree = 8').replace('seq_len', 'global_batch_size = 64\nseq_len');
    expect(readConfig({ 'a.toml': global }).value('batch.gradientAccumulation')).toBe(4);
  });

  it('splits the states over the ranks of one replica', () => {
    const copies = JOB.replace('replicate_degree = 1', 'replicate_degree = 2');
    expect(readConfig({ 'a.toml': copies }).value('sharding.replicas')).toBe(2);
    expect(readConfig({ 'a.toml': JOB }).value('sharding.replicas')).toBeUndefined();
  });

  it('multiplies in fp8 where a converter turns linear layers to it', () => {
    const converted = (name: string) =>
      readConfig({ 'a.toml': JOB.replace('flavor = "8B"', `flavor = "8B"\nconverters = ["${name}"]`) });
    for (const name of ['float8', 'quantize.linear.float8']) {
      expect(converted(name).value('precision.compute')).toBe('fp8');
      expect(converted(name).value('precision.autocast')).toBe('off');
    }
    expect(converted('quantize.linear.mx').value('precision.compute')).toBe('bf16');
  });

  it('cuts the local batch into micro batches of the pipeline', () => {
    const piped = readConfig({ 'a.toml': `${JOB}pipeline_parallel_degree = 2\n` });
    expect(piped.value('batch.micro')).toBe(1);
    expect(piped.value('batch.gradientAccumulation')).toBe(2);
    expect(piped.value('sharding.reshardAfterForward')).toBe(false);
  });

  it('splits the loss over tensor-parallel ranks unless told not to', () => {
    expect(readConfig({ 'a.toml': JOB }).value('parallel.loss')).toBe(true);
    const gathers = readConfig({ 'a.toml': `${JOB}disable_loss_parallel = true\n` });
    expect(gathers.value('parallel.loss')).toBe(false);
    const alone = JOB.replace('tensor_parallel_degree = 2', 'tensor_parallel_degree = 1');
    expect(readConfig({ 'a.toml': alone }).value('parallel.loss')).toBeUndefined();
  });

  it('decays at the end of a stable phase where a share is given', () => {
    const read = readConfig({ 'a.toml': JOB.replace('[training]', 'decay_ratio = 0.5\n\n[training]') });
    expect(read.value('schedule.kind')).toBe('warmup_stable_decay');
    expect(read.value('schedule.decaySteps')).toBe(500);
  });

  it('replicates with autocast where nothing is sharded', () => {
    const read = readConfig({ 'a.toml': JOB.replace('degree = -1', 'degree = 1') });
    expect(read.value('sharding.engine')).toBe('none');
    expect(read.value('precision.autocast')).toBe('bf16');
  });

  it('tells of slips of the keyboard and writes back to its keys', () => {
    expect(issueLines(readConfig({ 'a.toml': JOB.replace('local_batch_size', 'local_batch_sizes') }))).toEqual([
      'unknown-key | training.local_batch_sizes | refused | local_batch_size',
    ]);
    expect(rewritten({ 'a.toml': JOB }, { set: 'schedule.warmupSteps', to: 50 })?.['a.toml']).toContain(
      'warmup_steps = 50',
    );
  });

  it('checkpoints by operation in every layer', () => {
    const text = (option: string) => `${JOB}\n[activation_checkpoint]\nmode = "selective"\n${option}\n`;
    expect(readConfig({ 'a.toml': text('') }).value('activations.checkpointEvery')).toBe(2);
    const byOperation = readConfig({ 'a.toml': text('selective_ac_option = "op"') });
    expect(byOperation.value('activations.checkpointing')).toBe('selective');
    expect(byOperation.value('activations.kept')).toBe('alternate-matmuls');
    expect(byOperation.value('activations.checkpointEvery')).toBeUndefined();
  });

  it('needs whole micro batches, one for every stage of a pipeline with one stage a rank', () => {
    const piped = (lines: string): string => `${JOB}pipeline_parallel_degree = 4\n${lines}`;
    const issues = (text: string): readonly string[] => issueLines(readConfig({ 'a.toml': text }));
    expect(issues(piped(''))).toEqual([
      'not-allowed | training.local_batch_size | refused | 2 | 4 or more: 4 stages, micro 1',
    ]);
    expect(issues(piped('pipeline_parallel_schedule = "Interleaved1F1B"\n'))).toEqual([]);
    expect(issues(piped('pipeline_parallel_microbatch_size = 3\n'))).toEqual([
      'not-allowed | training.local_batch_size | refused | 2 | multiples of parallelism.pipeline_parallel_microbatch_size 3',
    ]);
  });
});
