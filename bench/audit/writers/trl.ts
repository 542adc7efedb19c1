import { byWord, type ConfigWriter } from '../config-writer.ts';
import type { WrittenRun } from '../written-run.ts';
import type { Entries } from '../yaml-text.ts';
import { TRAINER_ARGUMENTS } from './trainer-arguments.ts';

/** A group's size in TRL when nothing else is said. */
const GENERATIONS = 8;

const LORA: Entries = { use_peft: true, lora_r: 16, lora_alpha: 32, lora_target_modules: 'all-linear' };

const DATA: Entries = { dataset_train_split: 'train', output_dir: 'out', logging_steps: 10 };

/** TRL's scripts with `--config`: `trl sft`, `trl dpo`, `trl grpo`, `trl reward`. */
export const TRL: ConfigWriter = {
  framework: 'hf-trainer',
  file: 'trl.yaml',
  methods: ['full-sft', 'lora-sft', 'full-preference', 'lora-preference', 'full-rl', 'lora-rl', 'reward-model'],
  frame: (run) => ({
    model_name_or_path: run.model.name,
    ...DATA,
    ...objective(run),
    ...(run.recipe.method.startsWith('lora') ? LORA : {}),
  }),
  says: {
    ...TRAINER_ARGUMENTS,
    'adapter.kind': () => ({}),
    'batch.unit': () => ({}),
    'adapter.quantization': (kind) => (kind === 'nf4' ? { load_in_4bit: true, bnb_4bit_quant_type: 'nf4' } : undefined),
    'data.sequenceLength': 'max_length',
    'data.packing': 'packing',
    'model.attention': 'attn_implementation',
    'model.name': 'model_name_or_path',
    'activations.offload': 'activation_offloading',
    'activations.checkpointing': byWord('gradient_checkpointing', { full: true, none: false }),
    'rollout.generations': 'num_generations',
    'rollout.klCoefficient': 'beta',
    'preference.beta': 'beta',
    'rollout.algorithm': byWord('loss_type', { grpo: 'grpo' }),
    'parallel.data': () => ({}),
    'precision.weights': byWord('torch_dtype', { fp16: 'float16', bf16: 'bfloat16', fp32: 'float32' }),
    'precision.autocast': byWord('fp16', { fp16: true }),
    'sharding.engine': (engine) => (engine === 'deepspeed' || engine === 'ddp' ? {} : undefined),
    'sharding.zeroStage': 'deepspeed.zero_optimization.stage',
    'sharding.offloadParameters': (device) => ({ 'deepspeed.zero_optimization.offload_param': { device } }),
    'sharding.offloadOptimizer': (device) => ({ 'deepspeed.zero_optimization.offload_optimizer': { device } }),
    'sharding.fsdpConfig': (words) => ({ fsdp: words }),
    'sharding.deepspeedConfig': (file) => ({ deepspeed: file }),
  },
  follows: ['batch.global'],
};

function objective({ values }: WrittenRun): Entries {
  switch (values['run.objective']) {
    case 'dpo':
      return {
        dataset_name: 'HuggingFaceH4/ultrafeedback_binarized',
        loss_type: 'sigmoid',
        beta: 0.1,
        max_prompt_length: 512,
      };
    case 'grpo':
      return {
        dataset_name: 'trl-lib/DeepMath-103K',
        num_generations: GENERATIONS,
        max_prompt_length: 512,
        max_completion_length: 1024,
        reward_funcs: ['accuracy_reward'],
      };
    case 'reward':
      return { dataset_name: 'trl-lib/ultrafeedback_binarized', center_rewards_coefficient: 0.01 };
    default:
      return {
        dataset_name: 'trl-lib/Capybara',
        ...(values['data.packing'] === undefined ? { packing: false } : {}),
        assistant_only_loss: true,
        dataset_text_field: 'text',
      };
  }
}
