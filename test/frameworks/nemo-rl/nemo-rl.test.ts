// biome-ignore-all lint/suspicious/noTemplateCurlyInString: interpolations are what these recipes are made of.
import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { issueLines, planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const BASE = `grpo:
  num_prompts_per_step: 32
  num_generations_per_prompt: 16
  max_num_steps: 100
loss_fn:
  reference_policy_kl_penalty: 0.01
  ratio_clip_min: 0.2
policy:
  model_name: Qwen/Qwen2.5-1.5B
  train_global_batch_size: 256
  train_micro_batch_size: 4
  max_total_sequence_length: 512
  precision: bfloat16
  max_grad_norm: 1.0
  dtensor_cfg:
    enabled: true
    cpu_offload: false
    sequence_parallel: false
    activation_checkpointing: true
    tensor_parallel_size: 1
    context_parallel_size: 1
  megatron_cfg:
    enabled: false
    tensor_model_parallel_size: 2
    pipeline_model_parallel_size: 2
    context_parallel_size: 1
    expert_model_parallel_size: 1
    sequence_parallel: true
    activation_checkpointing: false
    optimizer:
      optimizer: adam
      lr: 2.0e-6
      min_lr: 2.0e-6
      weight_decay: 0.01
      params_dtype: float32
      use_distributed_optimizer: true
    scheduler:
      lr_decay_style: constant
      lr_warmup_iters: 13
    distributed_data_parallel_config:
      grad_reduce_in_fp32: false
  optimizer:
    name: torch.optim.AdamW
    kwargs:
      lr: 5.0e-6
      weight_decay: 0.01
      betas: [0.9, 0.999]
      eps: 1e-8
  scheduler:
    - name: torch.optim.lr_scheduler.LinearLR
      kwargs: {start_factor: 0.1, end_factor: 1.0, total_iters: 50}
    - name: torch.optim.lr_scheduler.ConstantLR
      kwargs: {factor: 1.0, total_iters: 10000000000}
    - milestones: [50]
  generation:
    backend: vllm
    max_new_tokens: \${policy.max_total_sequence_length}
    colocated:
      enabled: true
      resources: {gpus_per_node: null, num_nodes: null}
    vllm_cfg:
      tensor_parallel_size: 1
      gpu_memory_utilization: 0.6
cluster:
  gpus_per_node: 8
  num_nodes: 1
`;

const CHILD = `defaults: base.yaml
policy:
  model_name: Qwen/Qwen2.5-7B
  megatron_cfg:
    enabled: true
cluster:
  num_nodes: 3
`;

const FILES = { 'child.yaml': CHILD, 'base.yaml': BASE };

describe('a NeMo-RL recipe', () => {
  it('ends by epochs where the steps are those that no run reaches', () => {
    const ends = (limits: string) => {
      const read = readConfig({ 'a.yaml': BASE.replace('max_num_steps: 100', limits) });
      return [read.value('schedule.epochs'), read.value('schedule.totalSteps')];
    };
    expect(ends('max_num_steps: 1000000\n  max_num_epochs: 1')).toEqual([1, undefined]);
    expect(ends('max_num_steps: 100\n  max_num_epochs: 1')).toEqual([undefined, 200]);
    expect(ends('max_num_steps: 1000000')).toEqual([undefined, 2_000_000]);
  });

  it('counts the back end that is enabled', () => {
    const plan = readConfig({ 'base.yaml': BASE });
    expect(planTable(plan)).toMatchSnapshot();
    expect(issueLines(plan)).toEqual([]);
    expect(plan.value('optimizer.peakLearningRate')).toBe(5e-6);
  });

  it('is the difference from the file it builds on', () => {
    const plan = readConfig(FILES);
    expect(planTable(plan)).toMatchSnapshot();
    expect(plan.value('optimizer.peakLearningRate')).toBe(2e-6);
    expect(plan.value('parallel.data')).toBe(6);
  });

  it('is edited where it differs, not in the file it builds on', () => {
    const texts = rewritten(FILES, setField('batch.micro', 2));
    expect(Object.keys(texts ?? {})).toEqual(['child.yaml']);
    expect(texts?.['child.yaml']).toContain('  train_micro_batch_size: 2\n');
  });

  it('counts optimizer steps, of which a round has several', () => {
    const plan = readConfig(FILES);
    expect(plan.value('schedule.totalSteps')).toBe(200);
    expect(plan.value('rollout.batch')).toBe(512);
  });

  it('trains on the nodes that generation leaves', () => {
    const apart = CHILD.replace(
      'cluster:',
      '  generation:\n    colocated:\n      enabled: false\n      resources: {num_nodes: 1}\ncluster:',
    );
    const plan = readConfig({ 'child.yaml': apart, 'base.yaml': BASE });
    expect(plan.value('parallel.nodes')).toBe(2);
    expect(plan.value('parallel.world')).toBe(16);
  });

  it('keeps other models out of the way while the policy trains', () => {
    const { residents } = readConfig(FILES);
    expect(residents.map(({ role, offload }) => [role, offload?.value])).toEqual([
      ['reference', 'cpu'],
      ['rollout-engine', 'cpu'],
    ]);
  });

  it('replaces a section whole where it says so', () => {
    const plan = readConfig({ 'child.yaml': `${CHILD}loss_fn:\n  _override_: true\n`, 'base.yaml': BASE });
    expect(plan.value('rollout.klCoefficient')).toBeUndefined();
  });

  it('says nothing of keys that only its missing base has', () => {
    const plan = readConfig({ 'child.yaml': CHILD });
    expect(plan.reading.plans[0]?.plan.partial).toBe(true);
    expect(plan.value('batch.micro')).toBeUndefined();
    expect(recognisedAs('child.yaml', CHILD)).toBe('nemo-rl');
  });

  it('has no exact micro batch where samples are packed', () => {
    const packed = BASE.replace(
      '  precision:',
      '  sequence_packing:\n    enabled: true\n    train_mb_tokens: ${mul:${..max_total_sequence_length}, 4}\n  precision:',
    );
    const plan = readConfig({ 'base.yaml': packed });
    expect(plan.value('batch.microTokens')).toBe(2048);
    expect(plan.sourced('batch.micro')).toMatchObject({ value: 4, origin: 'inferred' });
  });

  it.each<[string, string, readonly unknown[]]>([
    [
      'DTensor alone is changed',
      'dtensor_cfg: {tensor_parallel_size: 8}\n  optimizer: {kwargs: {lr: 3.0e-7}}',
      [8, 3e-7],
    ],
    ['Megatron alone is changed', 'megatron_cfg: {tensor_model_parallel_size: 4, optimizer: {lr: 1.0e-6}}', [4, 1e-6]],
    [
      'both are changed',
      'dtensor_cfg: {tensor_parallel_size: 8}\n  megatron_cfg: {tensor_model_parallel_size: 4}',
      [undefined, undefined],
    ],
    [
      'DTensor is off and Megatron changed',
      'dtensor_cfg: {enabled: false}\n  megatron_cfg: {tensor_model_parallel_size: 4}',
      [4, undefined],
    ],
    ['the optimizer of DTensor alone is changed', 'optimizer: {kwargs: {lr: 3.0e-7}}', [undefined, 3e-7]],
    [
      'Megatron is on beside a left-over optimizer',
      'megatron_cfg: {enabled: true}\n  optimizer: {kwargs: {lr: 3.0e-7}}',
      [undefined, undefined],
    ],
  ])('over a file that is not there, takes the back end it is about: %s', (_case, section, expected) => {
    const plan = readConfig({
      'child.yaml': `defaults: gone.yaml\ngrpo: {max_num_steps: 20}\npolicy:\n  model_name: m\n  ${section}\n`,
    });
    expect([plan.value('parallel.tensor'), plan.value('optimizer.peakLearningRate')]).toEqual(expected);
    expect([plan.value('rollout.rounds'), plan.value('schedule.totalSteps')]).toEqual([20, undefined]);
  });

  it('runs for its epochs where no steps are stated', () => {
    const over = (text: string) =>
      readConfig({ 'a.yaml': BASE.replace('  max_num_steps: 100\n', text) }).value('schedule.epochs');
    expect(over('  max_num_epochs: 2\n')).toBe(2);
    expect(over('  max_num_epochs: 2\n  max_num_steps: 100\n')).toBeUndefined();
  });
});
