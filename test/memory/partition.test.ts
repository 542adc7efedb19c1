import { describe, expect, test } from 'vitest';
import { type StepPeak, walkStep } from '../../server/src/memory/index.ts';
import type { ShardingWorkload, Workload } from '../../server/src/memory/workload.ts';
import { shapeNamed, workload } from './example-workload.ts';

const llama = workload({ shape: shapeNamed('meta-llama/Llama-3.1-8B'), microBatch: 2, sequenceLength: 2048 });

function walked(changes: Partial<Workload>): StepPeak {
  const peak = walkStep({ ...llama, ...changes });
  if (peak === undefined) throw new Error('Llama has a program.');
  return peak;
}

function termOf(peak: StepPeak, name: string): number {
  return peak.terms.find((term) => term.name === name)?.bytes ?? 0;
}

describe('a model split over ranks', () => {
  const whole = walked({});

  test.each([
    ['tensor parallel', { tensorParallel: 4 }],
    ['tensor and sequence parallel', { tensorParallel: 4, sequenceParallel: true }],
    ['context parallel', { contextParallel: 4 }],
    ['pipeline stages', { pipeline: { stages: 4, microBatches: 8, virtualChunks: 1 } }],
  ] satisfies [string, Partial<Workload>][])('needs less under %s', (_name, changes) => {
    expect(walked(changes).allocatedBytes).toBeLessThan(whole.allocatedBytes);
  });

  test('has its piece of the logits under context parallel, also where only completions are scored', () => {
    const logits = (changes: Partial<Workload>) => termOf(walked(changes), 'logits and loss');
    expect(logits({ contextParallel: 4, lossTokens: 1024 })).toBe(logits({ contextParallel: 4 }));
  });

  test('has its weights divided by tensor parallel, norms apart', () => {
    for (const sequenceParallel of [false, true]) {
      const split = termOf(walked({ tensorParallel: 4, sequenceParallel }), 'weights');
      expect(split / (termOf(whole, 'weights') / 4)).toBeCloseTo(1, 3);
    }
  });

  test('needs less with sequence parallel than without', () => {
    const [without, withIt] = [false, true].map((sequenceParallel) => walked({ tensorParallel: 4, sequenceParallel }));
    expect(withIt?.allocatedBytes).toBeLessThan(without?.allocatedBytes ?? 0);
  });

  test('holds more activations on the first stage the more micro batches are in flight', () => {
    const few = walked({ pipeline: { stages: 4, microBatches: 1, virtualChunks: 1 } });
    const many = walked({ pipeline: { stages: 4, microBatches: 16, virtualChunks: 1 } });
    expect(many.allocatedBytes).toBeGreaterThan(few.allocatedBytes);
  });

  test('holds layers that stay gathered once, however many micro batches are in flight', () => {
    const fsdp = (reshardAfterForward: boolean): ShardingWorkload => ({
      kind: 'fsdp2',
      engine: 'torch',
      degree: 8,
      replicated: false,
      reshardAfterForward,
      defersReduction: false,
      computeDtype: 'bf16',
      reduceDtype: 'bf16',
      offload: false,
    });
    const pipeline = { stages: 4, microBatches: 16, virtualChunks: 1 };
    const activations = (reshards: boolean) =>
      termOf(walked({ pipeline, sharding: fsdp(reshards), checkpointing: 'full' }), 'activations');
    expect(activations(false) / activations(true)).toBeCloseTo(1, 1);
  });

  test('shares an expert with so many fewer ranks as the experts are dealt out over', () => {
    const shape = shapeNamed('Qwen/Qwen3-30B-A3B');
    const zero = {
      kind: 'zero',
      engine: 'megatron',
      stage: 1,
      degree: 8,
      master: true,
      gradientDtype: 'bf16',
    } as const;
    const rest = { reduceBucketElements: 0, allgatherBucketElements: 0, prefetchElements: 0, maxLiveElements: 0 };
    const flags = { overlap: false, contiguousGradients: false, offloadOptimizer: false, offloadParameters: false };
    const fsdp = { kind: 'fsdp2', engine: 'torch', degree: 8, replicated: false, reshardAfterForward: true } as const;
    const dtypes = { defersReduction: false, computeDtype: 'bf16', reduceDtype: 'bf16', offload: false } as const;
    for (const sharding of [{ ...zero, ...rest, ...flags } as const, { ...fsdp, ...dtypes } as const]) {
      const states = (expertParallel: number) =>
        termOf(walked({ shape, sharding, expertParallel, checkpointing: 'full' }), 'optimizer states');
      // Dealt out or shared, a rank has an eighth of them.
      expect(states(8) / states(1)).toBeCloseTo(1, 2);
      expect(states(4) / states(1)).toBeCloseTo(1, 2);
    }
  });

  test('holds fewer experts under expert parallel', () => {
    const shape = shapeNamed('mistralai/Mixtral-8x7B-v0.1');
    const [one, four] = [1, 4].map((expertParallel) => termOf(walked({ shape, expertParallel }), 'weights'));
    expect(four).toBeLessThan((one ?? 0) * 0.35);
  });
});

