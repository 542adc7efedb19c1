import { byWord, type ConfigWriter, isConsistent } from '../config-writer.ts';
import type { WrittenRun } from '../written-run.ts';
import type { Entries } from '../yaml-text.ts';

/** GPT-NeoX counts warmup as a share of the decay. */
function warmupShare(steps: number, { values }: WrittenRun): Entries | undefined {
  const total = values['schedule.totalSteps'];
  return total === undefined ? undefined : { warmup: steps / total };
}

function adam(entries: Entries): Entries {
  return Object.fromEntries(Object.entries(entries).map(([key, entry]) => [`optimizer.params.${key}`, entry]));
}

/** GPT-NeoX's YAML, with underscores. */
export const GPT_NEOX: ConfigWriter = {
  framework: 'gpt-neox',
  file: 'neox.yml',
  methods: ['pretraining'],
  frame: ({ model: { shape }, values }) => ({
    pipe_parallel_size: 1,
    model_parallel_size: 1,
    num_layers: shape.layers,
    hidden_size: shape.hiddenSize,
    num_attention_heads: shape.heads,
    seq_length: 2048,
    max_position_embeddings: values['data.sequenceLength'] ?? 2048,
    pos_emb: 'rotary',
    no_weight_tying: true,
    norm: 'layernorm',
    attention_config: [[['flash'], shape.layers]],
    data_path: 'data/pile_text_document',
    'optimizer.type': 'Adam',
    'bf16.enabled': true,
    precision: 'bfloat16',
    'zero_optimization.stage': 1,
    checkpoint_activations: true,
    gradient_clipping: 1.0,
    distributed_backend: 'nccl',
    ...(values['schedule.totalSteps'] === undefined ? { train_iters: 143_000 } : {}),
    ...(values['schedule.totalSteps'] === undefined ? {} : { lr_decay_iters: values['schedule.totalSteps'] }),
  }),
  says: {
    'adapter.kind': () => ({}),
    'batch.micro': 'train_micro_batch_size_per_gpu',
    'batch.gradientAccumulation': 'gradient_accumulation_steps',
    'batch.global': (global, run) => (isConsistent(run) ? {} : { train_batch_size: global }),
    'data.sequenceLength': 'seq_length',
    'optimizer.name': (name) =>
      name === 'adamw_torch' ? {} : byWord('optimizer.type', { lion: 'lion', sgd: 'sgd' })(name),
    'optimizer.peakLearningRate': (rate) => adam({ lr: rate }),
    'optimizer.beta1': (beta1, { values }) => adam({ betas: [beta1, values['optimizer.beta2'] ?? 0.999] }),
    'optimizer.beta2': (beta2, { values }) => adam({ betas: [values['optimizer.beta1'] ?? 0.9, beta2] }),
    'optimizer.weightDecay': 'weight_decay',
    'optimizer.mup': 'use_mup',
    'schedule.totalSteps': 'train_iters',
    'schedule.epochs': 'train_epochs',
    'schedule.warmupSteps': warmupShare,
    'schedule.warmupRatio': 'warmup',
    'schedule.kind': byWord('lr_decay_style', { cosine: 'cosine', linear: 'linear', constant: 'constant' }),
    'schedule.minLearningRate': 'min_lr',
    'schedule.decaySteps': 'lr_decay_iters',
    'model.hiddenSize': 'hidden_size',
    'model.heads': 'num_attention_heads',
    'model.layers': 'num_layers',
    'model.kvHeads': 'num_kv_heads',
    'parallel.tensor': 'model_parallel_size',
    'parallel.pipeline': 'pipe_parallel_size',
    'parallel.data': () => ({}),
  },
};
