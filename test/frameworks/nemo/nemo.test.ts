// biome-ignore-all lint/suspicious/noTemplateCurlyInString: interpolations are what these recipes are made of.
import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { issueLines, planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const GPT = `name: small_gpt
trainer:
  devices: 8
  num_nodes: 4
  precision: bf16
  max_steps: 2000
  max_epochs: -1
  gradient_clip_val: 1.0
  accumulate_grad_batches: 1
exp_manager:
  exp_dir: null
model:
  micro_batch_size: 2
  global_batch_size: 64
  tensor_model_parallel_size: 2
  pipeline_model_parallel_size: 4
  virtual_pipeline_model_parallel_size: null
  sequence_parallel: true
  encoder_seq_length: 2048
  max_position_embeddings: \${.encoder_seq_length}
  num_layers: 24
  hidden_size: 1024
  ffn_hidden_size: \${multiply:4, \${.hidden_size}}
  num_attention_heads: 16
  normalization: layernorm
  activation: gelu
  bias: true
  position_embedding_type: learned_absolute
  share_embeddings_and_output_weights: true
  make_vocab_size_divisible_by: 128
  restore_from_path: null
  megatron_amp_O2: true
  mcore_gpt: true
  activations_checkpoint_granularity: selective
  tokenizer:
    library: megatron
    type: GPT2BPETokenizer
  data:
    data_prefix: ???
    seq_length: \${model.encoder_seq_length}
  optim:
    name: distributed_fused_adam
    lr: 3e-4
    weight_decay: 0.1
    betas: [0.9, 0.95]
    sched:
      name: CosineAnnealing
      warmup_steps: 100
      constant_steps: 0
      min_lr: 3e-5
`;

const SPEECH = `name: speech
model:
  sample_rate: 16000
  train_ds:
    manifest_filepath: ???
    batch_size: 32
  validation_ds:
    batch_size: 16
  encoder:
    d_model: 256
    conv_norm_type: batch_norm
  optim:
    name: adamw
    lr: 5.0
    betas: [0.9, 0.98]
    weight_decay: 1e-3
    sched:
      name: NoamAnnealing
      d_model: \${model.encoder.d_model}
      warmup_steps: 10000
      warmup_ratio: null
      min_lr: 1e-6
trainer:
  devices: -1
  num_nodes: 1
  max_epochs: 100
  max_steps: -1
  strategy: ddp
  precision: 16
  accumulate_grad_batches: 2
  gradient_clip_val: 0.0
  sync_batchnorm: true
exp_manager:
  exp_dir: null
`;

const LAUNCHED = `run:
  name: llama2_7b
  time_limit: "0-04:00:00"
  dependency: singleton
  results_dir: \${base_results_dir}/\${.name}
trainer:
  devices: 8
  num_nodes: 2
  precision: bf16
  max_steps: 500
exp_manager:
  explicit_log_dir: \${tuning.run.results_dir}/logs
model:
  micro_batch_size: 1
  global_batch_size: 128
  tensor_model_parallel_size: 4
  pipeline_model_parallel_size: 1
  megatron_amp_O2: false
  restore_from_path: llama2_7b.nemo
  peft:
    peft_scheme: lora
    lora_tuning:
      adapter_dim: 16
  data:
    train_ds:
      file_names: [train.jsonl]
      global_batch_size: \${tuning.model.global_batch_size}
      max_seq_length: 4096
  optim:
    name: fused_adam
    lr: 1e-4
`;

describe('a NeMo language model', () => {
  const plan = readConfig({ 'gpt.yaml': GPT });

  it('has its precision in a plugin of NeMo 2', () => {
    const plugged = (more: string) =>
      readConfig({ 'a.yaml': `${SPEECH}plugins: {_target_: nemo.lightning.MegatronMixedPrecision${more}}\n` });
    const mixed = plugged(', precision: bf16-mixed');
    expect(mixed.value('precision.weights')).toBe('bf16');
    expect(mixed.value('precision.gradients')).toBe('fp32');
    expect(plugged(', precision: bf16-mixed, grad_reduce_in_fp32: false').value('precision.gradients')).toBe('bf16');
    expect(plugged(', precision: 32').value('precision.weights')).toBeUndefined();
  });

  it('takes the lengths of both sides where it reads pairs of files, and one for both where it does not', () => {
    const lengths = '      max_seq_length: 2048\n      max_src_seq_length: 512\n      max_tgt_seq_length: 128\n';
    const tuned = (source: string) => {
      const read = readConfig({
        'a.yaml': GPT.replace('    data_prefix: ???\n', `    train_ds:\n      ${source}\n${lengths}`),
      });
      return [read.value('data.sequenceLength'), read.value('data.targetLength')];
    };
    expect(tuned('src_file_name: a.txt')).toEqual([512, 128]);
    expect(tuned('file_names: [a.jsonl]')).toEqual([2048, undefined]);
  });

  it('is told from the conversion of a checkpoint', () => {
    expect(recognisedAs('conf/gpt.yaml', GPT)).toBe('nemo');
    expect(recognisedAs('conf/conversion_hf2nemo/gpt.yaml', GPT)).not.toBe('nemo');
    expect(recognisedAs('conf/convert_gpt.yaml', GPT)).not.toBe('nemo');
  });

  it('lays documents end to end where it pretrains, not where it tunes or aligns', () => {
    const packing = (text: string) => readConfig({ 'a.yaml': text }).value('data.packing');
    expect(packing(GPT)).toBe(true);
    expect(packing(GPT.replace('data_prefix: ???', 'train_ds: {file_names: [a.jsonl]}'))).toBe(false);
    expect(packing(GPT.replace('trainer:\n', 'trainer:\n  dpo: {max_epochs: 1}\n'))).toBeUndefined();
    expect(packing(GPT.replace('name: small_gpt', 'name: bert'))).toBeUndefined();
  });

  it('has as many rows of the embedding as it is told', () => {
    const told = GPT.replace('bias: true', 'bias: true\n  override_vocab_size: 60001');
    expect(readConfig({ 'a.yaml': told }).value('model.vocabSize')).toBe(60_001);
  });

  it('is a plan of batches, degrees, dimensions and dtypes', () => {
    expect(planTable(plan)).toMatchSnapshot();
    expect(issueLines(plan)).toEqual([]);
  });

  it.each([
    ['as written', '', 'gpt2'],
    ['whose layers are left to defaults', 'normalization|activation|bias|position_embedding_type', 'gpt2'],
    ['with other positions', 'position_embedding_type', undefined],
  ])('has layers of a family the memory model knows: %s', (what, left, family) => {
    const lines = GPT.split('\n').filter((line) => left === '' || !new RegExp(`^  (${left}):`).test(line));
    const text = lines
      .join('\n')
      .replace('model:\n', what.startsWith('with') ? 'model:\n  position_embedding_type: alibi\n' : 'model:\n');
    expect(readConfig({ 'gpt.yaml': text }).value('model.family')).toBe(family);
  });

  it('tells RMSNorm, SwiGLU and rotary positions apart by the biases of attention', () => {
    const llama = GPT.replace('normalization: layernorm', 'normalization: rmsnorm')
      .replace('activation: gelu', 'activation: fast-swiglu')
      .replace('bias: true', 'bias: false')
      .replace('learned_absolute', 'rope');
    expect(readConfig({ 'gpt.yaml': llama }).value('model.family')).toBe('llama');
    const qwen = llama.replace('bias: false', 'bias: false\n  qkv_bias: true');
    expect(readConfig({ 'gpt.yaml': qwen }).value('model.family')).toBe('qwen2');
  });

  it('has as many data-parallel ranks as the degrees leave', () => {
    expect(plan.value('parallel.data')).toBe(4);
    expect(plan.value('batch.gradientAccumulation')).toBe(8);
  });

  it('is edited at the key that an interpolation repeats, and not through arithmetic', () => {
    const longer = rewritten({ 'gpt.yaml': GPT }, setField('data.sequenceLength', 4096));
    expect(longer?.['gpt.yaml']).toContain('  encoder_seq_length: 4096\n');
    expect(rewritten({ 'gpt.yaml': GPT }, setField('model.intermediateSize', 1))).toBeUndefined();
  });

  it('takes no defaults where a base it names is not there', () => {
    const read = readConfig({ 'a.yaml': GPT.replace('name: small_gpt', 'defaults:\n  - base\n  - _self_') });
    expect(read.reading.plans[0]?.plan.partial).toBe(true);
    expect(read.value('parallel.context')).toBeUndefined();
  });

  it('is read together with a base that is there', () => {
    const child = GPT.replace('name: small_gpt', 'defaults:\n  - base\n  - _self_');
    const read = readConfig({ 'a.yaml': child, 'base.yaml': 'model:\n  context_parallel_size: 2\n' });
    expect(read.value('parallel.context')).toBe(2);
    expect(read.value('parallel.data')).toBe(2);
  });
});

describe('a NeMo speech model', () => {
  const plan = readConfig({ 'speech.yaml': SPEECH });

  it('is a plan with the batch of one GPU', () => {
    // Statistics over all frames are not starved by a batch of few recordings.
    expect(plan.value('model.batchNorm')).toBeUndefined();
    expect(planTable(plan)).toMatchSnapshot();
    expect(issueLines(plan)).toEqual([]);
  });

  it('peaks under Noam at the factor over the square root of width and warmup', () => {
    expect(plan.value('optimizer.peakLearningRate')).toBeCloseTo(5 / Math.sqrt(256 * 10000), 10);
    const text = rewritten({ 'speech.yaml': SPEECH }, setField('optimizer.peakLearningRate', 1 / 1600));
    expect(text?.['speech.yaml']).toContain('    lr: 1.0\n');
  });

  it('peaks at the written rate under the schedule that holds it', () => {
    const held = SPEECH.replace('NoamAnnealing', 'NoamHoldAnnealing').replace('lr: 5.0', 'lr: 1.5e-3');
    expect(readConfig({ 'speech.yaml': held }).value('optimizer.peakLearningRate')).toBe(1.5e-3);
  });

  it('has no peak that is known where the width is not', () => {
    const read = readConfig({ 'speech.yaml': SPEECH.replace('    d_model: 256\n', '') });
    expect(read.value('optimizer.peakLearningRate')).toBeUndefined();
  });
});

const ALIGNED = `trainer:
  devices: 8
  num_nodes: 1
  precision: bf16
  dpo:
    max_epochs: 1
    max_steps: 300
    gradient_clip_val: 1.0
  max_steps: \${.dpo.max_steps}
exp_manager:
  exp_dir: null
pretrained_checkpoint:
  restore_from_path: base.nemo
model:
  micro_batch_size: 1
  global_batch_size: 64
  megatron_amp_O2: true
  dpo:
    ref_policy_kl_penalty: 0.2
  optim:
    name: distributed_fused_adam
    lr: 9e-7
  data:
    data_prefix: null
`;

describe("NeMo-Aligner's recipe", () => {
  const plan = readConfig({ 'dpo.yaml': ALIGNED });

  it('tunes a checkpoint whose own config fills what the file leaves out', () => {
    expect(planTable(plan)).toMatchSnapshot();
    expect(plan.reading.plans[0]?.plan.partial).toBe(true);
    expect(plan.value('parallel.tensor')).toBeUndefined();
  });

  it('compares with a reference that waits in host memory', () => {
    expect(plan.residents).toMatchObject([{ role: 'reference', offload: { value: 'cpu' } }]);
  });

  it('has no optimizer steps where its steps are rounds of rollouts', () => {
    const ppo = readConfig({ 'ppo.yaml': ALIGNED.replaceAll('dpo', 'ppo') });
    expect(ppo.value('run.objective')).toBe('ppo');
    expect(ppo.value('schedule.totalSteps')).toBeUndefined();
  });
});

describe("a launcher's recipe", () => {
  const plan = readConfig({ 'conf/tuning/squad.yaml': LAUNCHED });

  it('is refused with an accumulation beside the global batch', () => {
    const both = GPT.replace('accumulate_grad_batches: 1', 'accumulate_grad_batches: 4');
    const [issue] = issueLines(readConfig({ 'a.yaml': both }));
    expect(issue).toContain('trainer.accumulate_grad_batches');
    expect(issue).toMatch(/nothing beside global_batch_size$/);
    expect(issueLines(readConfig({ 'a.yaml': GPT }))).toEqual([]);
  });

  it('is told from NeMo’s own', () => {
    expect(recognisedAs('a.yaml', LAUNCHED)).toBe('nemo-launcher');
    expect(recognisedAs('a.yaml', GPT)).toBe('nemo');
    expect(recognisedAs('a.yaml', SPEECH)).toBe('nemo');
    const part =
      'dataset:\n  _target_: nemo.collections.tts.data.dataset.VocoderDataset\ndataloader_params:\n  batch_size: 16\n';
    expect(recognisedAs('train_ds.yaml', part)).toBe('nemo');
    expect(issueLines(readConfig({ 'train_ds.yaml': part }))).toEqual([]);
  });

  it('finds its own keys under the stage it stands for', () => {
    expect(planTable(plan)).toMatchSnapshot();
    expect(plan.value('batch.global')).toBe(128);
  });

  it('counts images where pictures are made', () => {
    const text = `name: imagen
trainer: {devices: 8, num_nodes: 1, precision: bf16, max_steps: 100}
model:
  micro_batch_size: 64
  global_batch_size: 512
  unet: {embed_dim: 128}
  optim: {name: fused_adam, lr: 1e-4}
`;
    expect(readConfig({ 'imagen.yaml': text }).value('batch.unit')).toBe('images');
  });
});
