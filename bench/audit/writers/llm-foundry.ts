import { byWord, type ConfigWriter } from '../config-writer.ts';
import type { WrittenRun } from '../written-run.ts';
import type { Entries } from '../yaml-text.ts';

function betas({ values }: WrittenRun): Entries {
  return { 'optimizer.betas': [values['optimizer.beta1'] ?? 0.9, values['optimizer.beta2'] ?? 0.999] };
}

/** LLM Foundry's YAML for `composer train.py`. */
export const LLM_FOUNDRY: ConfigWriter = {
  framework: 'llm-foundry',
  file: 'mpt.yaml',
  methods: ['pretraining'],
  frame: ({ model: { shape }, values }) => ({
    'model.name': 'mpt_causal_lm',
    'model.init_device': 'meta',
    'model.d_model': shape.hiddenSize,
    'model.n_heads': shape.heads,
    'model.n_layers': shape.layers,
    'model.expansion_ratio': 4,
    'model.max_seq_len': values['data.sequenceLength'] ?? 2048,
    'model.vocab_size': Math.ceil(shape.vocabSize / 128) * 128,
    'model.attn_config.attn_impl': 'flash',
    'tokenizer.name': 'EleutherAI/gpt-neox-20b',
    'train_loader.name': 'text',
    'train_loader.dataset.local': './c4',
    'train_loader.drop_last': true,
    max_seq_len: values['data.sequenceLength'] ?? 2048,
    'optimizer.name': 'decoupled_adamw',
    'optimizer.eps': 1e-8,
    'algorithms.gradient_clipping': { clipping_type: 'norm', clipping_threshold: 1.0 },
    precision: 'amp_bf16',
    'fsdp_config.sharding_strategy': 'FULL_SHARD',
    'fsdp_config.mixed_precision': 'PURE',
    'fsdp_config.activation_checkpointing': true,
    'scheduler.t_warmup': '100ba',
    'scheduler.alpha_f': 0.1,
    ...(values['batch.global'] === undefined ? { global_train_batch_size: 256, device_train_microbatch_size: 4 } : {}),
    ...(values['schedule.totalSteps'] === undefined ? { max_duration: '100000ba' } : {}),
  }),
  says: {
    'adapter.kind': () => ({}),
    'batch.micro': 'device_train_microbatch_size',
    'batch.global': 'global_train_batch_size',
    'data.sequenceLength': 'max_seq_len',
    'optimizer.name': byWord('optimizer.name', { adamw_torch: 'decoupled_adamw', lion: 'decoupled_lionw' }),
    'optimizer.peakLearningRate': 'optimizer.lr',
    'optimizer.beta1': (_beta, run) => betas(run),
    'optimizer.beta2': (_beta, run) => betas(run),
    'optimizer.weightDecay': (decay, { values }) =>
      // Decoupled decay is not multiplied by the rate, so the same strength is the product.
      ({ 'optimizer.weight_decay': decay * (values['optimizer.peakLearningRate'] ?? 1) }),
    'schedule.totalSteps': (steps) => ({ max_duration: `${steps}ba` }),
    'schedule.epochs': (epochs) => ({ max_duration: `${epochs}ep` }),
    'schedule.warmupSteps': (steps) => ({ 'scheduler.t_warmup': `${steps}ba` }),
    'schedule.warmupRatio': (share) => ({ 'scheduler.t_warmup': `${share}dur` }),
    'schedule.kind': byWord('scheduler.name', {
      cosine: 'cosine_with_warmup',
      linear: 'linear_decay_with_warmup',
      constant: 'constant_with_warmup',
      'inverse square root': 'inv_sqrt_with_warmup',
    }),
    'schedule.minRatio': 'scheduler.alpha_f',
    'model.hiddenSize': 'model.d_model',
    'model.heads': 'model.n_heads',
    'model.layers': 'model.n_layers',
    'model.vocabSize': 'model.vocab_size',
  },
  unread: ['optimizer.weightDecay'],
  follows: ['batch.gradientAccumulation', 'parallel.data'],
};
