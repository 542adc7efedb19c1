import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const RLVR = `pretrain: Qwen/Qwen2.5-7B
exp_name: math
rollout_batch_size: 64
num_return_sequences_in_group: 8
prompt_length: 1024
response_length: 3072
max_steps: 200
adv_estimator: grpo
use_kl_loss: true
kl_loss_coef: 0.001
actor_train:
  model_args: {dtype: bf16, disable_gradient_checkpointing: false}
  training_args:
    learning_rate: 1.0e-6
    per_device_train_batch_size: 2
    gradient_accumulation_steps: 16
    warmup_steps: 10
  strategy_args:
    strategy_name: megatron_train
    strategy_config:
      tensor_model_parallel_size: 2
      use_distributed_optimizer: true
      recompute_granularity: full
  device_mapping: list(range(0,16))
actor_infer:
  strategy_args:
    strategy_name: vllm
    strategy_config: {gpu_memory_utilization: 0.8}
  device_mapping: list(range(0,12))
reference:
  device_mapping: list(range(0,16))
`;

const SFT = `pretrain: Qwen/Qwen3-8B
sequence_length: 2048
sft_train:
  model_args: {dtype: bf16}
  training_args: {per_device_train_batch_size: 1, gradient_accumulation_steps: 8, learning_rate: 5.0e-6, num_train_epochs: 1}
  strategy_args:
    strategy_name: fsdp2_train
    strategy_config: {fsdp_size: 8, param_dtype: bf16, reduce_dtype: float32}
  device_mapping: "[0, 1, 2, 3, 4, 5, 6, 7]"
`;

const read = (text: string) => readConfig({ 'run.yaml': text });

