import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const LLM = `model_type: llm
base_model: meta-llama/Llama-3.2-1B
input_features: [{name: prompt, type: text}]
output_features: [{name: answer, type: text}]
preprocessing: {global_max_sequence_length: 1024}
adapter: {type: lora, r: 16}
quantization: {bits: 4}
trainer:
  type: finetune
  batch_size: 2
  gradient_accumulation_steps: 8
  learning_rate: 0.0003
  epochs: 3
  learning_rate_scheduler: {warmup_fraction: 0.01}
`;

describe("Ludwig's configs", () => {
  it('fine-tune language models with an adapter', () => {
    expect(planTable(readConfig({ 'a.yaml': LLM }))).toMatchSnapshot();
  });

  it('tune language models with the defaults of the other trainer, and beta under the name of the trainer', () => {
    const trained = (type: string, more = '') =>
      readConfig({
        'a.yaml': `model_type: llm\nbase_model: a/b\ninput_features: [{name: q, type: text}]\noutput_features: [{name: a, type: text}]\ntrainer: {type: ${type}${more}}\n`,
      });
    const dpo = trained('dpo', ', beta: 0.5');
    expect(dpo.value('preference.beta')).toBe(0.1);
    expect(dpo.value('batch.unit')).toBe('pairs');
    expect(dpo.value('optimizer.peakLearningRate')).toBe(1e-3);
    expect(dpo.value('schedule.epochs')).toBe(100);
    expect(dpo.value('optimizer.maxGradNorm')).toBe(0.5);
    expect(trained('dpo', ', dpo_beta: 0.5, train_steps: 10').value('preference.beta')).toBe(0.5);
    expect(trained('dpo', ', train_steps: 10').value('schedule.epochs')).toBeUndefined();
    expect(trained('grpo', ', grpo_num_generations: 8').value('rollout.generations')).toBe(8);
    expect(trained('none').value('optimizer.peakLearningRate')).toBeUndefined();
    expect(trained('finetune', ', gradient_clipping: null').value('optimizer.maxGradNorm')).toBeUndefined();
  });

  it('leave the batch unknown where Ludwig finds it by trial', () => {
    const read = readConfig({
      'a.yaml':
        'input_features: [{name: a, type: number}]\noutput_features: [{name: b, type: category}]\ntrainer: {batch_size: auto}\n',
    });
    expect(read.value('batch.micro')).toBeUndefined();
    expect(read.value('optimizer.peakLearningRate')).toBe(0.001);
    expect(read.value('optimizer.name')).toBe('adam');
  });

  it('are written in place and told by their features', () => {
    expect(rewritten({ 'a.yaml': LLM }, setField('batch.micro', 4))?.['a.yaml']).toContain('batch_size: 4');
    expect(recognisedAs('a.yaml', 'trainer: {batch_size: 3}\n')).not.toBe('ludwig');
    const features = 'input_features: [{name: a, type: number}]\noutput_features: [{name: b, type: category}]\n';
    expect(rewritten({ 'a.yaml': features }, setField('model.name', 'a/b'))).toBeUndefined();
  });

  it.each<[string, string, string, readonly unknown[]]>([
    ['one encoder', '{type: patchtst, d_model: 128, num_layers: 3, num_heads: 8}', '', ['patchtst', 128, 3]],
    [
      'a published encoder',
      '{type: dinov2, pretrained_model_name_or_path: facebook/dinov2-base}',
      '',
      ['facebook/dinov2-base', undefined, undefined],
    ],
    ['an encoder by its name alone', 'bert', '', ['bert', undefined, undefined]],
    [
      'a combiner that learns',
      '{}',
      'combiner: {type: ft_transformer, hidden_size: 64, num_layers: 2}\n',
      ['ft_transformer', 64, 2],
    ],
    ['a combiner that lays side by side', '{}', 'combiner: {type: concat}\n', [undefined, undefined, undefined]],
  ])('name the network: %s', (_case, encoder, combiner, expected) => {
    const read = readConfig({
      'a.yaml': `input_features: [{name: a, type: number, encoder: ${encoder}}]\noutput_features: [{name: b, type: category}]\n${combiner}trainer: {batch_size: 8}\n`,
    });
    expect([read.value('model.name'), read.value('model.hiddenSize'), read.value('model.layers')]).toEqual(expected);
  });

  it('name no network where features have unlike encoders', () => {
    const read = readConfig({
      'a.yaml':
        'input_features: [{name: a, type: text, encoder: bert}, {name: c, type: image, encoder: {type: vit}}]\noutput_features: [{name: b, type: category}]\ntrainer: {batch_size: 8}\n',
    });
    expect(read.value('model.name')).toBeUndefined();
  });
});
