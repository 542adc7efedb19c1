import { describe, expect, test } from 'vitest';
import { estimateMemory, refineEstimate } from '../../server/src/memory/index.ts';
import type { PlanFields } from '../../server/src/plan/index.ts';
import { estimateOf, planOf } from './plan-of.ts';

const GIB = 2 ** 30;

function expectedGib(changes: Partial<PlanFields>): number {
  return estimateOf(planOf(changes)).expectedBytes / GIB;
}

function termGib(changes: Partial<PlanFields>, name: string): number {
  return (estimateOf(planOf(changes)).terms.find((term) => term.name === name)?.bytes ?? 0) / GIB;
}

const QLORA = {
  'model.name': 'mistralai/Mixtral-8x7B-v0.1',
  'adapter.kind': 'lora',
  'adapter.rank': 8,
  'adapter.targets': ['q_proj', 'v_proj'],
  'adapter.quantization': 'nf4',
  'adapter.doubleQuantization': true,
  'batch.micro': 1,
} as const satisfies Partial<PlanFields>;

describe('4-bit bases', () => {
  test('experts that are quantised take half a byte a weight, those that are not two', () => {
    expect(termGib({ ...QLORA, 'adapter.quantizesExperts': true }, 'weights')).toBeCloseTo(23.6, 0);
    expect(termGib({ ...QLORA, 'adapter.quantizesExperts': false }, 'weights')).toBeCloseTo(85.6, 0);
  });

  test('where nobody says, the range holds both and the assumption is told', () => {
    const estimate = estimateOf(planOf(QLORA));
    expect(estimate.lowBytes / GIB).toBeLessThan(32);
    expect(estimate.highBytes / GIB).toBeGreaterThan(85);
    expect(estimate.assumptions.join(' ')).toContain('Experts are counted as quantised');
  });

  test('what is not quantised takes four bytes where it is prepared for training, else two', () => {
    const dense = { ...QLORA, 'model.name': 'meta-llama/Llama-2-7b-hf' };
    const prepared = { ...dense, 'adapter.upcastsUnquantized': true };
    const loaded = { ...dense, 'adapter.upcastsUnquantized': false };
    // Embedding, head and norms of Llama 2 7B.
    expect(termGib(prepared, 'weights') - termGib(loaded, 'weights')).toBeCloseTo((2 * 262.4e6) / GIB, 2);
    expect(expectedGib(loaded)).toBeLessThan(expectedGib(prepared));
    const unknown = estimateOf(planOf(dense));
    expect(unknown.lowBytes / GIB).toBeLessThan(expectedGib(loaded));
    expect(unknown.highBytes / GIB).toBeGreaterThan(expectedGib(prepared));
  });

  test('without double quantisation the scales take 4 bytes for 64 weights', () => {
    const dense = { ...QLORA, 'model.name': 'meta-llama/Llama-2-7b-hf' };
    const difference =
      termGib({ ...dense, 'adapter.doubleQuantization': false }, 'weights') - termGib(dense, 'weights');
    expect(difference).toBeCloseTo((6.48e9 * 0.0469) / GIB, 1);
  });
});

describe('optimizers', () => {
  test('paged states may have left the GPU, so the range begins without them', () => {
    const paged = estimateOf(planOf({ 'optimizer.name': 'paged_adamw_32bit' }));
    const kept = estimateOf(planOf({ 'optimizer.name': 'adamw_torch_fused' }));
    expect(kept.lowBytes - paged.lowBytes).toBeGreaterThan(-0.5 * GIB);
    expect(paged.highBytes - paged.lowBytes).toBeGreaterThan(kept.highBytes - kept.lowBytes + 4 * GIB);
  });

  test('GaLore keeps states of its rank', () => {
    const galore = { 'optimizer.name': 'galore_adamw', 'optimizer.rank': 128 } as const;
    expect(termGib({ ...galore, 'optimizer.rank': 1024 }, 'optimizer states')).toBeGreaterThan(
      termGib(galore, 'optimizer states') * 1.5,
    );
  });

  test.each(['lomo', 'adalomo', 'galore_adamw_layerwise'])('%s steps in backward and keeps no gradients', (name) => {
    const run = { 'optimizer.name': name, 'optimizer.rank': 128, 'activations.checkpointing': 'full' } as const;
    expect(termGib(run, 'gradients')).toBeLessThan(termGib({ ...run, 'optimizer.inBackward': false }, 'gradients'));
  });

  test('SGD keeps a momentum only where one is set', () => {
    expect(termGib({ 'optimizer.name': 'sgd' }, 'optimizer states')).toBe(0);
    expect(termGib({ 'optimizer.name': 'sgd', 'optimizer.momentum': 0.9 }, 'optimizer states')).toBeCloseTo(2.3, 1);
  });

  test('a moving average is one more copy of the weights', () => {
    expect(termGib({ 'optimizer.emaDecay': 0.999 }, 'other models')).toBeCloseTo(2.3, 1);
  });
});

