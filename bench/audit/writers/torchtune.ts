import { byWord, type ConfigWriter } from '../config-writer.ts';
import type { WrittenRun } from '../written-run.ts';
import type { Entries } from '../yaml-text.ts';

/** Hub models by torchtune's builders. */
const BUILDERS: readonly (readonly [RegExp, string])[] = [
  [/Llama-3\.1-8B|Meta-Llama-3-8B/, 'llama3_1.llama3_1_8b'],
  [/Mistral-7B/, 'mistral.mistral_7b'],
  [/Qwen2\.5-7B/, 'qwen2_5.qwen2_5_7b_base'],
  [/Phi-3-mini/, 'phi3.phi3_mini'],
];

function builder({ model }: WrittenRun): string | undefined {
  return BUILDERS.find(([name]) => name.test(model.name))?.[1];
}

function component(run: WrittenRun): Entries {
  const name = builder(run);
  if (name === undefined) return {};
  const [family, size] = name.split('.');
  if (!run.recipe.method.startsWith('lora')) return { 'model._component_': `torchtune.models.${name}` };
  return {
    'model._component_': `torchtune.models.${family}.lora_${size}`,
    'model.lora_attn_modules': ['q_proj', 'v_proj', 'output_proj'],
    'model.lora_rank': 8,
    'model.lora_alpha': 16,
  };
}

/** torchtune's YAML for `tune run full_finetune_distributed` and its kin. */
export const TORCHTUNE: ConfigWriter = {
  framework: 'torchtune',
  file: 'torchtune.yaml',
  methods: ['full-sft', 'lora-sft'],
  frame: (run) => ({
    output_dir: 'out',
    'tokenizer._component_': 'torchtune.models.llama3.llama3_tokenizer',
    'dataset._component_': 'torchtune.datasets.alpaca_dataset',
    ...component(run),
    'checkpointer._component_': 'torchtune.training.FullModelHFCheckpointer',
    'loss._component_': 'torchtune.modules.loss.LinearCrossEntropyLoss',
    dtype: 'bf16',
    device: 'cuda',
    enable_activation_checkpointing: true,
    ...(run.values['schedule.epochs'] === undefined ? { epochs: 1 } : {}),
  }),
  says: {
    // Only models that it has a builder for can be said at all.
    'adapter.kind': (_kind, run) => (builder(run) === undefined ? undefined : {}),
    'batch.micro': 'batch_size',
    'batch.gradientAccumulation': 'gradient_accumulation_steps',
    'data.sequenceLength': 'tokenizer.max_seq_len',
    'data.packing': 'dataset.packed',
    'optimizer.name': byWord('optimizer._component_', { adamw_torch: 'torch.optim.AdamW', sgd: 'torch.optim.SGD' }),
    'optimizer.peakLearningRate': 'optimizer.lr',
    'optimizer.weightDecay': 'optimizer.weight_decay',
    'optimizer.beta2': (beta2) => ({ 'optimizer.betas': [0.9, beta2] }),
    'optimizer.inBackward': 'optimizer_in_bwd',
    'schedule.epochs': 'epochs',
    'schedule.kind': (kind) =>
      kind === 'cosine'
        ? { 'lr_scheduler._component_': 'torchtune.training.lr_schedulers.get_cosine_schedule_with_warmup' }
        : undefined,
    'schedule.warmupSteps': 'lr_scheduler.num_warmup_steps',
  },
  follows: ['batch.global', 'parallel.data'],
};
