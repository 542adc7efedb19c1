import { type Sign, weigh } from '../kit/evidence.ts';
import type { Evidence, Recognisable } from '../types.ts';

const SIGNS: readonly Sign[] = [
  { key: 'zero_optimization', weight: 60 },
  { key: 'train_micro_batch_size_per_gpu', weight: 60 },
  { key: 'zero_allow_untested_optimizer', weight: 60 },
  { key: 'zero_force_ds_cpu_optimizer', weight: 60 },
  { key: 'compression_training', weight: 60 },
  { key: 'data_efficiency', weight: 60 },
  { key: 'wall_clock_breakdown', weight: 40 },
  { key: 'prescale_gradients', weight: 40 },
  { key: 'steps_per_print', weight: 40 },
  { key: 'train_batch_size', weight: 20 },
  { key: 'gradient_clipping', weight: 20 },
  { key: 'bf16.enabled', weight: 20 },
  { key: 'fp16.enabled', weight: 20 },
  { key: 'optimizer.params.lr', weight: 20 },
  { key: 'scheduler.params', weight: 20 },
  { key: 'autotuning', weight: 20 },
  { file: /(?:^|[/\\_-])(?:ds|deepspeed|zero)[^/\\]*\.(?:json|ya?ml)$/i, weight: 30 },
  // Files that hold a DeepSpeed config among keys of their own: GPT-NeoX, Accelerate, trainers.
  ...[
    'num_layers',
    'num-layers',
    'hidden_size',
    'hidden-size',
    'pipe_parallel_size',
    'pipe-parallel-size',
    'train_iters',
    'train-iters',
    'data_path',
    'data-path',
    'vocab_file',
    'tokenizer_type',
    'tokenizer-type',
    'lr_decay_iters',
    'distributed_type',
    'compute_environment',
    'model_name_or_path',
    'per_device_train_batch_size',
    'base_model',
    'trainer',
  ].map((key) => ({ key, weight: -200 })),
];

/** DeepSpeed's own file: its keys, without those of a framework that embeds them. */
export function recogniseDeepSpeed(input: Recognisable): Evidence | undefined {
  return weigh(input, SIGNS);
}
