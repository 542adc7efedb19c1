import { describe, expect, test } from 'vitest';
import { estimateMemory, refineEstimate } from '../../server/src/memory/index.ts';
import type { PlanFields } from '../../server/src/plan/index.ts';
import { estimateOf, planOf } from './plan-of.ts';

const MIB = 2 ** 20;
/** config/llama-deep of the measurements. */
const DEEP = {
  'model.name': 'config/llama-deep',
  'model.configJson': JSON.stringify({
    model_type: 'llama',
    hidden_size: 1024,
    num_hidden_layers: 24,
    num_attention_heads: 16,
    num_key_value_heads: 16,
    intermediate_size: 2816,
    vocab_size: 32000,
  }),
  'batch.micro': 4,
  'data.sequenceLength': 512,
  'optimizer.name': 'adamw_torch',
  'adapter.kind': 'other',
} as const;
const PAIR = ['q_proj', 'v_proj'];

/** Trained parameters and allocated peaks in MiB, as bench/data/{adapters,methods}.jsonl have them. */
const MEASURED: readonly (readonly [string, number, number, Partial<PlanFields>])[] = [
  ['ia3', 116_736, 3828, { 'adapter.method': 'ia3' }],
  ['vera', 27_648, 3240, { 'adapter.method': 'vera', 'adapter.rank': 128, 'adapter.targets': ['q_proj'] }],
  ['adalora', 1_573_680, 3532, { 'adapter.method': 'adalora', 'adapter.rank': 16, 'adapter.targets': PAIR }],
  ['oft', 761_856, 3339, { 'adapter.kind': 'oft', 'adapter.blockSize': 32, 'adapter.targets': PAIR }],
  ['loha', 1_572_864, 3321, { 'adapter.method': 'loha', 'adapter.rank': 8, 'adapter.targets': PAIR }],
  ['lokr', 73_728, 3405, { 'adapter.method': 'lokr', 'adapter.rank': 8, 'adapter.targets': PAIR }],
  ['hra', 393_216, 4176, { 'adapter.method': 'hra', 'adapter.rank': 8, 'adapter.targets': PAIR }],
  ['miss', 786_432, 3128, { 'adapter.method': 'miss', 'adapter.rank': 16, 'adapter.targets': PAIR }],
  ['fourierft', 48_000, 3405, { 'adapter.method': 'fourierft', 'adapter.targets': PAIR }],
  ['prompt tuning', 32_768, 3219, { 'adapter.method': 'prompt', 'adapter.virtualTokens': 32 }],
  ['prefix tuning', 1_572_864, 3194, { 'adapter.method': 'prefix', 'adapter.virtualTokens': 32 }],
];

describe('adapters beside LoRA', () => {
  test.each(MEASURED)(
    '%s trains as many parameters as peft counted, at the measured peak',
    (_name, count, mib, changes) => {
      const { terms, allocatedBytes } = estimateOf(planOf({ ...DEEP, ...changes }), refineEstimate);
      const states = terms.find(({ name }) => name === 'optimizer states')?.bytes ?? 0;
      // Two fp32 states each.
      expect(Math.abs(states / 8 / count - 1)).toBeLessThan(0.001);
      expect(Math.abs(allocatedBytes / MIB / mib - 1)).toBeLessThan(0.008);
    },
  );

  test.each([
    ['a method without a name', {}],
    ['trained tokens without a number', { 'adapter.method': 'prompt' as const }],
  ])('%s leaves the estimate unknown', (_name, changes) => {
    expect(estimateMemory(planOf({ ...DEEP, ...changes })).known).toBe(false);
  });
});
