import { describe, expect, it } from 'vitest';
import type { FieldName } from '../../../server/src/plan/index.ts';
import { readConfig } from '../read-config.ts';

/** Batch, accumulation, rate, optimizer, steps, epochs, length, model, precision. */
const FIELDS = [
  'batch.micro',
  'batch.gradientAccumulation',
  'optimizer.peakLearningRate',
  'optimizer.name',
  'schedule.totalSteps',
  'schedule.epochs',
  'data.sequenceLength',
  'model.name',
  'precision.compute',
] as const satisfies readonly FieldName[];

type Row = readonly [style: string, file: string, text: string, expected: readonly unknown[]];

const _ = undefined;

/** Ways of writing a run that are common in the field, in texts of our own. */
const STYLES: readonly Row[] = [
  [
    'speech recipes with a section for each object',
    'conf/train.yaml',
    'encoder: conformer\nencoder_conf: {output_size: 256, num_blocks: 12}\nbatch_type: unsorted\nbatch_size: 16\naccum_grad: 4\nmax_epoch: 60\noptim: adam\noptim_conf: {lr: 0.002}\nscheduler: warmuplr\nscheduler_conf: {warmup_steps: 25000}\n',
    [16, 4, 0.002, 'adam', _, 60, _, _, _],
  ],
  [
    'translation with flat options',
    'a.yaml',
    'save_model: run/x\ntrain_steps: 100000\nbatch_size: 64\naccum_count: 2\noptim: adam\nlearning_rate: 0.0005\nhidden_size: 512\nlayers: 6\nvalid_batch_size: 8\n',
    [64, 2, 0.0005, 'adam', 100_000, _, _, _, _],
  ],
  [
    'pipelines for video in TOML',
    'a.toml',
    'epochs = 100\nmicro_batch_size_per_gpu = 1\ngradient_accumulation_steps = 8\n[model]\ntype = "wan"\ndtype = "bfloat16"\n[optimizer]\ntype = "adamw_optimi"\nlr = 2e-5\n',
    [1, 8, 2e-5, _, _, 100, _, 'wan', 'bf16'],
  ],
  [
    'upper-case sections',
    'a.yaml',
    'TRAIN: {ENABLE: true, DATASET: clips, BATCH_SIZE: 64}\nSOLVER: {BASE_LR: 0.1, MAX_EPOCH: 196, OPTIMIZING_METHOD: sgd}\nMODEL: {ARCH: slow, MODEL_NAME: ResNet}\nTEST: {BATCH_SIZE: 8}\n',
    [64, _, _, 'sgd', _, 196, _, 'ResNet', _],
  ],
  [
    'readers for training and evaluation',
    'a.yml',
    'Global: {epoch_num: 500}\nOptimizer: {name: Adam, lr: {name: Cosine, learning_rate: 0.001}}\nTrain: {loader: {batch_size_per_card: 128}}\nEval: {loader: {batch_size_per_card: 1}}\n',
    [128, _, 0.001, 'Adam', _, 500, _, _, _],
  ],
  [
    'restoration with options of the generator',
    'a.yml',
    'datasets: {train: {batch_size_per_gpu: 4}, val: {batch_size_per_gpu: 1}}\ntrain: {total_iter: 300000, optim_g: {type: Adam, lr: 0.0002}}\n',
    [4, _, 0.0002, 'Adam', 300_000, _, _, _, _],
  ],
  [
    'an experiment without code',
    'a.yaml',
    'llm_backbone: acme/one\narchitecture: {backbone_dtype: bfloat16}\ntokenizer: {max_length: 512}\ntraining: {batch_size: 2, epochs: 1, grad_accumulation: 1, learning_rate: 0.0001, optimizer: AdamW}\nprediction: {batch_size_inference: 0}\n',
    [2, 1, 0.0001, 'AdamW', _, 1, 512, 'acme/one', 'bf16'],
  ],
  [
    'a sampler of batches in JSON',
    'a.json',
    '{"data_loader": {"batch_sampler": {"type": "bucket", "batch_size": 32}}, "trainer": {"num_epochs": 40, "optimizer": {"type": "adam", "lr": 0.001}}, "train_dtype": "BFLOAT_16"}',
    [32, _, 0.001, 'adam', _, 40, _, _, 'bf16'],
  ],
  [
    'a policy that is trained by sampling',
    'a.yaml',
    'total_train_epochs: 10\nactor: {path: acme/one, dtype: bfloat16, optimizer: {type: adam, lr: 1.7e-5}}\nref: {path: acme/other}\n',
    [_, _, 1.7e-5, 'adam', _, 10, _, 'acme/one', 'bf16'],
  ],
  [
    'speech synthesis in JSON',
    'config.json',
    '{"model": "vits", "run_name": "x", "epochs": 1000, "batch_size": 32, "eval_batch_size": 16, "optimizer": "AdamW", "lr": 0.0002, "mixed_precision": true}',
    [32, _, 0.0002, 'AdamW', _, 1000, _, 'vits', _],
  ],
];

const FLAT = 'train_steps: 1000\noptim: adam\nlearning_rate: 0.001\nbatch_size: 4096\n';

describe('batches by their type', () => {
  it.each([
    ['sents', 4096, undefined],
    ['tokens', undefined, 4096],
    ['token', undefined, 4096],
    ['numel', undefined, undefined],
    ['length', undefined, undefined],
  ])('are %s', (type, micro, tokens) => {
    const { value } = readConfig({ 'a.yaml': `${FLAT}batch_type: ${type}\n` });
    expect([value('batch.micro'), value('batch.microTokens')]).toEqual([micro, tokens]);
  });
});

describe('styles of frameworks that nobody listed', () => {
  it.each(STYLES)('%s', (_style, file, text, expected) => {
    const { adapter, value } = readConfig({ [file]: text });
    expect(adapter.id).toBe('generic');
    expect(FIELDS.map((field) => value(field))).toEqual(expected);
  });
});
