import { byWord, type ConfigWriter } from '../config-writer.ts';
import type { Entries } from '../yaml-text.ts';

const MODEL = 'model.model_config';
const SCHEDULE = 'optimizer.learning_rate_scheduler';
const FACTORY = 'optimizer.optimizer_factory';

/** A long plateau and a short decay, however the decay is shaped. */
const STABLE_KINDS: ReadonlySet<string> = new Set(['wsd', 'multi-step', 'constant, then cosine']);

function stable(steps: number | undefined): Entries | undefined {
  if (steps === undefined) return undefined;
  const decay = Math.round(steps / 5);
  return {
    [`${SCHEDULE}.lr_decay_style`]: '1-sqrt',
    [`${SCHEDULE}.lr_decay_starting_step`]: steps - decay,
    [`${SCHEDULE}.lr_decay_steps`]: decay,
  };
}

/** Nanotron's YAML for `run_train.py`. */
export const NANOTRON: ConfigWriter = {
  framework: 'nanotron',
  file: 'nanotron.yaml',
  methods: ['pretraining'],
  frame: ({ model: { shape }, values, ranks }) => ({
    'general.project': 'run',
    'checkpoints.checkpoint_interval': 1000,
    'model.dtype': 'bfloat16',
    'model.init_method.std': 0.02,
    [`${MODEL}.is_llama_config`]: true,
    [`${MODEL}.hidden_size`]: shape.hiddenSize,
    [`${MODEL}.intermediate_size`]: shape.intermediateSize,
    [`${MODEL}.num_hidden_layers`]: shape.layers,
    [`${MODEL}.num_attention_heads`]: shape.heads,
    [`${MODEL}.num_key_value_heads`]: shape.kvHeads,
    [`${MODEL}.max_position_embeddings`]: values['data.sequenceLength'] ?? 2048,
    [`${MODEL}.tie_word_embeddings`]: shape.tiedEmbeddings,
    [`${MODEL}.vocab_size`]: Math.ceil(shape.vocabSize / 128) * 128,
    'parallelism.dp': ranks / ((values['parallel.tensor'] ?? 1) * (values['parallel.pipeline'] ?? 1)),
    'parallelism.tp': 1,
    'parallelism.pp': 1,
    'optimizer.zero_stage': 1,
    'optimizer.clip_grad': 1.0,
    'tokens.sequence_length': 2048,
    ...(values['batch.micro'] === undefined
      ? { 'tokens.micro_batch_size': 1, 'tokens.batch_accumulation_per_replica': 1 }
      : {}),
    ...(values['schedule.totalSteps'] === undefined ? { 'tokens.train_steps': 100_000 } : {}),
  }),
  says: {
    'adapter.kind': () => ({}),
    'batch.micro': 'tokens.micro_batch_size',
    'batch.gradientAccumulation': 'tokens.batch_accumulation_per_replica',
    'data.sequenceLength': 'tokens.sequence_length',
    'optimizer.name': byWord(`${FACTORY}.name`, { adamw_torch: 'adamW', sgd: 'sgd' }),
    'optimizer.peakLearningRate': `${SCHEDULE}.learning_rate`,
    'optimizer.beta1': `${FACTORY}.adam_beta1`,
    'optimizer.beta2': `${FACTORY}.adam_beta2`,
    'optimizer.weightDecay': 'optimizer.weight_decay',
    'optimizer.mup': 'model.init_method.use_mup',
    'schedule.totalSteps': 'tokens.train_steps',
    'schedule.warmupSteps': `${SCHEDULE}.lr_warmup_steps`,
    'schedule.warmupRatio': (share, { values }) => {
      const total = values['schedule.totalSteps'];
      return total === undefined || share > 1
        ? undefined
        : { [`${SCHEDULE}.lr_warmup_steps`]: Math.round(share * total) };
    },
    'schedule.kind': (kind, { values }) =>
      STABLE_KINDS.has(kind)
        ? stable(values['schedule.totalSteps'])
        : byWord(`${SCHEDULE}.lr_decay_style`, { cosine: 'cosine', linear: 'linear' })(kind),
    'schedule.minLearningRate': `${SCHEDULE}.min_decay_lr`,
    'schedule.decaySteps': `${SCHEDULE}.lr_decay_steps`,
    'model.hiddenSize': `${MODEL}.hidden_size`,
    'model.heads': `${MODEL}.num_attention_heads`,
    'model.layers': `${MODEL}.num_hidden_layers`,
    'model.kvHeads': `${MODEL}.num_key_value_heads`,
    'model.vocabSize': `${MODEL}.vocab_size`,
    'parallel.tensor': 'parallelism.tp',
    'parallel.pipeline': 'parallelism.pp',
    'parallel.data': 'parallelism.dp',
  },
  follows: ['batch.global'],
};
