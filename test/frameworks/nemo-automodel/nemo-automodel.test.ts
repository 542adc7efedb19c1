import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { issueLines, planTable, readConfig, rewritten } from '../read-config.ts';

const LORA = `recipe: TrainFinetuneRecipeForNextTokenPrediction
step_scheduler:
  global_batch_size: 64
  local_batch_size: 8
  max_steps: 200
  ckpt_every_steps: 100
dist_env:
  backend: nccl
model:
  _target_: nemo_automodel.NeMoAutoModelForCausalLM.from_pretrained
  pretrained_model_name_or_path: meta-llama/Llama-3.2-1B
  torch_dtype: bf16
distributed:
  strategy: fsdp2
  dp_size: none
  tp_size: 2
  activation_checkpointing: true
loss_fn:
  _target_: nemo_automodel.components.loss.linear_ce.FusedLinearCrossEntropy
packed_sequence:
  packed_sequence_size: 4096
peft:
  _target_: nemo_automodel.components._peft.lora.PeftConfig
  dim: 16
  target_modules: "*_proj"
optimizer:
  _target_: torch.optim.Adam
  lr: 1e-4
  betas: [0.9, 0.999]
  weight_decay: 0
lr_scheduler:
  lr_decay_style: cosine
`;

const DRAFT = `recipe: TrainEagle3Recipe
dist_env:
  backend: nccl
recipe_args:
  target_model_name_or_path: Qwen/Qwen3-8B
  seq_length: 2048
  micro_batch_size: 1
  grad_accumulation_steps: 4
  num_epochs: 1
optimizer:
  lr: 1.0e-4
`;

