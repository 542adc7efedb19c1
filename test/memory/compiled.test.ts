import { describe, expect, test } from 'vitest';
import type { PlanFields } from '../../server/src/plan/index.ts';
import { estimateOf, planOf } from './plan-of.ts';

const MIB = 2 ** 20;
const GPT2 = { 'model.name': 'openai-community/gpt2', 'data.sequenceLength': 1024, 'batch.micro': 4 } as const;
/** config/granite and config/llama-gqa of the measurements. */
const GRANITE = {
  'model.configJson': JSON.stringify({
    model_type: 'granite',
    hidden_size: 1280,
    num_hidden_layers: 12,
    num_attention_heads: 20,
    num_key_value_heads: 4,
    intermediate_size: 3584,
    vocab_size: 49155,
    tie_word_embeddings: true,
  }),
  'model.name': 'config/granite',
} as const;
const LLAMA = {
  'model.configJson': JSON.stringify({
    model_type: 'llama',
    hidden_size: 1536,
    num_hidden_layers: 12,
    num_attention_heads: 24,
    num_key_value_heads: 4,
    intermediate_size: 4096,
    vocab_size: 50000,
  }),
  'model.name': 'config/llama-gqa',
} as const;
const PURE = { 'precision.autocast': 'off', 'data.sequenceLength': 1024, 'batch.micro': 4 } as const;
const LAYERS = { 'compile.enabled': true, 'compile.scope': 'layers' } as const;
const WHOLE = { 'compile.enabled': true } as const;

/** Allocated peaks of bench/data/compiled.jsonl, in MiB, with what a config states of the run. */
const MEASURED: readonly (readonly [row: string, mib: number, Partial<PlanFields>])[] = [
  ['lay-1', 5712, { ...GRANITE, ...PURE, ...LAYERS }],
  ['lay-2', 7023, { ...LLAMA, ...PURE, ...LAYERS }],
  ['lay-3', 4323, { ...GPT2, ...PURE, ...LAYERS }],
  ['lay-7', 4041, { ...GRANITE, ...PURE, ...LAYERS, 'activations.checkpointing': 'full' }],
  [
    'lay-11',
    6348,
    { ...LLAMA, ...PURE, ...LAYERS, 'activations.checkpointing': 'selective', 'activations.kept': 'matmuls' },
  ],
  ['cpl-24', 8654, { ...GRANITE, ...PURE, ...WHOLE, 'batch.micro': 8 }],
  ['cpl-25', 9581, { ...LLAMA, ...PURE, ...WHOLE, 'batch.micro': 8 }],
];

describe('compiled models', () => {
  test.each(MEASURED)('%s is predicted within 0.5%%', (_row, mib, changes) => {
    expect(Math.abs(estimateOf(planOf(changes)).allocatedBytes / MIB / mib - 1)).toBeLessThan(0.005);
  });

  test.each([
    ['whole', WHOLE],
    ['by layer', LAYERS],
  ])('compiled %s a model keeps less for backward than as it is written', (_name, compiled) => {
    const plain = { ...LLAMA, ...PURE, 'batch.micro': 8 };
    expect(estimateOf(planOf({ ...plain, ...compiled })).allocatedBytes).toBeLessThan(
      estimateOf(planOf(plain)).allocatedBytes * 0.9,
    );
  });

  test('says what backs its figure', () => {
    expect(estimateOf(planOf({ ...LLAMA, ...PURE, ...LAYERS })).regime.id).toBe('compiled-layers');
    expect(estimateOf(planOf({ ...LLAMA, ...PURE, ...WHOLE })).regime.id).toBe('compiled-model');
  });
});
