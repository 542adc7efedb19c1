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
