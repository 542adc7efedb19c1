import { describe, expect, it } from 'vitest';
import { readConfig, rewritten } from '../read-config.ts';

const TRAIN = `{
  "name": "small",
  "bert_token_file": "bert-base-uncased",
  "bert_model_config": {"vocab_size_or_config_json_file": 119547, "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072, "max_position_embeddings": 512},
  "mixed_seq_training": {
    "128": {"num_epochs": 16, "warmup_proportion": 0.02, "learning_rate": 11e-3, "total_training_steps": 7500},
    "512": {"num_epochs": 8, "warmup_proportion": 0.02, "learning_rate": 2e-3, "total_training_steps": 7500}
  }
}
`;

describe('a bing_bert config', () => {
  it('has a plan for each sequence length', () => {
    const { reading } = readConfig({ 'bert.json': TRAIN });
    expect(reading.plans.map(({ plan }) => plan.name)).toEqual(['128', '512']);
    expect(reading.plans.map(({ plan }) => plan.values['data.sequenceLength']?.value)).toEqual([128, 512]);
    expect(reading.plans.map(({ plan }) => plan.values['optimizer.peakLearningRate']?.value)).toEqual([0.011, 0.002]);
    expect(reading.plans.map(({ plan }) => plan.values['schedule.warmupSteps']?.value)).toEqual([150, 150]);
  });

  it('has its dimensions from the model and its vocabulary from the tokenizer', () => {
    const read = readConfig({ 'bert.json': TRAIN });
    expect(read.value('model.hiddenSize')).toBe(768);
    expect(read.value('model.vocabSize')).toBe(30_528);
    expect(read.value('run.task')).toBe('masked-lm');
  });

  it('assumes nothing of the batch and the optimizer, which are in another file', () => {
    const read = readConfig({ 'bert.json': TRAIN });
    expect(read.reading.plans[0]?.plan.partial).toBe(true);
    expect(read.value('optimizer.name')).toBeUndefined();
    expect(read.value('batch.micro')).toBeUndefined();
  });

  it('is written in its own phase', () => {
    const text = rewritten({ 'bert.json': TRAIN }, { set: 'schedule.totalSteps', to: 9000 })?.['bert.json'];
    expect(text?.match(/9000/g)).toHaveLength(1);
    expect(text).toContain('"learning_rate": 11e-3, "total_training_steps": 9000');
  });
});
