import type { AdapterKind, Checkpointing } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { decayEnd } from '../kit/decay-end.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import type { AnyKeyRow, Around, KeyTable } from '../types.ts';

const PARAMETERS = 'smollm: vision/m4/training/config.py';
const TRAINER = 'smollm: vision/m4/training/trainer.py';
const COUNT = { read: positive, write: (to: number): ConfigValue => to };
const adapts = (around: Around): boolean => around.get('hparams.use_lora') === true;

function pair(index: 0 | 1): (value: ConfigValue) => number | undefined {
  return (value) => (Array.isArray(value) ? castNumber(value[index] ?? null) : undefined);
}

/** The longest sequence of the mixed data sets, each padded to its own. */
function longest(value: ConfigValue): number | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const lengths = Object.values(value).flatMap((part: ConfigValue) => {
    const length =
      typeof part === 'object' && part !== null && 'max_seq_len' in part ? positive(part['max_seq_len']) : undefined;
    return length === undefined ? [] : [length];
  });
  return lengths.length === 0 ? undefined : Math.max(...lengths);
}

const LORA: Readonly<Record<string, AnyKeyRow>> = {
  'hparams.lora_config.r': key('adapter.rank', { ...COUNT, when: adapts }),
  'hparams.lora_config.lora_alpha': key('adapter.alpha', { ...COUNT, when: adapts }),
  'hparams.lora_config.lora_dropout': key('adapter.dropout', { when: adapts }),
};

const M4_KEYS: KeyTable = {
  'hparams.batch_size_per_gpu': key('batch.micro', COUNT),
  'hparams.global_batch_size': key('batch.global', COUNT),
  'hparams.model_name': key('model.name'),
  'hparams.grad_clip': key('optimizer.maxGradNorm', { default: byDefault(1, PARAMETERS) }),
  'hparams.gradient_checkpointing': key('activations.checkpointing', {
    ...oneOf<Checkpointing>([
      [true, 'full'],
      [false, 'none'],
    ]),
    default: byDefault('none', PARAMETERS),
  }),
  'hparams.max_num_opt_steps': key('schedule.totalSteps', COUNT),
  'hparams.max_num_epochs': key('schedule.epochs', COUNT),
  'hparams.train_saving_opt_steps': key('schedule.saveSteps', COUNT),
  'hparams.val_logging_opt_steps': key('schedule.evalSteps', {
    ...COUNT,
    when: (around) => around.get('hparams.do_validation') !== false,
  }),
  'hparams.do_validation': key('schedule.evalCadence', { read: (value) => (value === false ? 'no' : undefined) }),
  'hparams.model_config.tie_word_embeddings': key('model.tiedEmbeddings'),
  'hparams.model_config.freeze_vision_layers': key('adapter.freezesVisionTower'),
  'hparams.model_config._flash_attn_2_enabled': key('model.attention', {
    read: (value) => (value === true ? 'flash' : undefined),
  }),
  'hparams.use_lora': key('adapter.kind', {
    read: (value, around) => {
      if (value !== true) return freezes(around) ? 'other' : 'none';
      return around.get('hparams.lora_config.use_dora') === true ? 'dora' : 'lora';
    },
    default: byDefault((around: Around): AdapterKind => (freezes(around) ? 'other' : 'none'), PARAMETERS),
  }),
  ...LORA,
  'optim_param.vl_optim': key('optimizer.name'),
  'optim_param.vl_optim_params.lr': key('optimizer.peakLearningRate'),
  'optim_param.vl_optim_params.betas': [
    key('optimizer.beta1', { read: pair(0) }),
    key('optimizer.beta2', { read: pair(1) }),
  ],
  'optim_param.vl_optim_params.eps': key('optimizer.epsilon'),
  'optim_param.vl_optim_params.weight_decay': key('optimizer.weightDecay'),
  'optim_param.vl_lr_scheduler': key('schedule.kind', {
    read: (value) => (typeof value === 'string' ? value.replace(/^get_(.+)_schedule.*$/, '$1') : undefined),
  }),
  'optim_param.vl_lr_scheduler_params.num_warmup_steps': key('schedule.warmupSteps'),
  'optim_param.vl_lr_scheduler_params.num_training_steps': key(
    'schedule.decaySteps',
    decayEnd({
      ...COUNT,
      warmup: (_end, around) => castNumber(around.get('optim_param.vl_lr_scheduler_params.num_warmup_steps') ?? null),
    }),
  ),
  data_param: key('data.sequenceLength', { read: longest }),
};

/** Whether the text model stays frozen, so that only what joins it to the images trains. */
function freezes(around: Around): boolean {
  const places = ['hparams.model_config', 'hparams.model_params'];
  return places.some((place) => around.get(`${place}.freeze_text_layers`) === true);
}

/** m4, the trainer of Idefics and SmolVLM: one file of sections, read by PyYAML into typed classes. */
export const m4Adapter = defineAdapter({
  id: 'm4',
  title: 'm4',
  loaders: { yaml: 'pyyaml' },
  recognise: (input) =>
    weigh(input, [
      { key: 'hparams.batch_size_per_gpu', weight: 40 },
      { key: 'optim_param.vl_optim', weight: 40 },
      { key: 'data_param', weight: 20 },
      { key: 'hparams.kill_switch_path', weight: 20 },
    ]),
  keys: M4_KEYS,
  settle: ({ builder }: Draft) => {
    builder.assume('run.task', 'vision-language', PARAMETERS);
    builder.assume('batch.unit', 'sequences', PARAMETERS);
    for (const degree of ['parallel.tensor', 'parallel.pipeline', 'parallel.context', 'parallel.ulysses'] as const)
      builder.assume(degree, 1, TRAINER);
  },
});
