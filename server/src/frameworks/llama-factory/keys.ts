import type { AttentionKernel, Checkpointing, LossKernel, Objective } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { TRAINING_ARGUMENT_KEYS, withoutKeys } from '../hf-family/index.ts';
import { isVisionName } from '../hf-family/vision-name.ts';
import { byDefault, key, oneOf } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';
import { lowRankKeys } from './low-rank-keys.ts';
import { isMegatron, megatronKeys } from './megatron-keys.ts';

const MODEL = 'LLaMA-Factory: src/llamafactory/hparams/model_args.py';
const DATA = 'LLaMA-Factory: src/llamafactory/hparams/data_args.py';
const TUNING = 'LLaMA-Factory: src/llamafactory/hparams/finetuning_args.py';
const CHECKPOINTING = 'LLaMA-Factory: src/llamafactory/model/model_utils/checkpointing.py';
const LIGER = 'LLaMA-Factory: src/llamafactory/model/model_utils/liger_kernel.py';

const stageOf = (around: Around): ConfigValue => around.get('stage') ?? 'sft';
const prefers = (around: Around): boolean => stageOf(around) === 'dpo' || stageOf(around) === 'kto';

const STAGES = oneOf<Objective>([
  ['pt', 'pretraining'],
  ['sft', 'sft'],
  ['rm', 'reward'],
  ['ppo', 'ppo'],
  ['dpo', 'dpo'],
  ['kto', 'kto'],
]);

/** Losses of stage dpo that are methods of their own. */
const PREFERENCE_LOSSES = oneOf<Objective>([
  ['ipo', 'ipo'],
  ['orpo', 'orpo'],
  ['simpo', 'simpo'],
]);

const ATTENTION = oneOf<AttentionKernel>([
  ['fa2', 'flash'],
  ['fa3', 'flash'],
  ['sdpa', 'sdpa'],
  ['disabled', 'eager'],
]);

const modelKeys: KeyTable = {
  model_name_or_path: [
    key('model.name'),
    key('run.task', {
      read: (value) => (isVisionName(value) ? 'vision-language' : undefined),
      default: byDefault('causal-lm', 'LLaMA-Factory: src/llamafactory/model/loader.py'),
    }),
  ],
  pref_loss: key('run.objective', { ...PREFERENCE_LOSSES, when: (around) => stageOf(around) === 'dpo' }),
  stage: key('run.objective', { ...STAGES, default: byDefault('sft', TUNING) }),
  train_from_scratch: key('run.fromScratch', { default: byDefault(false, MODEL) }),
  flash_attn: key('model.attention', {
    ...ATTENTION,
    // "auto" leaves the choice to transformers, which takes SDPA where the model supports it.
    default: byDefault('sdpa', `${MODEL}, transformers: src/transformers/modeling_utils.py`),
  }),
  moe_aux_loss_coef: key('moe.balanceLoss'),
};

const dataKeys: KeyTable = {
  cutoff_len: key('data.sequenceLength', { default: byDefault(2048, DATA) }),
  neat_packing: [
    key('data.packing', { read: (value) => (value === true ? true : undefined) }),
    // Packed examples see each other unless packing is neat.
    key('data.packingIsolated', { default: byDefault(false, DATA), when: packs }),
  ],
  packing: key('data.packing', {
    default: byDefault(
      (around: Around) => stageOf(around) === 'pt',
      'LLaMA-Factory: src/llamafactory/hparams/parser.py',
    ),
  }),
};

const runsOnTrainer = (around: Around): boolean => !isMegatron(around);

const memoryKeys: KeyTable = {
  disable_gradient_checkpointing: key('activations.checkpointing', {
    read: (value, around) => checkpointing(value === true, around),
    write: (to) => (to === 'selective' ? undefined : to === 'none'),
    default: byDefault<Checkpointing>('full', `${MODEL}, ${CHECKPOINTING}`),
    when: runsOnTrainer,
  }),
  use_unsloth_gc: key('activations.offload', { default: byDefault(false, CHECKPOINTING), when: runsOnTrainer }),
  enable_liger_kernel: [
    key('loss.kernel', {
      read: (value, around) => (value === true ? ligerLoss(around) : 'plain'),
      write: (to, around) => (to === ligerLoss(around) ? true : to === 'plain' ? false : undefined),
      default: byDefault<LossKernel>('plain', LIGER),
    }),
    key('loss.fusedLayers', { default: byDefault(false, MODEL) }),
  ],
  pure_bf16: key('precision.bf16Flag', { read: (value) => (value === true ? true : undefined) }),
};

/** Switches that put an optimizer of their own in the place of `optim`. */
const optimizerKeys: KeyTable = {
  use_galore: replacement('galore_adamw'),
  use_apollo: replacement('apollo_adamw'),
  use_adam_mini: replacement('adam_mini'),
  use_muon: replacement('muon'),
  use_badam: replacement('badam'),
  galore_rank: key('optimizer.rank', { default: byDefault(16, TUNING), when: isOn('use_galore') }),
  apollo_rank: key('optimizer.rank', { default: byDefault(16, TUNING), when: isOn('use_apollo') }),
  galore_layerwise: key('optimizer.inBackward', { default: byDefault(false, TUNING), when: isOn('use_galore') }),
  apollo_layerwise: key('optimizer.inBackward', { default: byDefault(false, TUNING), when: isOn('use_apollo') }),
};

const preferenceKeys: KeyTable = {
  pref_beta: key('preference.beta', { default: byDefault(0.1, TUNING), when: prefers }),
  dpo_label_smoothing: key('loss.labelSmoothing', { when: prefers }),
  ppo_epochs: key('rollout.updateEpochs', { default: byDefault(4, TUNING), when: isPpo }),
  max_new_tokens: key('rollout.completionLength', {
    default: byDefault(1024, 'LLaMA-Factory: src/llamafactory/hparams/generating_args.py'),
    when: isPpo,
  }),
};

/** LLaMA-Factory's own keys before those of transformers' TrainingArguments; the first statement of a field wins. */
export const KEYS: KeyTable = {
  ...modelKeys,
  ...dataKeys,
  ...lowRankKeys,
  ...memoryKeys,
  ...optimizerKeys,
  ...preferenceKeys,
  ...megatronKeys,
  ...withoutKeys(TRAINING_ARGUMENT_KEYS, 'gradient_checkpointing'),
};

function packs(around: Around): boolean {
  if (around.get('packing') === true || around.get('neat_packing') === true) return true;
  return around.get('packing') !== false && stageOf(around) === 'pt';
}

/** The Trainer's own switch brings checkpointing back. */
function checkpointing(disabled: boolean, around: Around): Checkpointing {
  return disabled && around.get('gradient_checkpointing') !== true ? 'none' : 'full';
}

/** Stages that need the logits keep them whole. */
function ligerLoss(around: Around): LossKernel {
  return stageOf(around) === 'pt' || stageOf(around) === 'sft' ? 'fused' : 'plain';
}

function replacement(name: string) {
  return key('optimizer.name', { read: (value) => (value === true ? name : undefined) });
}

function isOn(name: string) {
  return (around: Around): boolean => around.get(name) === true;
}

function isPpo(around: Around): boolean {
  return stageOf(around) === 'ppo';
}
