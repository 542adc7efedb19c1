import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const SHELL = `#!/bin/bash
LR=2e-5
accelerate launch --config_file fsdp.yaml --num_processes 8 \\
    sft.py \\
    --model_name_or_path Qwen/Qwen2.5-1.5B \\
    --dtype bfloat16 \\
    --per_device_train_batch_size 4 \\
    --gradient_accumulation_steps 2 \\
    --learning_rate $LR \\
    --packing True \\
    --max_length 4096 \\
    --num_train_epochs 3
`;

const FSDP = `distributed_type: FSDP
mixed_precision: bf16
num_machines: 1
num_processes: 8
fsdp_config:
  fsdp_version: 2
  fsdp_reshard_after_forward: true
`;

const PYTHON = `import torch
from trl import DPOConfig, DPOTrainer

LR = 5e-7

bnb = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4")
model = AutoModelForCausalLM.from_pretrained(
    "meta-llama/Llama-3.1-8B", torch_dtype=torch.bfloat16, quantization_config=bnb
)
peft = LoraConfig(r=32, target_modules="all-linear")
args = DPOConfig(
    per_device_train_batch_size=2,
    gradient_accumulation_steps=8,
    learning_rate=LR,
    beta=0.05,
    max_length=2048,
    num_train_epochs=1,
    bf16=True,
)
DPOTrainer(model=model, args=args, peft_config=peft).train()
`;

describe('plans of shell scripts', () => {
  it('state the run that the arguments and the launch config describe', () => {
    expect(planTable(readConfig({ 'train.sh': SHELL, 'fsdp.yaml': FSDP }))).toMatchSnapshot();
  });

  it.each([
    ['sft.py', 'sft'],
    ['examples/scripts/dpo.py', 'dpo'],
    ['grpo_vlm.py', 'grpo'],
    ['run_clm.py', undefined],
    ['train.py', 'sft'],
  ])('take the trainer from the script %s, or else from the arguments', (script, objective) => {
    expect(readConfig({ 'a.sh': SHELL.replace('sft.py', script) }).value('run.objective')).toBe(objective);
  });

  it('do not know the sharding where the launcher has options or a config that is not there', () => {
    expect(readConfig({ 'a.sh': SHELL }).value('sharding.engine')).toBeUndefined();
    const options = SHELL.replace('--config_file fsdp.yaml', '--use_fsdp');
    expect(readConfig({ 'a.sh': options }).value('sharding.engine')).toBeUndefined();
    const plain = SHELL.replace('--config_file fsdp.yaml', '');
    expect(readConfig({ 'a.sh': plain }).value('sharding.engine')).toBe('ddp');
  });

  it('take mixed precision from the launcher where the arguments switch it off', () => {
    const text = SHELL.replace('--config_file fsdp.yaml', '--mixed_precision fp16');
    const off = text.replace('--max_length', '--bf16 False --max_length');
    expect(readConfig({ 'a.sh': off }).value('precision.fp16Flag')).toBe(true);
    expect(readConfig({ 'a.sh': text }).value('precision.fp16Flag')).toBe(false);
  });

  it('are edited where the value stands', () => {
    const to = rewritten({ 'train.sh': SHELL }, setField('optimizer.peakLearningRate', 1e-5));
    expect(to?.['train.sh']).toBe(SHELL.replace('LR=2e-5', 'LR=1e-5'));
  });

  it('leave nodes open that come from outside', () => {
    const launch = (nodes: string) =>
      readConfig({ 'a.sh': SHELL.replace(/accelerate.*/, `torchrun ${nodes} --nproc_per_node 8 \\`) });
    expect(launch('').value('parallel.world')).toBe(8);
    expect(launch('--nnodes 2').value('parallel.world')).toBe(16);
    expect(launch('--nnodes $NNODES').value('parallel.world')).toBeUndefined();
  });
});

