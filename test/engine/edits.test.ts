import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFile, type Trial, tryEdits, withEdits } from '../../bench/edit-law.ts';
import { diskFiles, slashed } from '../../server/src/cli/disk.ts';
import { type FieldName, type FileProvider, setField } from '../../server/src/engine/index.ts';

/** Configs in each format, in the shapes that make writing hard: comments, references, merges, sections, no final line break. */
const CONFIGS: Readonly<Record<string, string>> = {
  'axolotl.yaml': `base_model: NousResearch/Meta-Llama-3-8B  # the base
adapter: qlora
load_in_4bit: true
lora_r: 32
lora_alpha: 16
lora_dropout: 0.05
lora_target_linear: true
plugins:
  - axolotl.integrations.liger.LigerPlugin
liger_fused_linear_cross_entropy: true
sequence_len: 4096
sample_packing: yes
micro_batch_size: 2
gradient_accumulation_steps: 4
num_epochs: 3
optimizer: adamw_bnb_8bit
learning_rate: 2e-4
# Warm up shortly.
warmup_ratio: 0.1
bf16: auto
gradient_checkpointing: true`,
  'llama-factory.yaml': `### model
model_name_or_path: Qwen/Qwen2.5-7B-Instruct
quantization_bit: 4
### method
stage: sft
do_train: true
finetuning_type: lora
lora_rank: 8
lora_target: all
### dataset
dataset: identity
template: qwen
cutoff_len: 2_048
### train
per_device_train_batch_size: 1
gradient_accumulation_steps: 8
learning_rate: 1.0e-4
num_train_epochs: 3.0
lr_scheduler_type: cosine
warmup_ratio: 0.1
bf16: true
eval_strategy: "no"
save_steps: 500
`,
  'deepspeed.json': `{
  "train_micro_batch_size_per_gpu": 4,
  "gradient_accumulation_steps": 2,
  "gradient_clipping": 1.0,
  "bf16": { "enabled": true },
  "optimizer": { "type": "AdamW", "params": { "lr": 3e-5, "betas": [0.9, 0.95], "weight_decay": 0.1 } },
  "zero_optimization": {
    "stage": 3,
    "overlap_comm": true,
    "offload_optimizer": { "device": "cpu" }
  }
}
`,
  'torchtitan.toml': `[job]
dump_folder = "./outputs"

[model]
name = "llama3"
flavor = "8B" # the smallest

[optimizer]
name = "AdamW"
lr = 3e-4

[lr_scheduler]
warmup_steps = 200
decay_ratio = 0.8

[training]
local_batch_size = 1
seq_len = 8192
max_norm = 1.0
steps = 1000

[parallelism]
data_parallel_shard_degree = -1
tensor_parallel_degree = 1
pipeline_parallel_degree = 1

[activation_checkpoint]
mode = "selective"
`,
  'nemo.yaml': `trainer:
  devices: 8
  num_nodes: 1
  precision: bf16
  max_steps: 1000
model:
  micro_batch_size: 4
  global_batch_size: 128
  tensor_model_parallel_size: 2
  pipeline_model_parallel_size: 1
  encoder_seq_length: 2048
  max_position_embeddings: \${.encoder_seq_length}
  num_layers: 24
  hidden_size: 2048
  num_attention_heads: 16
  activations_checkpoint_granularity: selective
  optim:
    name: distributed_fused_adam
    lr: 2e-4
    sched: {name: CosineAnnealing, warmup_steps: 100, min_lr: 2e-5}
exp_manager:
  name: megatron_gpt
`,
  'train.sh': `#!/bin/bash
# Eight GPUs of one node.
torchrun --nproc_per_node 8 sft.py \\
  --model_name_or_path Qwen/Qwen2.5-7B \\
  --per_device_train_batch_size 2 \\
  --gradient_accumulation_steps 4 \\
  --learning_rate 1e-5 \\
  --num_train_epochs 3 \\
  --bf16 true
`,
  'train.py': `from trl import SFTConfig, SFTTrainer

args = SFTConfig(
    output_dir="out",
    per_device_train_batch_size=2,  # fits
    gradient_accumulation_steps=4,
    learning_rate=2e-5,
    max_length=2048,
    bf16=True,
)
trainer = SFTTrainer(model="Qwen/Qwen2.5-0.5B", args=args)
trainer.train()
`,
};

