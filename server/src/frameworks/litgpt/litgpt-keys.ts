import type { AdapterKind, WeightQuantization } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import { pairElement } from '../kit/pair-element.ts';
import type { AnyKeyRow, Around, KeyTable } from '../types.ts';
import { isPretraining, isQuantized, scriptOf } from './litgpt-script.ts';

const PRETRAIN = 'litgpt: litgpt/pretrain.py';
const LORA = 'litgpt: litgpt/finetune/lora.py';
const FULL = 'litgpt: litgpt/finetune/full.py';
const ADAMW = 'torch: torch/optim/adamw.py';

const finetunes = (around: Around): boolean => !isPretraining(around);
const adapts = (around: Around): boolean => scriptOf(around) === 'lora';
const PER_STEP = { read: positive, write: (to: number) => to };

/** A default that differs between pretraining and fine-tuning. */
function bySetup<T>(pretraining: T | undefined, finetuning: T | undefined) {
  const cite = finetuning === undefined ? PRETRAIN : pretraining === undefined ? FULL : `${PRETRAIN}, ${FULL}`;
  return byDefault((around: Around) => (isPretraining(around) ? pretraining : finetuning), cite);
}

/** A shape of its own replaces the named model, so none is begun for a single size. */
const GIVEN_SHAPE = { when: (around: Around): boolean => (around.get('model_config') ?? null) !== null };

const modelKeys: KeyTable = {
  checkpoint_dir: key('model.name', { when: finetunes }),
  model_name: key('model.name', { when: (around) => !around.has('model_config.n_embd') }),
  'model_config.name': key('model.name', GIVEN_SHAPE),
  'model_config.n_layer': key('model.layers', GIVEN_SHAPE),
  'model_config.n_head': key('model.heads', GIVEN_SHAPE),
  'model_config.n_query_groups': key('model.kvHeads', GIVEN_SHAPE),
  'model_config.n_embd': key('model.hiddenSize', GIVEN_SHAPE),
  'model_config.head_size': key('model.headDim', GIVEN_SHAPE),
  'model_config.intermediate_size': key('model.intermediateSize', GIVEN_SHAPE),
  'model_config.padded_vocab_size': key('model.vocabSize', GIVEN_SHAPE),
  'model_config.block_size': key('model.maxPositions', GIVEN_SHAPE),
  'train.tie_embeddings': key('model.tiedEmbeddings', { when: isPretraining }),
  initial_checkpoint_dir: key('run.fromScratch', {
    read: () => false,
    default: byDefault((around: Around) => isPretraining(around), PRETRAIN),
  }),
};

const trainKeys: KeyTable = {
  'train.micro_batch_size': key('batch.micro', { ...PER_STEP, default: bySetup(4, 1) }),
  'train.global_batch_size': key('batch.global', { ...PER_STEP, default: bySetup(512, 16) }),
  'train.max_seq_length': key('data.sequenceLength', PER_STEP),
  'train.lr_warmup_steps': key('schedule.warmupSteps', {
    default: byDefault((around: Around) => {
      if (castNumber(around.get('train.lr_warmup_fraction') ?? 0) !== 0) return undefined;
      return isPretraining(around) ? 2000 : 100;
    }, `${PRETRAIN}, ${FULL}`),
  }),
  'train.max_tokens': key('schedule.totalTokens', {
    ...PER_STEP,
    default: bySetup(3e12, undefined),
    when: isPretraining,
  }),
  'train.max_steps': key('schedule.totalSteps', { ...PER_STEP, when: finetunes }),
  'train.epochs': key('schedule.epochs', {
    ...PER_STEP,
    default: bySetup(undefined, 5),
    // A limit on steps ends the run before the epochs do.
    when: (around) => finetunes(around) && positive(around.get('train.max_steps') ?? 0) === undefined,
  }),
  'train.min_lr': key('schedule.minLearningRate', { default: bySetup(4e-5, undefined), when: isPretraining }),
  'train.max_norm': key('optimizer.maxGradNorm', { default: bySetup(1, 0), when: isPretraining }),
  'train.save_interval': key('schedule.saveSteps', { ...PER_STEP, default: byDefault(1000, FULL) }),
  'eval.interval': key('schedule.evalSteps', { ...PER_STEP, default: bySetup(1000, 100) }),
};