describe('a ROLL pipeline', () => {
  it('counts optimizer steps of its pipeline steps', () => {
    expect(planTable(read(RLVR))).toMatchSnapshot();
    // 512 completions a pipeline step, 256 an optimizer step.
    expect(read(RLVR).value('batch.global')).toBe(256);
    expect(read(RLVR).value('schedule.totalSteps')).toBe(400);
  });

  it('saves and evaluates every so many pipeline steps', () => {
    const plan = read(`${RLVR}save_steps: 50\neval_steps: 10\n`);
    expect([plan.value('schedule.saveSteps'), plan.value('schedule.evalSteps')]).toEqual([100, 20]);
    expect(read(`${SFT}save_steps: 50\n`).value('schedule.saveSteps')).toBe(50);
    expect(
      rewritten({ 'run.yaml': `${RLVR}save_steps: 50\n` }, setField('schedule.saveSteps', 40))?.['run.yaml'],
    ).toContain('save_steps: 20');
  });

  it('keeps gradients of bf16 in fp32 on Megatron', () => {
    expect(read(RLVR).value('precision.gradients')).toBe('fp32');
    expect(read(RLVR.replace('dtype: bf16', 'dtype: fp16')).value('precision.gradients')).toBe('fp16');
  });

  it("fine-tunes with shards in the engine's dtype under FSDP2, and in fp32 where it names none", () => {
    expect(planTable(read(SFT))).toMatchSnapshot();
    expect(read(SFT.replace('param_dtype: bf16, ', '')).value('precision.weights')).toBe('fp32');
  });

  it('reduces gradients in every micro batch under FSDP2 unless told not to', () => {
    expect(read(SFT).value('sharding.defersReduction')).toBe(false);
    const whole = SFT.replace('param_dtype', 'reduce_scatter_during_grad_accumulation: false, param_dtype');
    expect(read(whole).value('sharding.defersReduction')).toBe(true);
  });

  it('recomputes nothing any more where an edit says so', () => {
    const edit = { set: 'activations.checkpointing', to: 'none' } as const;
    const text = rewritten({ 'run.yaml': RLVR }, edit)?.['run.yaml'] ?? '';
    expect(text).toBe(RLVR.replace('recompute_granularity: full', 'recompute_granularity: null'));
    expect(read(text).value('activations.checkpointing')).toBe('none');
  });

  it("has Megatron's optimizer states on the GPU for the step alone where it samples", () => {
    expect(read(RLVR).value('sharding.awayStates')).toBe('between-steps');
    expect(read(SFT).value('sharding.awayStates')).toBeUndefined();
  });

  it('has the experts alone recomputed where it says so, in the newer way and the older', () => {
    const recomputing = (keys: string) => read(RLVR.replace('recompute_granularity: full', keys));
    const named = recomputing('recompute_granularity: selective\n      recompute_modules: "moe,layernorm"');
    expect(named.value('activations.kept')).toBe('all-but-feed-forward');
    const older = recomputing('moe_layer_recompute: true');
    expect(older.value('activations.checkpointing')).toBe('selective');
    expect(older.value('activations.kept')).toBe('all-but-feed-forward');
  });

  it('shares GPUs with the engine where their indices do', () => {
    expect(read(RLVR).residents.map(({ role }) => role)).toEqual(['reference', 'rollout-engine']);
    const apart = RLVR.replace('list(range(0,12))', 'list(range(16,24)) + list(range(32,40))');
    expect(read(apart).value('rollout.colocated')).toBe(false);
    expect(read(apart).residents.map(({ role }) => role)).toEqual(['reference']);
  });

  it('fills micro batches by tokens where told to', () => {
    const plan = read(
      RLVR.replace(
        '  training_args:',
        '  use_dynamic_batching_in_train: true\n  max_tokens_per_microbatch_in_train: 8192\n  training_args:',
      ),
    );
    expect(plan.value('batch.micro')).toBeUndefined();
    expect(plan.value('batch.microTokens')).toBe(8192);
    expect(plan.value('batch.global')).toBe(256);
  });

  it('counts trajectories where environments are played', () => {
    const plan = read(`${RLVR}train_env_manager: {num_env_groups: 8, group_size: 8}\n`);
    expect(plan.value('rollout.batch')).toBe(64);
    expect(plan.value('batch.unit')).toBe('samples');
    expect(plan.value('schedule.totalSteps')).toBe(50);
  });

  it('prefers pairs', () => {
    const plan = read(`${SFT.replace('sft_train', 'actor_train')}beta: 0.1\nchosen_key: chosen\nmax_steps: 100\n`);
    expect(plan.value('run.objective')).toBe('dpo');
    expect(plan.value('batch.unit')).toBe('pairs');
    expect(plan.value('schedule.totalSteps')).toBe(100);
  });

  it('writes what it reads', () => {
    const text = (edit: Parameters<typeof rewritten>[1]) => rewritten({ 'run.yaml': RLVR }, edit)?.['run.yaml'];
    expect(text(setField('schedule.totalSteps', 800))).toContain('max_steps: 400');
    expect(text(setField('parallel.world', 8))).toContain('device_mapping: list(range(0,8))');
  });

  it('leaves GPUs of unheard-of ranges unknown', () => {
    expect(read(RLVR.replaceAll('range(0,16)', 'range(0,9999999999)')).value('parallel.world')).toBeUndefined();
    expect(read(RLVR.replaceAll('range(0,16)', 'range(n)')).value('parallel.world')).toBeUndefined();
    expect(recognisedAs('a.yaml', RLVR)).toBe('roll');
  });

  it('weighs the divergence only where a penalty is asked for', () => {
    const free = RLVR.replace(/use_kl_loss.*\nkl_loss_coef.*\n/, 'init_kl_coef: 0.2\n');
    expect(read(free).value('rollout.klCoefficient')).toBe(0);
    expect(read(`${free}add_token_level_kl: true\n`).value('rollout.klCoefficient')).toBe(0.2);
  });

  it('is of a model that sees images where its name says so', () => {
    expect(read(RLVR).value('run.task')).toBe('causal-lm');
    expect(read(RLVR.replace('Qwen2.5-7B', 'Qwen3-VL-8B-Instruct')).value('run.task')).toBe('vision-language');
  });

  it('counts its pipeline steps where their optimizer steps are unknown', () => {
    const open = read(RLVR.replace('device_mapping: list(range(0,16))', 'device_mapping: list(range(0,N))'));
    expect([open.value('rollout.rounds'), open.value('schedule.totalSteps')]).toEqual([200, undefined]);
  });

  it('splits experts where FSDP is asked to', () => {
    const experts = read(SFT.replace('fsdp_size: 8', 'fsdp_size: 8, ep_size: 4'));
    expect([experts.value('parallel.expert'), experts.value('sharding.degree')]).toEqual([4, 8]);
  });
});