describe('a NeMo Automodel recipe', () => {
  it('is a plan of batches, sharding and an adapter', () => {
    const plan = readConfig({ 'lora.yaml': LORA });
    expect(planTable(plan)).toMatchSnapshot();
    expect(issueLines(plan)).toEqual([]);
  });

  it('adapts projections by their names, and no stacked experts', () => {
    expect(readConfig({ 'a.yaml': LORA }).value('adapter.targets')).toContain('down_proj');
    const all = LORA.replace('"*_proj"', '"*"');
    expect(readConfig({ 'a.yaml': all }).value('adapter.targets')).toBe('all-linear');
  });

  it('reads a rate without a dot as the number its loader makes of it', () => {
    expect(readConfig({ 'lora.yaml': LORA }).value('optimizer.peakLearningRate')).toBe(1e-4);
  });

  it('warms up for a tenth of the run unless told otherwise, and not at all without a schedule', () => {
    expect(readConfig({ 'a.yaml': LORA }).value('schedule.warmupSteps')).toBe(20);
    const constant = LORA.replace(/lr_scheduler:\n.*\n/, '');
    expect(readConfig({ 'a.yaml': constant }).value('schedule.warmupSteps')).toBe(0);
    expect(readConfig({ 'a.yaml': constant }).value('schedule.minRatio')).toBeUndefined();
    const cosine = LORA.replace(/lr_scheduler:\n.*\n/, 'lr_scheduler:\n  lr_decay_style: cosine\n');
    expect(readConfig({ 'a.yaml': cosine }).value('schedule.minRatio')).toBe(0.01);
    expect(readConfig({ 'a.yaml': `${cosine}  min_lr: 1e-6\n` }).sourced('schedule.minRatio')?.origin).not.toBe(
      'default',
    );
  });

  it('gathers layers with experts by their own rule, which is no contradiction to that of the others', () => {
    const both = LORA.replace(
      'distributed:\n',
      'distributed:\n  reshard_after_forward: false\n  moe: {reshard_after_forward: true}\n',
    );
    const sourced = readConfig({ 'a.yaml': both }).sourced('sharding.reshardAfterForward');
    expect([sourced?.value, sourced?.overridden]).toEqual([true, undefined]);
  });

  it('takes smaller pieces through a pipeline', () => {
    const piped = LORA.replace('  tp_size: 2\n', '  pp_size: 4\n  pipeline:\n    pp_microbatch_size: 1\n');
    const plan = readConfig({ 'a.yaml': piped });
    expect(plan.value('batch.micro')).toBe(1);
    expect(plan.value('parallel.unevenStages')).toBe(true);
    expect(plan.value('sharding.reshardAfterForward')).toBe(false);
  });

  it('keeps the logits in their own dtype where the loss is told so', () => {
    const plain = LORA.replace(
      'linear_ce.FusedLinearCrossEntropy',
      'masked_ce.MaskedCrossEntropy\n  fp32_upcast: false',
    );
    expect(readConfig({ 'a.yaml': plain }).value('loss.upcastsLogits')).toBe(false);
  });

  it('takes made-up data for as long as they are said to be', () => {
    const made = `${LORA}dataset:\n  _target_: nemo_automodel.components.datasets.llm.mock_iterable_dataset.MockIterableDataset\n`;
    expect(readConfig({ 'a.yaml': made }).value('data.padToMax')).toBe(true);
    expect(readConfig({ 'a.yaml': LORA }).value('data.padToMax')).toBeUndefined();
  });

  it('is edited at its own keys', () => {
    const text = rewritten({ 'a.yaml': LORA }, setField('batch.micro', 4))?.['a.yaml'];
    expect(text).toContain('  local_batch_size: 4\n');
  });

  it('does not take the frozen target of a draft model for the trained one', () => {
    const plan = readConfig({ 'eagle.yaml': DRAFT });
    expect(plan.value('model.name')).toBeUndefined();
    expect(plan.value('batch.gradientAccumulation')).toBe(4);
    expect(plan.residents).toMatchObject([{ role: 'teacher', model: { value: 'Qwen/Qwen3-8B' }, trainable: false }]);
  });

  it.each([
    ['meta-llama/Llama-3.2-1B', 'from_pretrained', 'torch_dtype: auto', 'bf16'],
    ['meta-llama/Llama-3.2-1B', 'from_pretrained', '', 'bf16'],
    ['google-t5/t5-small', 'from_pretrained', '', 'fp32'],
    ['somebody/unknown', 'from_pretrained', '', undefined],
    ['somebody/unknown', 'from_config', '', 'bf16'],
    ['meta-llama/Llama-3.2-1B', 'from_pretrained', 'torch_dtype: float32', 'fp32'],
  ])('stores the weights of %s (%s, %s) as %s', (model, how, line, dtype) => {
    const text = LORA.replace('meta-llama/Llama-3.2-1B', model)
      .replace('from_pretrained', how)
      .replace('torch_dtype: bf16', line);
    expect(readConfig({ 'a.yaml': text }).value('precision.weights')).toBe(dtype);
  });

  it('trains a draft model by a cosine after warmup, whose shares stand beside the rate', () => {
    const draft = readConfig({ 'a.yaml': DRAFT });
    expect(draft.value('schedule.kind')).toBe('cosine');
    expect(draft.value('schedule.warmupRatio')).toBe(0.05);
    expect(draft.value('optimizer.name')).toBe('adamw_torch');
    expect(readConfig({ 'a.yaml': `${DRAFT}  warmup_ratio: 0.015\n` }).value('schedule.warmupRatio')).toBe(0.015);
  });

  it('needs a micro batch for every stage of a pipeline with one stage a rank', () => {
    const piped = (section: string, schedule: string, local: number): string =>
      LORA.replace(
        '  tp_size: 2\n',
        `  pp_size: 4\n${section}    pp_microbatch_size: 1\n    pp_schedule: ${schedule}\n`,
      ).replace('local_batch_size: 8', `local_batch_size: ${local}`);
    const issues = (text: string): readonly string[] => issueLines(readConfig({ 'a.yaml': text }));
    expect(issues(piped('  pipeline:\n', '1f1b', 2))).toEqual([
      'not-allowed | step_scheduler.local_batch_size | refused | 2 | 4 or more: 4 stages, micro 1',
    ]);
    expect(issues(piped('  pipeline:\n', '1f1b', 4))).toEqual([]);
    expect(issues(piped('  pipeline:\n', 'interleaved1f1b', 2))).toEqual([]);
  });

  it('reads the sections of older files and of diffusion recipes', () => {
    const older = LORA.replace('  activation_checkpointing: true\n', '  pp_size: 2\n').concat(
      'autopipeline:\n  pp_microbatch_size: 2\nparallelizer:\n  activation_checkpointing: true\n',
    );
    const plan = readConfig({ 'a.yaml': older });
    expect(plan.value('batch.micro')).toBe(2);
    expect(plan.value('activations.checkpointing')).toBe('full');
    expect(readConfig({ 'a.yaml': `${DRAFT}fsdp:\n  dp_size: 8\n` }).value('parallel.data')).toBe(8);
  });
});