describe('objectives', () => {
  test('preference pairs run two sequences each', () => {
    const pairs = { 'run.objective': 'dpo', 'batch.unit': 'pairs' } as const;
    expect(expectedGib({ ...pairs, 'batch.micro': 2 })).toBeCloseTo(expectedGib({ 'batch.micro': 4 }), 1);
    expect(estimateOf(planOf({ ...pairs })).phases).toEqual(estimateOf(planOf({ 'batch.micro': 4 })).phases);
  });

  test('where the loss asks for completions alone, their logits are all there are', () => {
    const grpo = {
      'run.objective': 'grpo',
      'batch.unit': 'completions',
      'data.sequenceLength': 1024,
      'rollout.completionLength': 256,
    } as const;
    const whole = termGib({}, 'logits and loss');
    expect(termGib({ ...grpo, 'loss.completionLogits': true }, 'logits and loss')).toBeLessThan(whole / 3);
    expect(termGib(grpo, 'logits and loss')).toBe(whole);
  });

  test('prompt and completion make the sequence where no length is written', () => {
    const { 'data.sequenceLength': _, ...values } = planOf({
      'run.objective': 'grpo',
      'rollout.promptLength': 512,
      'rollout.completionLength': 512,
    }).values;
    expect(estimateMemory({ ...planOf(), values }).known).toBe(true);
  });

  test('a critic holds weights, gradients and states, a reference its weights', () => {
    const alone = estimateOf(planOf());
    const reference = estimateOf(planOf({}, [{ role: 'reference', trainable: false }]));
    const critic = estimateOf(planOf({}, [{ role: 'critic', trainable: true }]));
    expect((reference.allocatedBytes - alone.allocatedBytes) / GIB).toBeCloseTo(2.3, 1);
    const beside = ({ terms }: typeof alone): number => terms.find(({ name }) => name === 'other models')?.bytes ?? 0;
    expect(beside(reference) / GIB).toBeCloseTo(2.3, 1);
    expect(beside(critic)).toBeCloseTo(4 * beside(reference), -6);
  });
});

describe('sharded states', () => {
  const zero3 = {
    'sharding.engine': 'deepspeed',
    'sharding.zeroStage': 3,
    'parallel.data': 8,
    'precision.master': 'fp32',
  } as const;

  test('offloaded optimizer states are counted in host memory', () => {
    const offloaded = estimateOf(planOf({ ...zero3, 'sharding.offloadOptimizer': 'cpu' }));
    expect(offloaded.hostBytes / GIB).toBeCloseTo((1.2358e9 * 14) / 8 / GIB, 1);
    expect(estimateOf(planOf(zero3)).hostBytes).toBe(0);
  });

  test('frozen weights under FSDP have no gradients to reduce', () => {
    const fsdp = {
      'sharding.engine': 'fsdp2',
      'parallel.data': 2,
      'precision.weights': 'bf16',
      'precision.autocast': 'off',
      'precision.compute': 'bf16',
    } as const;
    const adapter = { 'adapter.kind': 'lora', 'adapter.rank': 8, 'adapter.targets': 'all-linear' } as const;
    const gradients = estimateOf(planOf({ ...fsdp, ...adapter })).terms.find(({ name }) => name === 'gradients');
    expect((gradients?.bytes ?? 0) / GIB).toBeLessThan(0.1);
    expect(expectedGib({ ...fsdp, ...adapter })).toBeLessThan(expectedGib(fsdp));
  });

  test('FSDP sums whole gradients until the last micro-step', () => {
    const fsdp = { 'sharding.engine': 'fsdp2', 'parallel.data': 8, 'precision.compute': 'bf16' } as const;
    const once = estimateOf(planOf(fsdp), refineEstimate).allocatedBytes;
    const accumulated = estimateOf(planOf({ ...fsdp, 'batch.gradientAccumulation': 4 }), refineEstimate).allocatedBytes;
    expect((accumulated - once) / GIB).toBeGreaterThan(1.5);
  });

  test('gathered logits outweigh logits split by vocabulary', () => {
    const split = { 'parallel.tensor': 4, 'parallel.loss': true } as const;
    expect(expectedGib({ ...split, 'parallel.loss': false })).toBeGreaterThan(expectedGib(split));
  });
});
