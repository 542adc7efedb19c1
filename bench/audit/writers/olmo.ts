import { byWord, type ConfigWriter } from '../config-writer.ts';
import type { WrittenRun } from '../written-run.ts';
import type { Entries } from '../yaml-text.ts';

function betas({ values }: WrittenRun): Entries {
  return { 'optimizer.betas': [values['optimizer.beta1'] ?? 0.9, values['optimizer.beta2'] ?? 0.95] };
}

/** OLMo's own YAML for `scripts/train.py`. */
export const OLMO: ConfigWriter = {
  framework: 'olmo',
  file: 'olmo.yaml',
  methods: ['pretraining'],
  frame: ({ model: { shape }, values }) => ({
    run_name: 'run',
    'model.d_model': shape.hiddenSize,
    'model.n_heads': shape.heads,
    ...(shape.kvHeads === shape.heads ? {} : { 'model.n_kv_heads': shape.kvHeads }),
    'model.n_layers': shape.layers,
    // Its layers are gated; of an ungated shape the width alone is taken over.
    ...(shape.mlp === 'gated' ? { 'model.mlp_hidden_size': 2 * shape.intermediateSize } : { 'model.mlp_ratio': 4 }),
    'model.activation_type': 'swiglu',
    'model.weight_tying': shape.tiedEmbeddings,
    'model.rope': true,
    'model.flash_attention': true,
    'model.include_bias': false,
    'model.layer_norm_type': 'rms',
    'model.max_sequence_length': values['data.sequenceLength'] ?? 2048,
    'model.vocab_size': shape.vocabSize,
    'model.embedding_size': Math.ceil(shape.vocabSize / 128) * 128,
    'model.init_device': 'meta',
    'fsdp.wrapping_strategy': 'by_block',
    'fsdp.precision': 'mixed',
    max_grad_norm: 1.0,
    precision: 'amp_bf16',
    ...(values['schedule.totalSteps'] === undefined ? { max_duration: 100_000 } : {}),
  }),
  says: {
    'adapter.kind': () => ({}),
    'batch.micro': 'device_train_microbatch_size',
    'batch.global': 'global_train_batch_size',
    'data.sequenceLength': 'model.max_sequence_length',
    'optimizer.name': byWord('optimizer.name', { adamw_torch: 'adamw', lion: 'lionw' }),
    'optimizer.peakLearningRate': 'optimizer.learning_rate',
    'optimizer.beta1': (_beta, run) => betas(run),
    'optimizer.beta2': (_beta, run) => betas(run),
    'optimizer.weightDecay': 'optimizer.weight_decay',
    'schedule.totalSteps': 'max_duration',
    'schedule.epochs': (epochs) => ({ max_duration: `${epochs}ep` }),
    'schedule.warmupSteps': 'scheduler.t_warmup',
    'schedule.warmupRatio': (share, { values }) => {
      const total = values['schedule.totalSteps'];
      return total === undefined || share > 1 ? undefined : { 'scheduler.t_warmup': Math.round(share * total) };
    },
    'schedule.kind': byWord('scheduler.name', {
      cosine: 'cosine_with_warmup',
      linear: 'linear_with_warmup',
      constant: 'constant',
    }),
    'schedule.minRatio': 'scheduler.alpha_f',
    'model.hiddenSize': 'model.d_model',
    'model.heads': 'model.n_heads',
    'model.layers': 'model.n_layers',
    'model.kvHeads': 'model.n_kv_heads',
  },
  follows: ['batch.gradientAccumulation', 'parallel.data'],
};
