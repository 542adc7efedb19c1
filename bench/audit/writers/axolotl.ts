import { byWord, type ConfigWriter } from '../config-writer.ts';
import type { WrittenRun } from '../written-run.ts';
import type { Entries } from '../yaml-text.ts';
import { OPTIMIZER_NAMES, SCHEDULE_NAMES } from './trainer-arguments.ts';

const LORA: Entries = { adapter: 'lora', lora_r: 16, lora_alpha: 32, lora_target_linear: true };

const FSDP2: Entries = { fsdp_version: 2, 'fsdp_config.reshard_after_forward': true };

/** Axolotl's flat YAML. */
export const AXOLOTL: ConfigWriter = {
  framework: 'axolotl',
  file: 'axolotl.yaml',
  methods: ['pretraining', 'full-sft', 'lora-sft', 'full-preference', 'lora-preference', 'continued-pretraining'],
  frame: (run) => ({
    base_model: run.model.name,
    ...objective(run),
    val_set_size: 0,
    output_dir: 'out',
    bf16: 'auto',
    flash_attention: true,
    ...(run.recipe.method.startsWith('lora') ? LORA : {}),
    ...(run.values['data.sequenceLength'] === undefined ? { sequence_len: 2048 } : {}),
    ...(run.values['schedule.totalSteps'] === undefined && isStreamed(run) ? { max_steps: 60_000 } : {}),
    ...(run.values['schedule.epochs'] === undefined && !isStreamed(run) ? { num_epochs: 1 } : {}),
  }),
  says: {
    'adapter.kind': () => ({}),
    'batch.micro': 'micro_batch_size',
    'batch.gradientAccumulation': 'gradient_accumulation_steps',
    'preference.beta': 'rl_beta',
    'data.sequenceLength': 'sequence_len',
    'data.packing': 'sample_packing',
    'data.padToMax': 'pad_to_sequence_len',
    'optimizer.name': byWord('optimizer', OPTIMIZER_NAMES),
    'optimizer.peakLearningRate': 'learning_rate',
    'optimizer.beta1': 'adam_beta1',
    'optimizer.beta2': 'adam_beta2',
    'optimizer.weightDecay': 'weight_decay',
    'schedule.totalSteps': 'max_steps',
    // Streamed text has no end, so its runs are counted in steps.
    'schedule.epochs': (epochs, run) => (isStreamed(run) ? undefined : { num_epochs: epochs }),
    'schedule.warmupSteps': 'warmup_steps',
    'schedule.warmupRatio': 'warmup_ratio',
    'schedule.kind': (kind) =>
      kind === 'cosine_with_min_lr'
        ? { lr_scheduler: 'cosine', cosine_min_lr_ratio: 0.1 }
        : byWord('lr_scheduler', { ...SCHEDULE_NAMES, 'inverse square root': 'inverse_sqrt' })(kind),
    'schedule.minRatio': 'cosine_min_lr_ratio',
    'precision.compute': byWord('fp8', { fp8: true }),
    'precision.tf32': 'tf32',
    'precision.fp16Flag': 'fp16',
    'precision.bf16Flag': 'bf16',
    'activations.checkpointing': byWord('gradient_checkpointing', { full: true, none: false }),
    'activations.offload': 'activation_offloading',
    'parallel.tensor': 'tensor_parallel_size',
    'sharding.engine': (engine) => (engine === 'fsdp2' ? FSDP2 : undefined),
    'sharding.deepspeedConfig': (file) => ({ deepspeed: file }),
    'sharding.fsdpConfig': () => FSDP2,
  },
  follows: ['batch.global', 'parallel.data'],
};

function isStreamed({ recipe }: WrittenRun): boolean {
  return recipe.method === 'pretraining' || recipe.method === 'continued-pretraining';
}

function objective(run: WrittenRun): Entries {
  if (run.values['run.objective'] === 'dpo')
    return { rl: 'dpo', datasets: [{ path: 'Intel/orca_dpo_pairs', type: 'chatml.intel', split: 'train' }] };
  if (!isStreamed(run)) return { datasets: [{ path: 'tatsu-lab/alpaca', type: 'alpaca' }] };
  return {
    ...(run.recipe.method === 'pretraining' ? { reinit_weights: true } : {}),
    pretraining_dataset: [{ path: 'allenai/c4', name: 'en', type: 'pretrain' }],
  };
}
