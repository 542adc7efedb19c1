import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { walkStep } from '../../server/src/memory/index.ts';
import type { Workload } from '../../server/src/memory/workload.ts';
import { lora, shapeNamed, workload } from './example-workload.ts';

const MODELS = [
  'meta-llama/Llama-3.2-1B',
  'Qwen/Qwen3-0.6B',
  'google/gemma-3-1b-pt',
  'google/gemma-2-2b',
  'microsoft/Phi-3-mini-4k-instruct',
  'openai-community/gpt2',
  'EleutherAI/pythia-410m',
  'facebook/opt-350m',
  'allenai/OLMoE-1B-7B-0924',
  'deepseek-ai/DeepSeek-V2-Lite',
  'mosaicml/mpt-7b',
  'tiiuae/falcon-7b',
  'EleutherAI/gpt-j-6b',
];

const anyWorkload = fc
  .record({
    model: fc.constantFrom(...MODELS),
    weights: fc.constantFrom('fp32', 'bf16'),
    autocast: fc.constantFrom('bf16', null),
    attention: fc.constantFrom('sdpa', 'eager', 'flash'),
    checkpointing: fc.constantFrom('none', 'full', 'selective'),
    microBatch: fc.integer({ min: 1, max: 8 }),
    blocks: fc.integer({ min: 1, max: 16 }),
    gradientAccumulation: fc.constantFrom(1, 4),
    optimizer: fc.constantFrom('adamw_torch', 'adamw_torch_fused', 'adafactor', 'sgd', 'adamw_bnb_8bit'),
    isLora: fc.boolean(),
    fusedLayers: fc.boolean(),
    loss: fc.constantFrom('plain', 'chunked', 'fused'),
  })
  .map(({ model, blocks, isLora, loss, ...rest }): Workload => {
    // fast-check widens the literals of constantFrom; each is one of the field's own values.
    const changes = rest as Partial<Workload>;
    const adapter = isLora ? lora() : null;
    const sequenceLength = blocks * 64;
    return workload({
      ...changes,
      shape: shapeNamed(model),
      lora: adapter,
      sequenceLength,
      loss: { kernel: loss as 'plain', chunks: null },
    });
  });

function peak(example: Workload): number {
  const walked = walkStep(example);
  if (walked === undefined) throw new Error('Every example has a program.');
  return walked.allocatedBytes;
}

describe('for any run', () => {
  test('the terms sum to the peak, which is the highest of the phases', () => {
    fc.assert(
      fc.property(anyWorkload, (example) => {
        const walked = walkStep(example);
        const sum = walked?.terms.reduce((total, { bytes }) => total + bytes, 0) ?? 0;
        expect(sum).toBeCloseTo(walked?.allocatedBytes ?? 0, 0);
        expect(Math.max(...(walked?.phases.map(({ peakBytes }) => peakBytes) ?? []))).toBe(walked?.allocatedBytes);
      }),
      { numRuns: 150 },
    );
  });

  test('no term is negative or told twice, and every phase starts where the one before it ended', () => {
    fc.assert(
      fc.property(anyWorkload, (example) => {
        const { terms = [], otherTerms = [], phases = [] } = walkStep(example) ?? {};
        const names = [...terms, ...otherTerms].map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
        expect(names).toContain('gradients');
        for (const { bytes } of terms) expect(bytes).toBeGreaterThan(0);
        for (const [index, phase] of phases.slice(1).entries()) expect(phase.startBytes).toBe(phases[index]?.endBytes);
      }),
      { numRuns: 150 },
    );
  });

  test('a larger batch, a longer sequence and more accumulation never need less', () => {
    fc.assert(
      fc.property(anyWorkload, (example) => {
        const base = peak(example);
        expect(peak({ ...example, microBatch: example.microBatch + 1 })).toBeGreaterThanOrEqual(base * NEVER_LESS);
        expect(peak({ ...example, sequenceLength: example.sequenceLength + 64 })).toBeGreaterThanOrEqual(
          base * NEVER_LESS,
        );
        expect(peak({ ...example, gradientAccumulation: 8 })).toBeGreaterThanOrEqual(base * NEVER_LESS);
      }),
      { numRuns: 100 },
    );
  });

  test('more layers and a larger vocabulary never need less', () => {
    fc.assert(
      fc.property(anyWorkload, (example) => {
        const base = peak(example);
        const { shape } = example;
        expect(peak({ ...example, shape: { ...shape, layers: shape.layers + 1 } })).toBeGreaterThan(base);
        // Liger cuts the tokens into twice as many chunks once the vocabulary is that much wider.
        if (example.loss.kernel === 'fused') return;
        expect(peak({ ...example, shape: { ...shape, vocabSize: shape.vocabSize + 1024 } })).toBeGreaterThanOrEqual(
          base,
        );
      }),
      { numRuns: 100 },
    );
  });

  test('checkpointing never needs more', () => {
    fc.assert(
      fc.property(anyWorkload, (example) => {
        const whole = peak({ ...example, lora: null, checkpointing: 'none' });
        expect(peak({ ...example, lora: null, checkpointing: 'full' })).toBeLessThanOrEqual(whole * 1.001);
      }),
      { numRuns: 100 },
    );
  });

  test('LoRA never needs more while the model outweighs its activations', () => {
    fc.assert(
      fc.property(anyWorkload, (example) => {
        // On long batches the adapters' own copies of every input can outweigh gradients and optimizer states.
        const full = { ...example, lora: null, optimizer: 'adamw_torch', microBatch: 1, sequenceLength: 64 };
        expect(peak({ ...full, lora: lora({ rank: 8 }) })).toBeLessThanOrEqual(peak(full));
      }),
      { numRuns: 100 },
    );
  });
});

/** Gradients are rounded to blocks one by one as they arrive, and as a whole where they are there already. */
const NEVER_LESS = 0.9999;
