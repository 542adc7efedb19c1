import { byWord, type ConfigWriter } from '../config-writer.ts';
import type { WrittenRun } from '../written-run.ts';
import type { Entries } from '../yaml-text.ts';
import { TRAINER_ARGUMENTS } from './trainer-arguments.ts';

const STAGES: Readonly<Record<string, string>> = { pretraining: 'pt', sft: 'sft', dpo: 'dpo', reward: 'rm' };

const { 'optimizer.name': optimizerName, ...ARGUMENTS } = TRAINER_ARGUMENTS;

/** LLaMA-Factory's YAML for `llamafactory-cli train`. */
export const LLAMA_FACTORY: ConfigWriter = {
  framework: 'llama-factory',
  file: 'llamafactory.yaml',
  methods: [
    'pretraining',
    'full-sft',
    'lora-sft',
    'full-preference',
    'lora-preference',
    'reward-model',
    'continued-pretraining',
  ],
  frame: (run) => ({
    model_name_or_path: run.model.name,
    stage: STAGES[run.values['run.objective'] ?? ''] ?? 'sft',
    do_train: true,
    ...method(run),
    dataset: 'identity,alpaca_en_demo',
    template: 'default',
    output_dir: 'saves/run',
    bf16: true,
    ...(run.recipe.method === 'pretraining' ? { train_from_scratch: true } : {}),
    ...(run.values['run.objective'] === 'dpo' ? { pref_beta: 0.1, pref_loss: 'sigmoid' } : {}),
  }),
  says: {
    ...ARGUMENTS,
    ...(optimizerName === undefined ? {} : { 'optimizer.name': optimizerName }),
    'adapter.kind': () => ({}),
    'adapter.quantization': (kind) =>
      kind === 'nf4' ? { quantization_bit: 4, quantization_method: 'bnb' } : undefined,
    'preference.beta': 'pref_beta',
    'data.sequenceLength': 'cutoff_len',
    'data.packing': 'packing',
    'data.packingIsolated': 'neat_packing',
    'model.attention': byWord('flash_attn', { flash: 'fa2', sdpa: 'sdpa' }),
    'activations.checkpointing': byWord('disable_gradient_checkpointing', { full: false, none: true }),
    'sharding.deepspeedConfig': (file) => ({ deepspeed: file }),
    'sharding.fsdpConfig': (words) => ({ fsdp: words }),
  },
  follows: ['batch.global', 'parallel.data'],
};

function method({ recipe }: WrittenRun): Entries {
  return recipe.method.startsWith('lora')
    ? { finetuning_type: 'lora', lora_rank: 8, lora_target: 'all' }
    : { finetuning_type: 'full' };
}
