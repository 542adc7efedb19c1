import { describe, expect, test } from 'vitest';
import { estimateMemory } from '../../server/src/memory/index.ts';
import type { PlanFields } from '../../server/src/plan/index.ts';
import { estimateOf, planOf } from './plan-of.ts';

const MIB = 2 ** 20;
/** Llama 3.2 1B at 4 × 512 in bf16: 128,256 tokens, 2048 wide, embedding and head one table, 16 layers. */
const BASE = { 'batch.micro': 4, 'data.sequenceLength': 512, 'adapter.kind': 'other' } as const;
const TABLE_MIB = (2 * 128_256 * 2048) / MIB;

function trained(...names: string[]): Partial<PlanFields> {
  return { ...BASE, 'adapter.trainedParameters': names };
}

function termMib(changes: Partial<PlanFields>, name: string): number {
  return (estimateOf(planOf(changes)).terms.find((term) => term.name === name)?.bytes ?? 0) / MIB;
}

describe('parts that train', () => {
  // Parameters of one part of a layer: two states of two bytes each.
  const attention = 2 * 2048 * 2048 + 2 * 2048 * 512;
  const feedForward = 3 * 2048 * 8192;
  test.each([
    ['one layer', ['layers\\.3\\.'], attention + feedForward + 2 * 2048],
    ['the last four layers', ['layers\\.1[2-5]\\.'], 4 * (attention + feedForward + 2 * 2048)],
    ['attention alone', ['self_attn'], 16 * attention],
    ['feed-forwards alone', ['mlp\\.'], 16 * feedForward],
    ['norms alone', ['norm'], 16 * 2 * 2048 + 2048],
    ['the tied table', ['embed_tokens'], 128_256 * 2048],
    ['one projection of all layers', ['q_proj\\.weight$'], 16 * 2048 * 2048],
  ])('%s keep states of their own parameters', (_name, names, parameters) => {
    expect(termMib(trained(...names), 'optimizer states')).toBeCloseTo((4 * parameters) / MIB, 0);
  });

  test('nothing below the lowest layer that trains is kept for backward', () => {
    const last = termMib(trained('layers\\.1[2-5]\\.'), 'activations');
    const first = termMib(trained('layers\\.[0-3]\\.'), 'activations');
    expect(last).toBeLessThan(first / 2);
  });

  test.each([
    ['a pattern that is none', '(['],
    ['one that may take for ever', '(a+)+$'],
  ])('%s leaves the estimate unknown', (_name, pattern) => {
    expect(estimateMemory(planOf(trained(pattern))).known).toBe(false);
  });
});

describe('modules saved beside an adapter', () => {
  const lora = { ...BASE, 'adapter.kind': 'lora', 'adapter.rank': 16, 'adapter.targets': 'all-linear' } as const;
  const saving = (...names: string[]) => ({ ...lora, 'adapter.savedModules': names });

  test.each([
    ['the embedding', ['embed_tokens'], 1],
    ['both sides of a tied table, tied no more', ['embed_tokens', 'lm_head'], 2],
  ])('%s: a copy and two states each, beside the frozen original', (_name, names, copies) => {
    const saved = saving(...names);
    expect(termMib(saved, 'weights') - termMib(lora, 'weights')).toBeCloseTo(copies * TABLE_MIB, 0);
    expect(termMib(saved, 'optimizer states') - termMib(lora, 'optimizer states')).toBeCloseTo(
      2 * copies * TABLE_MIB,
      0,
    );
  });

  test('an adapter on some layers keeps nothing below them', () => {
    const some = { ...lora, 'adapter.layers': [12, 13, 14, 15] };
    expect(termMib(some, 'optimizer states')).toBeCloseTo(termMib(lora, 'optimizer states') / 4, 0);
    expect(termMib(some, 'activations')).toBeLessThan(termMib(lora, 'activations') / 2);
  });

  test.each([
    ['the embedding', 'embed_tokens', 16 * (128_256 + 2048)],
    ['the head', 'lm_head', 16 * (128_256 + 2048)],
  ])('an adapter on %s is counted', (_name, target, parameters) => {
    const base = { ...lora, 'adapter.targets': ['q_proj'] };
    const more = { ...lora, 'adapter.targets': ['q_proj', target] };
    expect(termMib(more, 'weights') - termMib(base, 'weights')).toBeCloseTo((4 * parameters) / MIB, 0);
  });

  test('a text model beside a vision tower trains under either of its names', () => {
    const states = (...names: string[]) =>
      termMib({ ...trained(...names), 'model.name': 'Qwen/Qwen3-VL-2B-Instruct' }, 'optimizer states');
    expect(states('model.language_model.layers.*')).toBeGreaterThan(1000);
    expect(states('model.language_model.layers.*')).toBe(states('model.layers.*'));
    expect(states('model.visual.*')).toBe(0);
  });
});