const optimizerKeys: KeyTable = {
  optimizer: key('optimizer.name', {
    read: (value, around) => (typeof value === 'string' ? optimizerName(value, around) : undefined),
    write: (to) => to,
    default: byDefault(
      (around: Around) => (around.has('optimizer') ? undefined : optimizerName('AdamW', around)),
      FULL,
    ),
  }),
  'optimizer.class_path': key('optimizer.name', {
    read: (value, around) => (typeof value === 'string' ? optimizerName(value, around) : undefined),
  }),
  'optimizer.init_args.lr': key('optimizer.peakLearningRate', { default: forAdamW(1e-3) }),
  'optimizer.init_args.weight_decay': key('optimizer.weightDecay', { default: forAdamW(0.01) }),
  'optimizer.init_args.betas': [pairItem('optimizer.beta1', 0, 0.9), pairItem('optimizer.beta2', 1, 0.999)],
  'optimizer.init_args.eps': key('optimizer.epsilon', { default: forAdamW(1e-8) }),
  'optimizer.init_args.momentum': key('optimizer.momentum'),
};

const QUANTIZATIONS = oneOf<WeightQuantization>([
  ['bnb.nf4', 'nf4'],
  ['bnb.nf4-dq', 'nf4'],
  ['bnb.fp4', 'fp4'],
  ['bnb.fp4-dq', 'fp4'],
  ['bnb.int8-training', 'int8'],
]);

const adapterKeys: KeyTable = {
  lora_r: [
    key('adapter.kind', {
      read: () => undefined,
      default: byDefault<AdapterKind>(
        (around: Around) =>
          (({ lora: 'lora', full: 'none', pretrain: 'none', adapter: 'other' }) as const)[scriptOf(around)],
        `${LORA}, ${FULL}`,
      ),
    }),
    key('adapter.rank', { default: byDefault(8, LORA), when: adapts }),
  ],
  lora_alpha: key('adapter.alpha', { default: byDefault(16, LORA), when: adapts }),
  lora_dropout: key('adapter.dropout', { default: byDefault(0.05, LORA), when: adapts }),
  quantize: [
    key('adapter.quantization', { ...QUANTIZATIONS, default: byDefault('none', LORA) }),
    key('adapter.doubleQuantization', {
      read: (value) => (typeof value === 'string' ? value.endsWith('-dq') : undefined),
      when: isQuantized,
    }),
  ],
};

const deviceKeys: KeyTable = {
  devices: key('parallel.gpusPerNode', { ...PER_STEP, default: bySetup(undefined, 1) }),
  num_nodes: key('parallel.nodes', { ...PER_STEP, default: byDefault(1, PRETRAIN) }),
};

/** litgpt's YAML by dotted key, as its command line parser reads it. */
export const LITGPT_KEYS: KeyTable = {
  ...modelKeys,
  ...trainKeys,
  ...optimizerKeys,
  ...adapterKeys,
  ...deviceKeys,
};

function pairItem(field: 'optimizer.beta1' | 'optimizer.beta2', index: 0 | 1, usual: number): AnyKeyRow {
  return key(field, {
    ...pairElement('optimizer.init_args.betas', index),
    default: forAdamW(usual),
  });
}

function forAdamW(usual: number) {
  return byDefault((around: Around) => (/Adam/i.test(writtenOptimizer(around)) ? usual : undefined), ADAMW);
}

function writtenOptimizer(around: Around): string {
  const written = around.get('optimizer');
  return String((typeof written === 'string' ? written : around.get('optimizer.class_path')) ?? 'AdamW');
}

/** Pretraining asks for the fused kernel; a quantised base for a paged optimizer. */
function optimizerName(value: ConfigValue, around: Around): string {
  const name = String(value);
  if (!/(^|\.)AdamW$/.test(name)) return name;
  if (isQuantized(around)) return 'paged_adamw_32bit';
  return isPretraining(around) ? 'adamw_torch_fused' : 'adamw_torch';
}