describe('ZeRO', () => {
  const zero = (stage: 0 | 1 | 2 | 3, changes: Partial<ShardingWorkload> = {}): ShardingWorkload =>
    ({
      kind: 'zero',
      engine: 'deepspeed',
      stage,
      degree: 8,
      master: true,
      gradientDtype: 'bf16',
      reduceBucketElements: 5e8,
      allgatherBucketElements: 5e8,
      overlap: false,
      contiguousGradients: true,
      prefetchElements: 5e7,
      maxLiveElements: 1e9,
      offloadOptimizer: false,
      offloadParameters: false,
      ...changes,
    }) as ShardingWorkload;
  const parameters = 8_030_261_248;
  const peakOf = (sharding: ShardingWorkload): StepPeak => walked({ sharding, autocast: null, checkpointing: 'full' });

  test('divides master weights and states from stage 1, weights from stage 3', () => {
    expect(termOf(peakOf(zero(0)), 'optimizer states')).toBeCloseTo(8 * parameters, -4);
    expect(termOf(peakOf(zero(1)), 'optimizer states')).toBeCloseTo(parameters, -4);
    expect(termOf(peakOf(zero(1)), 'master weights')).toBeCloseTo(parameters / 2, -4);
    expect(termOf(peakOf(zero(3)), 'weights')).toBeCloseTo(parameters / 4, -4);
  });

  test('needs less at each higher stage', () => {
    const peaks = ([0, 1, 2, 3] as const).map((stage) => peakOf(zero(stage)).allocatedBytes);
    expect([...peaks].sort((a, b) => b - a)).toEqual(peaks);
  });

  test('leaves no optimizer state on the device when it is offloaded', () => {
    const peak = peakOf(zero(2, { offloadOptimizer: true }));
    expect(termOf(peak, 'optimizer states') + termOf(peak, 'master weights')).toBe(0);
  });
});

describe('adapters and quantised weights', () => {
  const adapter = { rank: 8, targets: 'all-linear', dropout: 0, dtype: 'fp32', dora: false, layers: null } as const;

  test('keep a quantised model at about half a byte a weight, or one byte in int8', () => {
    const linears = 32 * (2 * 4096 * 4096 + 2 * 4096 * 1024 + 3 * 4096 * 14_336);
    const others = 4 * (8_030_261_248 - linears);
    const adapters = termOf(walked({ lora: adapter }), 'weights') - termOf(walked({}), 'weights');
    const weights = (quantization: 'nf4' | 'int8') =>
      termOf(walked({ lora: adapter, quantization }), 'weights') - adapters;
    expect((weights('nf4') - others) / linears).toBeCloseTo(0.516, 3);
    expect((weights('int8') - others) / linears).toBeCloseTo(1, 3);
  });

  test('keep more under DoRA than under LoRA, and more the more modules are adapted', () => {
    const plain = walked({ lora: adapter }).allocatedBytes;
    expect(walked({ lora: { ...adapter, dora: true } }).allocatedBytes).toBeGreaterThan(plain);
    expect(walked({ lora: { ...adapter, targets: ['q_proj', 'v_proj'] } }).allocatedBytes).toBeLessThan(plain);
  });
});

describe('other ways to save', () => {
  test.each([
    // Prepared for training, a quantised model's activations are fp32: only where weights outweigh them it needs less.
    ['nf4 weights under LoRA', { quantization: 'nf4', sequenceLength: 64 }],
    ['a fused loss', { loss: { kernel: 'fused', chunks: null } }],
    ['a chunked loss', { loss: { kernel: 'chunked', chunks: null } }],
    ['fused layers', { fusedLayers: true }],
    ['activations in host memory', { activationOffload: true }],
    ['the optimizer inside backward', { optimizerInBackward: true, sequenceLength: 64 }],
    ['8-bit optimizer states', { optimizer: 'adamw_bnb_8bit', sequenceLength: 64 }],
  ] satisfies [string, Partial<Workload>][])('%s need less', (_name, changes) => {
    const lora = _name.includes('LoRA')
      ? ({ rank: 8, targets: 'all-linear', dropout: 0, dtype: 'fp32', dora: false, layers: null } as const)
      : null;
    const { quantization = 'none', sequenceLength = 2048 } = changes as Partial<Workload>;
    const before = walked({ lora, sequenceLength, quantization: 'none' });
    expect(walked({ ...changes, lora, quantization }).allocatedBytes).toBeLessThan(before.allocatedBytes);
  });
});
