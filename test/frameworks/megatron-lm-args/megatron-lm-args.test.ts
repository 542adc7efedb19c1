import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { issueLines, planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const LLAMA = `ENV_VARS:
  CUDA_DEVICE_MAX_CONNECTIONS: 1
TEST_TYPE: release
MODEL_ARGS:
  --micro-batch-size: 2
  --global-batch-size: 256
  --train-iters: 5000
  --seq-length: 4096
  --max-position-embeddings: 4096
  --tensor-model-parallel-size: 4
  --pipeline-model-parallel-size: 2
  --num-layers-per-virtual-pipeline-stage: 4
  --sequence-parallel: true
  --use-distributed-optimizer: true
  --recompute-granularity: selective
  --num-layers: 32
  --hidden-size: 4096
  --num-attention-heads: 32
  --group-query-attention: true
  --num-query-groups: 8
  --vocab-size: 128256
  --swiglu: true
  --normalization: RMSNorm
  --disable-bias-linear: true
  --untie-embeddings-and-output-weights: true
  --position-embedding-type: rope
  --lr: 3e-4
  --min-lr: 3.0e-5
  --lr-decay-style: cosine
  --lr-decay-iters: 5000
  --lr-warmup-fraction: 0.01
  --adam-beta2: 0.95
  --weight-decay: 0.1
  --bf16: true
  --save: \${CHECKPOINT_SAVE_PATH}
`;

describe('arguments of Megatron-LM in a file', () => {
  it('are a plan of batches, degrees, dimensions and dtypes', () => {
    const plan = readConfig({ 'model_config.yaml': LLAMA });
    expect(planTable(plan)).toMatchSnapshot();
    expect(issueLines(plan)).toEqual([]);
  });

  it('are told from arguments of other launchers, which have no dashes', () => {
    const other = 'MODEL_ARGS:\n  trainer.devices: 8\n  data.micro_batch_size: 4\nTEST_TYPE: regular\n';
    expect(recognisedAs('model_config.yaml', other)).not.toBe('megatron-lm-args');
  });

  it('take warmup as a share of the decay', () => {
    expect(readConfig({ 'a.yaml': LLAMA }).value('schedule.warmupSteps')).toBe(50);
  });

  it('say nothing of a schedule that a functional test cut short on purpose', () => {
    const plan = readConfig({ 'a.yaml': LLAMA.replace('TEST_TYPE: release', 'TEST_TYPE: regular') });
    expect(plan.value('schedule.warmupSteps')).toBeUndefined();
    expect(plan.value('schedule.decaySteps')).toBeUndefined();
  });

  it('say nothing of a schedule that a release run borrows from a much longer one', () => {
    const released = (decay: number) =>
      readConfig({
        'model_config.yaml': `MODEL_ARGS:\n  --num-layers: 2\n  --micro-batch-size: 1\n  --global-batch-size: 256\n  --train-samples: 38400\n  --lr-warmup-samples: 162761\n  --lr-decay-samples: ${decay}\nTEST_TYPE: release\n`,
      }).value('schedule.warmupSteps');
    expect(released(255_126_953)).toBeUndefined();
    expect(released(38_400)).toBe(635);
  });

  it('count steps from samples, unless the batch grows', () => {
    const samples = LLAMA.replace('--train-iters: 5000', '--train-samples: 25600');
    expect(readConfig({ 'a.yaml': samples }).value('schedule.totalSteps')).toBe(100);
    const grows = `${samples}  --step-batch-size-schedule: "0:64 1B:256"\n`;
    expect(readConfig({ 'a.yaml': grows }).value('schedule.totalSteps')).toBeUndefined();
  });

  it('recompute all layers, or so many of each stage', () => {
    const full = LLAMA.replace('--recompute-granularity: selective', '--recompute-granularity: full');
    expect(readConfig({ 'a.yaml': full }).value('activations.checkpointing')).toBe('full');
    const some = `${full}  --recompute-method: block\n  --recompute-num-layers: 3\n`;
    expect(readConfig({ 'a.yaml': some }).value('activations.checkpointing')).toBe('full');
    expect(readConfig({ 'a.yaml': some }).value('activations.checkpointedLayers')).toBe(3);
    const unsaid = `${full}  --recompute-method: block\n`;
    expect(readConfig({ 'a.yaml': unsaid }).value('activations.checkpointing')).toBeUndefined();
    const all = some.replace('--recompute-num-layers: 3', '--recompute-num-layers: 16');
    expect(readConfig({ 'a.yaml': all }).value('activations.checkpointing')).toBe('full');
    expect(readConfig({ 'a.yaml': all }).value('activations.checkpointedLayers')).toBeUndefined();
  });

  it('may lay stages out unevenly', () => {
    const uneven = LLAMA.replace(
      '--num-layers-per-virtual-pipeline-stage: 4',
      '--decoder-first-pipeline-num-layers: 15',
    );
    expect(readConfig({ 'a.yaml': uneven }).value('parallel.unevenStages')).toBe(true);
    for (const flag of ['--pipeline-model-parallel-layout: Et*15|t*17L', '--account-for-loss-in-pipeline-split: true'])
      expect(readConfig({ 'a.yaml': `${LLAMA}  ${flag}\n` }).value('parallel.unevenStages')).toBe(true);
  });

  it('reduce gradients in fp32 unless told otherwise', () => {
    expect(readConfig({ 'a.yaml': LLAMA }).value('precision.gradients')).toBe('fp32');
    const narrow = readConfig({ 'a.yaml': `${LLAMA}  --grad-reduce-in-bf16: true\n` });
    expect(narrow.value('precision.gradients')).toBe('bf16');
    expect(narrow.value('precision.reduce')).toBe('bf16');
    const half = LLAMA.replace('--bf16', '--accumulate-allreduce-grads-in-fp32: true\n  --fp16');
    expect(readConfig({ 'a.yaml': half }).value('precision.gradients')).toBe('fp32');
  });

  it('count the schedule in steps or in samples, as the run is counted', () => {
    const mixed = LLAMA.replace('--lr-warmup-fraction: 0.01', '--lr-warmup-samples: 10000');
    expect(issueLines(readConfig({ 'a.yaml': mixed }))).toHaveLength(1);
    const samples = LLAMA.replace('--train-iters: 5000', '--train-samples: 25600');
    expect(issueLines(readConfig({ 'a.yaml': samples }))).toHaveLength(1);
  });

  it('need sequence parallelism beside experts and tensor parallelism only where they train', () => {
    const experts = LLAMA.replace('  --sequence-parallel: true\n', '  --num-experts: 8\n');
    expect(issueLines(readConfig({ 'a.yaml': experts }))).toHaveLength(1);
    expect(issueLines(readConfig({ 'a.yaml': `MODE: inference\n${experts}` }))).toEqual([]);
  });

  it('are edited at their flags', () => {
    const text = rewritten({ 'a.yaml': LLAMA }, setField('batch.global', 512))?.['a.yaml'];
    expect(text).toContain('  --global-batch-size: 512\n');
  });
});

describe('a model whose arguments come from its checkpoint', () => {
  const text = LLAMA.replace(
    '  --num-layers: 32\n',
    '  --use-checkpoint-args: true\n  --expert-model-parallel-size: 2\n',
  );

  it('is not said to lack what the checkpoint may hold', () => {
    const config = readConfig({ 'model_config.yaml': text });
    expect(issueLines(config)).toEqual([]);
    expect(config.reading.plans[0]?.plan.partial).toBe(true);
  });

  it('is where nothing names a checkpoint', () => {
    const alone = text.replace('  --use-checkpoint-args: true\n', '');
    expect(issueLines(readConfig({ 'model_config.yaml': alone })).join('\n')).toContain('--expert-model-parallel-size');
  });
});
