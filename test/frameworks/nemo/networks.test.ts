import { describe, expect, it } from 'vitest';
import type { FieldName } from '../../../server/src/plan/index.ts';
import { readConfig } from '../read-config.ts';

const TRAINER = 'trainer:\n  num_nodes: 1\n  max_epochs: 5\n  precision: 32\nexp_manager:\n  exp_dir: null\n';
const OPTIMIZER = '  optim:\n    name: adamw\n    lr: 0.001\n    sched:\n      name: CosineAnnealing\n';

type Expected = { readonly [F in FieldName]?: unknown };

describe('networks in sections of their own', () => {
  it.each<[string, string, Expected]>([
    [
      'a Conformer',
      '  sample_rate: 16000\n  encoder:\n    _target_: nemo.collections.asr.modules.ConformerEncoder\n    n_layers: 17\n    d_model: 512\n    n_heads: 8\n    ff_expansion_factor: 4\n',
      {
        'model.layers': 17,
        'model.hiddenSize': 512,
        'model.heads': 8,
        'model.intermediateSize': 2048,
        'model.name': 'ConformerEncoder',
        'run.task': 'speech',
      },
    ],
    [
      'a convolutional encoder, which has a builder and no width',
      '  sample_rate: 16000\n  encoder:\n    _target_: nemo.collections.asr.modules.ConvASREncoder\n    activation: relu\n',
      { 'model.name': 'ConvASREncoder', 'model.layers': undefined, 'model.hiddenSize': undefined },
    ],
    [
      'an encoder-decoder on Megatron: the encoder',
      '  micro_batch_size: 4\n  global_batch_size: 8\n  seq_length: 512\n  encoder:\n    num_layers: 12\n    hidden_size: 768\n    ffn_hidden_size: 2048\n    num_attention_heads: 12\n    kv_channels: 64\n  decoder:\n    num_layers: 6\n    hidden_size: 768\n',
      {
        'model.layers': 12,
        'model.hiddenSize': 768,
        'model.intermediateSize': 2048,
        'model.heads': 12,
        'model.headDim': 64,
        'model.name': undefined,
        'run.task': 'seq2seq',
      },
    ],
    [
      'two towers: the image’s, and the caption’s length',
      '  micro_batch_size: 4\n  global_batch_size: 8\n  vision:\n    img_h: 224\n    num_layers: 12\n    hidden_size: 768\n  text:\n    num_layers: 6\n    hidden_size: 512\n    encoder_seq_length: 77\n',
      { 'model.layers': 12, 'model.hiddenSize': 768, 'data.sequenceLength': 77 },
    ],
    [
      'a transform before the network that learns',
      '  sample_rate: 16000\n  encoder:\n    _target_: nemo.collections.audio.modules.transforms.AudioToSpectrogram\n  estimator:\n    _target_: nemo.collections.audio.parts.submodules.ncsnpp.NoiseNetwork\n',
      { 'model.name': 'NoiseNetwork' },
    ],
    [
      'a cascade’s stage',
      '  micro_batch_size: 4\n  global_batch_size: 8\n  unet_type: sr\n  unet:\n    embed_dim: 128\n',
      { 'model.name': 'EfficientUNetModel', 'model.hiddenSize': undefined },
    ],
    [
      'a published language model with a part built around it',
      '  pretrained_llm: acme/tiny\n  speech_decoder:\n    n_layers: 12\n    d_model: 768\n',
      { 'model.name': 'acme/tiny', 'model.layers': undefined, 'model.hiddenSize': undefined },
    ],
    [
      'a model tuned by name',
      '  max_seq_length: 128\n  language_model:\n    pretrained_model_name: bert-base-uncased\n',
      { 'model.name': 'bert-base-uncased', 'data.sequenceLength': 128 },
    ],
  ])('are read: %s', (_case, model, expected) => {
    const { value } = readConfig({ 'conf/run.yaml': `name: run\nmodel:\n${model}${OPTIMIZER}${TRAINER}` });
    const fields = Object.keys(expected) as FieldName[];
    expect(Object.fromEntries(fields.map((field) => [field, value(field)]))).toEqual(expected);
  });
});

describe('the name of a run', () => {
  it.each([
    ['its model’s', 32, 4096, 'mistralai/Mistral-7B-v0.1'],
    ['another model’s', 88, 12_288, undefined],
  ])('names a model where the dimensions are %s', (_case, layers, width, expected) => {
    const { value } = readConfig({
      'conf/training/run.yaml': `run:\n  name: mistral_7b\n  results_dir: out\n  time_limit: '1:00'\ntrainer:\n  num_nodes: 1\nexp_manager:\n  exp_dir: null\nmodel:\n  micro_batch_size: 1\n  num_layers: ${layers}\n  hidden_size: ${width}\n`,
    });
    expect([value('model.name'), value('model.layers')]).toEqual([expected, layers]);
  });
});

describe('batches by duration', () => {
  it.each([
    ['asked for', '    use_lhotse: true\n', undefined],
    ['switched off', '    use_lhotse: false\n', 8],
    ['not asked for', '', 8],
  ])('replace the batch size where Lhotse is %s', (_case, lhotse, micro) => {
    const loader = `  train_ds:\n    batch_size: 8\n    batch_duration: 400\n${lhotse}`;
    const { value } = readConfig({ 'conf/run.yaml': `name: run\nmodel:\n${loader}${OPTIMIZER}${TRAINER}` });
    expect(value('batch.micro')).toBe(micro);
  });
});

describe('a recipe of NeMo 2 in a file', () => {
  const FILE = `name: salm
model:
  llm:
    pretrained_model: meta-llama/Llama-3.2-1B-Instruct
data:
  train_ds:
    global_batch_size: 16
    micro_batch_size: 2
    max_seq_length: 4096
optim:
  config:
    optimizer: adam
    lr: 1e-4
    clip_grad: 1.0
strategy:
  tensor_model_parallel_size: 2
  pipeline_model_parallel_size: 1
trainer:
  devices: 8
  num_nodes: 1
  max_steps: 1000
  accumulate_grad_batches: 1
`;

  it('states batches, rate, optimizer, length and degrees', () => {
    const { value } = readConfig({ 'nemo/conf/salm.yaml': FILE });
    expect([
      value('model.name'),
      value('batch.micro'),
      value('batch.global'),
      value('data.sequenceLength'),
      value('optimizer.name'),
      value('optimizer.peakLearningRate'),
      value('parallel.tensor'),
      value('schedule.totalSteps'),
      value('batch.gradientAccumulation'),
    ]).toEqual(['meta-llama/Llama-3.2-1B-Instruct', 2, 16, 4096, 'adam', 1e-4, 2, 1000, 2]);
  });
});
