import { describe, expect, test } from 'vitest';
import { countParameters, type ModelShape, shapeFromHfConfig } from '../../server/src/facts/index.ts';
import { prepareTraining } from '../../server/src/memory/training.ts';
import { walkStep } from '../../server/src/memory/walk-step.ts';
import type { Workload } from '../../server/src/memory/workload.ts';
import { lora, shapeNamed, workload } from './example-workload.ts';

function shapeOf(config: Record<string, unknown>): ModelShape {
  const shape = shapeFromHfConfig(config);
  if (shape === undefined) throw new Error('The config states a shape.');
  return shape;
}

function peak(changes: Partial<Workload>): number {
  return walkStep(workload(changes))?.allocatedBytes ?? 0;
}

function trainableElements(example: Workload): number {
  const training = prepareTraining(example, { hasEmbedding: true, hasHead: true, inFlight: 1 });
  if (training === undefined) throw new Error('The example has a program.');
  return training.tensors.counted
    .filter(({ trainable }) => trainable)
    .reduce((total, { elements, copies }) => total + elements * copies, 0);
}

const MIXTRAL = {
  model_type: 'mixtral',
  hidden_size: 1024,
  num_hidden_layers: 6,
  num_attention_heads: 16,
  num_key_value_heads: 4,
  intermediate_size: 2560,
  vocab_size: 32000,
  num_local_experts: 8,
  num_experts_per_tok: 2,
};

describe('models by their config.json', () => {
  const cases: readonly (readonly [string, Record<string, unknown>, number])[] = [
    [
      'StableLM',
      {
        model_type: 'stablelm',
        hidden_size: 1536,
        num_hidden_layers: 10,
        num_attention_heads: 24,
        num_key_value_heads: 24,
        intermediate_size: 4096,
        vocab_size: 50304,
      },
      437_713_920,
    ],
    ['MPT', { model_type: 'mpt', d_model: 1280, n_layers: 12, n_heads: 20, vocab_size: 50432 }, 300_514_560],
    [
      'Falcon, whose heads share one key and value unless it says otherwise',
      {
        model_type: 'falcon',
        hidden_size: 1536,
        num_hidden_layers: 10,
        num_attention_heads: 24,
        vocab_size: 65024,
        bias: false,
      },
      337_806_336,
    ],
  ];

  test.each(cases)('%s has the parameters torch counted', (_name, config, expected) => {
    expect(countParameters(shapeOf(config))?.total).toBe(expected);
  });
});

describe('adapters on all linear layers of a model with stacked experts', () => {
  const example = workload({ shape: shapeOf(MIXTRAL), lora: lora(), sequenceLength: 512 });

  test('have the parameters peft counted', () => {
    expect(trainableElements(example)).toBe(12_927_744);
  });

  test('keep the sum of weights and adapters of every layer for backward', () => {
    const experts = 6 * 8 * 3 * 1024 * 2560 * 2;
    const attentionOnly = { ...example, lora: lora({ targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj'] }) };
    expect(peak(example) - peak(attentionOnly)).toBeGreaterThan(experts);
  });
});

test('experts run in full precision where weights do, whatever autocast says', () => {
  const shape = shapeOf(MIXTRAL);
  const stateless = { shape, optimizer: 'sgd', maxGradNorm: 0 } as const;
  const growth = (changes: Partial<Workload>): number =>
    peak({ ...stateless, ...changes, sequenceLength: 8192 }) - peak({ ...stateless, ...changes, sequenceLength: 4096 });
  expect(growth({ weights: 'fp32' })).toBeGreaterThan(1.4 * growth({}));
});

describe('padded or packed rows', () => {
  const shape = shapeNamed('HuggingFaceTB/SmolLM2-1.7B');
  const long = { shape, sequenceLength: 4096 } as const;

  test('keep a 16-bit mask for each layer under sdpa', () => {
    const masks = shape.layers * 2 * 4096 ** 2;
    const added = peak({ ...long, masksTokens: true }) - peak(long);
    expect(added).toBeGreaterThan(0.95 * masks);
    expect(added).toBeLessThan(1.05 * masks);
  });

  test('cost nothing with flash attention', () => {
    const flash = { ...long, attention: 'flash' } as const;
    expect(peak({ ...flash, masksTokens: true })).toBe(peak(flash));
  });
});

test('a loss in more checkpointed chunks needs less', () => {
  const inChunks = (chunks: number): number => peak({ sequenceLength: 8192, loss: { kernel: 'fused', chunks } });
  expect(inChunks(16)).toBeLessThan(inChunks(4));
  expect(inChunks(4)).toBeLessThan(peak({ sequenceLength: 8192 }));
});

test('eager attention needs a third block of scores in backward', () => {
  const shape = shapeNamed('HuggingFaceTB/SmolLM2-1.7B');
  const blocks = (length: number): number =>
    peak({ shape, attention: 'eager', checkpointing: 'full', sequenceLength: length }) / (shape.heads * length ** 2);
  // Saved and passed back in fp32 and 16 bits: more than four bytes each of probabilities, gradient, product and result.
  expect(blocks(16384)).toBeGreaterThan(16);
});

test('torch keeps the inputs that sequence parallel gathers, Megatron gathers them again', () => {
  const split = { tensorParallel: 4, sequenceParallel: true, sequenceLength: 4096 } as const;
  const torch = peak(split);
  const megatron = peak({ ...split, loss: { kernel: 'in-place', chunks: null } });
  const gathered = 2 * 16 * 4096 * 2048 * 2 * 0.75;
  expect(torch - megatron).toBeGreaterThan(0.8 * gathered);
});
