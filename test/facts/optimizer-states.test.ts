import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allOptimizers, findOptimizer, type ParameterTensor, stateBytes } from '../../server/src/facts/index.ts';

const matrix: ParameterTensor = { elements: 4096 * 8192, rows: 4096, cols: 8192, dtype: 'fp32', role: 'hidden' };

function bytes(name: string, parameter: ParameterTensor): number | undefined {
  const optimizer = findOptimizer(name);
  if (optimizer === undefined) throw new Error(`no optimizer ${name}`);
  return stateBytes(optimizer, parameter);
}

const perElement = (name: string, parameter: ParameterTensor = matrix) =>
  (bytes(name, parameter) ?? Number.NaN) / parameter.elements;

describe('stateBytes', () => {
  it('agrees with the table where that gives one number a parameter', () => {
    for (const optimizer of allOptimizers()) {
      const stored = Number(optimizer.stored);
      if (Number.isNaN(stored) || optimizer.state === undefined) continue;
      const computed = (stateBytes(optimizer, matrix) ?? Number.NaN) / matrix.elements;
      expect(Math.abs(computed - stored), optimizer.name).toBeLessThan(0.02);
    }
  });

  it("keeps Adam's two states in the parameter's dtype", () => {
    expect(perElement('adamw_torch')).toBe(8);
    expect(perElement('adamw_torch', { ...matrix, dtype: 'bf16' })).toBe(4);
    expect(perElement('adamw_apex_fused', { ...matrix, dtype: 'bf16' })).toBe(8);
    expect(perElement('paged_adamw_32bit', { ...matrix, dtype: 'bf16' })).toBe(8);
  });

  it('keeps 8-bit states with a scale every 256 elements, and small tensors and embeddings whole', () => {
    expect(bytes('adamw_bnb_8bit', { elements: 4096, dtype: 'bf16' })).toBe(2 * (4096 + 16 * 4));
    expect(bytes('adamw_bnb_8bit', { elements: 4095, dtype: 'bf16' })).toBe(8 * 4095);
    expect(perElement('adamw_bnb_8bit', { ...matrix, role: 'embedding' })).toBe(8);
    expect(bytes('adamw_torch_8bit', { elements: 4095, dtype: 'bf16' })).toBe(4 * 4095);
    expect(bytes('adamw_torch_8bit', { elements: 4097, dtype: 'bf16' })).toBe(4 * 4097);
  });

  it('keeps one row and one column of a matrix with Adafactor, and a momentum where asked', () => {
    expect(bytes('adafactor', matrix)).toBe(4 * (4096 + 8192));
    expect(bytes('adafactor', { elements: 4096, dtype: 'fp32' })).toBe(4 * 4096);
    expect(bytes('adafactor', { ...matrix, momentum: 0.9 })).toBe(4 * (4096 + 8192) + 4 * matrix.elements);
  });

  it('gives SGD a state with momentum only', () => {
    expect(bytes('sgd', matrix)).toBe(0);
    expect(bytes('sgd', { ...matrix, momentum: 0 })).toBe(0);
    expect(perElement('sgd', { ...matrix, momentum: 0.9 })).toBe(4);
  });

  it('projects hidden matrices with GaLore and APOLLO, and needs their rank', () => {
    const ranked = { ...matrix, rank: 128 };
    expect(bytes('galore_adamw', ranked)).toBe(4 * (2 * 128 * 8192 + 4096 * 128));
    expect(bytes('apollo_adamw', ranked)).toBe(4 * 2 * 128 * 8192);
    expect(bytes('galore_adamw', matrix)).toBeUndefined();
    expect(perElement('galore_adamw', { ...matrix, role: 'embedding' })).toBe(8);
  });

  it('keeps one momentum of hidden matrices with Muon and two states of the rest', () => {
    expect(perElement('muon')).toBe(4);
    expect(perElement('muon', { ...matrix, role: 'embedding' })).toBe(8);
    expect(perElement('muon', { elements: 4096, dtype: 'fp32' })).toBe(8);
  });

  it('says which states wait on the host', () => {
    expect(findOptimizer('cpu_offload_adamw')?.state?.place).toBe('cpu');
    expect(findOptimizer('paged_adamw_8bit')?.state?.place).toBe('unified');
    expect(findOptimizer('adamw_torch')?.state?.place).toBe('gpu');
  });

  it('grows with the parameter and never goes below zero, whatever the optimizer', () => {
    const side = fc.integer({ min: 1, max: 20_000 });
    const pick = fc.constantFrom(...allOptimizers());
    fc.assert(
      fc.property(
        pick,
        side,
        side,
        fc.constantFrom('fp32' as const, 'bf16' as const),
        (optimizer, rows, cols, dtype) => {
          const tensor = (height: number) => ({ elements: height * cols, rows: height, cols, dtype });
          const [small, large] = [stateBytes(optimizer, tensor(rows)), stateBytes(optimizer, tensor(rows * 300))];
          if (small === undefined || large === undefined) return;
          expect(small).toBeGreaterThanOrEqual(0);
          // Past the 4096-element floor of 8-bit states and past the longest preconditioned side, more is never less.
          if (optimizer.state?.longestSide === undefined) expect(large).toBeGreaterThanOrEqual(small);
        },
      ),
    );
  });
});