describe('plans of Python files', () => {
  it('state the run that the calls set up', () => {
    expect(planTable(readConfig({ 'train.py': PYTHON }))).toMatchSnapshot();
  });

  it.each([
    ['SFTConfig', 'sft'],
    ['GRPOConfig', 'grpo'],
    ['RewardConfig', 'reward'],
    ['Seq2SeqTrainingArguments', undefined],
  ])('take the trainer from %s, whatever the file is called', (name, objective) => {
    const text = `args = ${name}(per_device_train_batch_size=1, learning_rate=1e-5, max_steps=9)\n`;
    expect(readConfig({ 'dpo/dpo.py': text }).value('run.objective')).toBe(objective);
  });

  it('are read for sentence-transformers where its class is called', () => {
    const text = 'SentenceTransformerTrainingArguments(per_device_train_batch_size=64, learning_rate=2e-5)\n';
    expect(recognisedAs('a.py', text)).toBe('sentence-transformers');
    expect(recognisedAs('a.py', PYTHON)).toBe('hf-trainer');
    expect(recognisedAs('a.py', 'SFTConfig(model=ModelConfig(name="m"), data=d, learning_rate=1)\n')).toBeUndefined();
    expect(recognisedAs('a.py', 'train(learning_rate=1, batch_size=2)\n')).toBeUndefined();
  });

  it('assume no default where arguments come from elsewhere', () => {
    const read = (more: string) => readConfig({ 'a.py': `SFTConfig(per_device_train_batch_size=1${more})\n` });
    expect(read('').value('optimizer.peakLearningRate')).toBe(2e-5);
    expect(read(', **kwargs').value('optimizer.peakLearningRate')).toBeUndefined();
    expect(read(', **kwargs').value('batch.gradientAccumulation')).toBeUndefined();
  });

  it('have the defaults of LoraConfig, and no adapter that nothing names', () => {
    expect(readConfig({ 'a.py': PYTHON.replace('r=32, ', '') }).value('adapter.rank')).toBe(8);
    const elsewhere = PYTHON.replace(/peft = .*\n/, '');
    expect(readConfig({ 'a.py': elsewhere }).value('adapter.kind')).toBeUndefined();
    const without = elsewhere.replace(', peft_config=peft', '');
    expect(readConfig({ 'a.py': without }).value('adapter.kind')).toBe('none');
  });

  it('do not know the dtype of a model that is loaded without one', () => {
    const read = readConfig({ 'a.py': PYTHON.replace('torch_dtype=torch.bfloat16, ', '') });
    expect(read.value('precision.weights')).toBeUndefined();
  });

  it('are edited where the value stands', () => {
    const to = rewritten({ 'train.py': PYTHON }, setField('optimizer.peakLearningRate', 1e-6));
    expect(to?.['train.py']).toBe(PYTHON.replace('LR = 5e-7', 'LR = 1e-6'));
  });
});

describe("a script after peft's example", () => {
  const text = `python train.py --model_name_or_path a/b --packing True --max_length 2048 --num_train_epochs 1 \\
  --per_device_train_batch_size 8 --learning_rate 1e-4 --eval_strategy epoch \\
  --splits train,test --use_reentrant True --append_concat_token False \\
  --use_peft_lora True --lora_r 8 --lora_target_modules "q_proj,v_proj" \\
  --use_4bit_quantization True --use_nested_quant True --use_flash_attn True
`;

  it('trains a quantised adapter by the names of its own arguments', () => {
    const config = readConfig({ 'run.sh': text });
    expect(config.value('adapter.kind')).toBe('lora');
    expect(config.value('adapter.rank')).toBe(8);
    expect(config.value('adapter.alpha')).toBeUndefined();
    expect(config.value('adapter.targets')).toEqual(['q_proj', 'v_proj']);
    expect(config.value('adapter.quantization')).toBe('nf4');
    expect(config.value('adapter.doubleQuantization')).toBe(true);
    expect(config.value('model.attention')).toBe('flash');
    expect(config.reading.issues).toEqual([]);
  });
});

describe('a call whose model is loaded in several ways', () => {
  const text = `import torch
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments

def run(small=False, base="Qwen/Qwen2.5-7B"):
    options = {"dtype": torch.bfloat16}
    if small:
        options["quantization_config"] = BitsAndBytesConfig(load_in_4bit=True)
    model = AutoModelForCausalLM.from_pretrained(base, **options)
    Trainer(model=model, args=TrainingArguments(output_dir="o", learning_rate=1e-5, per_device_train_batch_size=2))
`;

  it('names nothing twice', () => {
    expect(readConfig({ 'run.py': text }).reading.issues).toEqual([]);
  });
});