const IN_MEMORY: FileProvider = {
  roots: ['/configs'],
  read: (file) => {
    const text = CONFIGS[file.replace('/configs/', '')];
    return text === undefined ? { kind: 'missing' } : { kind: 'text', text };
  },
};

/** The law as lines, so that a breach shows the field, the value and what went wrong. */
function breaches(trials: readonly Trial[]): readonly string[] {
  return trials
    .filter(({ outcome }) => outcome !== 'correct' && outcome !== 'refused')
    .map(({ field, key, to, outcome, detail }) => `${field} at ${key} to ${JSON.stringify(to)}: ${outcome}, ${detail}`);
}

describe('an edit of a field changes that field alone, and once', () => {
  test.each(Object.entries(CONFIGS))('%s', (name, text) => {
    const { trials } = tryEdits(`/configs/${name}`, text, IN_MEMORY);
    expect(breaches(trials)).toEqual([]);
    expect(trials.filter(({ outcome }) => outcome === 'correct').length).toBeGreaterThan(5);
  });

  const examples = readdirSync('examples', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name) && entry.name !== 'batchwise.json')
    .map((entry) => join(entry.parentPath, entry.name).replaceAll('\\', '/'));

  test.each(examples)('%s', (file) => {
    const { trials } = tryEdits(slashed(file), readFileSync(file, 'utf8'), diskFiles('examples'));
    expect(breaches(trials)).toEqual([]);
    expect(trials.filter(({ outcome }) => outcome === 'correct').length).toBeGreaterThan(5);
  });
});

test('any micro batch and rate can be written together and read back, whatever stands around them', () => {
  const fields: readonly FieldName[] = ['batch.micro', 'optimizer.peakLearningRate'];
  const files = Object.keys(CONFIGS).filter((name) => name !== 'nemo.yaml');
  const micros = fc.integer({ min: 1, max: 4096 });
  const rates = fc.double({ min: 1e-7, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.constantFrom(...files), micros, rates, (name, micro, rate) => {
      const file = `/configs/${name}`;
      const text = CONFIGS[name] ?? '';
      const before = readFile(file, text, IN_MEMORY);
      const edits = before.plans[0]?.write([
        setField('batch.micro', micro),
        setField('optimizer.peakLearningRate', rate),
      ]);
      const edited = withEdits(file, text, IN_MEMORY, edits ?? []);
      const after = readFile(file, edited.text, edited.files, before.framework?.id);
      expect(fields.map((field) => after.plans[0]?.plan.values[field]?.value)).toEqual([micro, rate]);
    }),
    { numRuns: 60 },
  );
});

describe('an edit that the framework would read otherwise is refused', () => {
  test.each([
    ['llama-factory.yaml', setField('adapter.quantization', 'fp4')],
    ['llama-factory.yaml', setField('parallel.tensor', 2)],
    ['llama-factory.yaml', setField('schedule.evalCadence', 'best')],
    ['axolotl.yaml', setField('loss.kernel', 'chunked')],
    ['nemo.yaml', setField('rollout.klCoefficient', 0.01)],
    ['nemo.yaml', setField('data.packing', true)],
    ['torchtitan.toml', setField('precision.weights', 'fp16')],
  ] as const)('%s %o', (name, edit) => {
    const { plans } = readFile(`/configs/${name}`, CONFIGS[name] ?? '', IN_MEMORY);
    expect(plans).toHaveLength(1);
    expect(plans[0]?.write([edit])).toBeUndefined();
  });
});
