import { describe, expect, test } from 'vitest';
import { buildStepModel } from '../../server/src/memory/step-model.ts';
import { compile } from '../../server/src/memory/tape/compile.ts';
import type { Workload } from '../../server/src/memory/workload.ts';
import { lora, shapeNamed, workload } from './example-workload.ts';

/** Bytes one layer keeps for backward per token, casts of weights apart. Sizes are whole blocks at these lengths. */
function keptPerToken(example: Workload): number {
  const model = buildStepModel(example);
  const program = model?.layers.at(-1)?.program;
  if (program === undefined) throw new Error('The example has layers.');
  const { slots, savedSlots, savesInput } = compile(program, { saves: true, keepsGradients: true });
  const casts = new Set(
    program.ops.flatMap((op) => op.outputs.filter((value) => value.cachedCast)).map(({ id }) => id),
  );
  const own = savedSlots
    .filter((slot) => !casts.has(slot))
    .reduce((total, slot) => total + (slots.bytes[slot] ?? 0), 0);
  const [input] = program.inputs;
  const stream = savesInput[0] === true && input !== undefined ? input.bytes : 0;
  return (own + stream) / (example.microBatch * example.sequenceLength);
}

describe('a layer keeps for backward, per token', () => {
  const llama = workload({ microBatch: 2, sequenceLength: 512 });
  const cases: readonly (readonly [string, Workload, number])[] = [
    ['Llama 3.2 1B in bf16', llama, 108_680],
    ['Llama 3.2 1B in fp32 under autocast', { ...llama, weights: 'fp32' }, 129_160],
    ['SmolLM2 1.7B in bf16, eager', smolEager('bf16'), 213_000],
    ['SmolLM2 1.7B in fp32 under autocast, eager', smolEager('fp32'), 233_480],
    ['Qwen3 0.6B in bf16', { ...llama, shape: shapeNamed('Qwen/Qwen3-0.6B') }, 71_848],
    ['Gemma 3 1B in bf16, no longer than its window', { ...llama, shape: shapeNamed('google/gemma-3-1b-pt') }, 112_180],
    ['GPT-2 in bf16', { ...llama, shape: shapeNamed('openai-community/gpt2') }, 66_112],
  ];

  test.each(cases)('%s', (_name, example, expected) => {
    expect(keptPerToken(example)).toBe(expected);
  });

  test('Llama 3.1 8B under LoRA on every linear, with dropout', () => {
    const shape = shapeNamed('meta-llama/Llama-3.1-8B');
    const example = workload({ shape, lora: lora({ dropout: 0.05 }), microBatch: 1, sequenceLength: 1024 });
    expect(keptPerToken(example)).toBe(256_360);
  });
});

function smolEager(weights: 'bf16' | 'fp32'): Workload {
  const shape = shapeNamed('HuggingFaceTB/SmolLM2-1.7B');
  return workload({ shape, weights, attention: 'eager', microBatch: 2, sequenceLength: 512 });
}
