import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { planTable, readConfig, recognisedAs, rewritten } from '../read-config.ts';

const CACHED = `model_name_or_path: BAAI/bge-base-en-v1.5
loss: CachedMultipleNegativesRankingLoss
mini_batch_size: 64
scale: 50
gather_across_devices: true
batch_sampler: no_duplicates
per_device_train_batch_size: 2048
learning_rate: 2e-5
num_train_epochs: 1
warmup_ratio: 0.1
max_seq_length: 512
bf16: true
`;

const read = (text: string) => readConfig({ 'train.yaml': text });

describe('Sentence Transformers arguments', () => {
  it('train pairs with a loss that keeps embeddings', () => {
    expect(planTable(read(CACHED))).toMatchSnapshot();
  });

  it('have negatives of one rank only unless told otherwise', () => {
    const plain = read('loss: MultipleNegativesRankingLoss\nper_device_train_batch_size: 32\n');
    expect(plain.value('contrastive.gathered')).toBe(false);
    expect(plain.value('contrastive.cachedMicro')).toBeUndefined();
    expect(plain.value('contrastive.temperature')).toBe(0.05);
  });

  it('name a loss in a mapping or a list too', () => {
    const text = 'loss: {name: CachedGISTEmbedLoss, mini_batch_size: 16}\nper_device_train_batch_size: 512\n';
    expect(read(text).value('contrastive.loss')).toBe('CachedGISTEmbedLoss');
    expect(read(text).value('contrastive.cachedMicro')).toBe(16);
    expect(read('loss: [TripletLoss, CoSENTLoss]\nper_device_train_batch_size: 8\n').value('contrastive.loss')).toBe(
      'TripletLoss',
    );
  });

  it('write a temperature as a scale', () => {
    const text = rewritten({ 'train.yaml': CACHED }, setField('contrastive.temperature', 0.05))?.['train.yaml'];
    expect(text).toContain('scale: 20');
  });

  it('are told from other training arguments by their loss or sampler', () => {
    expect(recognisedAs('a.yaml', CACHED)).toBe('sentence-transformers');
    expect(recognisedAs('a.yaml', CACHED.replace(/loss.*\n/, '').replace(/batch_sampler.*\n/, ''))).toBe('hf-trainer');
  });
});
