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
  });
});
