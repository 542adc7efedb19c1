import { describe, expect, it } from 'vitest';
import { fieldNotes, NOTES } from '../../server/src/engine/field-notes.ts';
import type { PlanAnalysis } from '../../server/src/engine/types.ts';
import { enrichPlan } from '../../server/src/facts/index.ts';
import { completePlan, FIELD_NAMES, type FieldName } from '../../server/src/plan/index.ts';
import { UNKNOWN_MEMORY } from '../rules/memory-of.ts';
import { planOf } from '../rules/plan-of.ts';

type Literal = Parameters<typeof planOf>[0];

const PRETRAINING: Literal = {
  'run.task': 'causal-lm',
  'run.objective': 'pretraining',
  'run.fromScratch': true,
  'adapter.kind': 'none',
  'optimizer.name': 'adamw_torch',
  'optimizer.peakLearningRate': 3e-4,
  'model.parameterCount': 6_700_000_000,
  'batch.global': 1024,
  'batch.micro': 4,
  'data.sequenceLength': 4096,
  'schedule.totalTokens': 1e12,
};

const FINE_TUNE: Literal = {
  'run.task': 'causal-lm',
  'run.objective': 'sft',
  'run.fromScratch': false,
  'adapter.kind': 'none',
  'optimizer.name': 'adamw_torch',
  'optimizer.peakLearningRate': 2e-5,
  'model.name': 'meta-llama/Llama-3.1-8B',
  'batch.global': 128,
};

const GRPO: Literal = {
  'run.task': 'causal-lm',
  'run.objective': 'grpo',
  'model.name': 'meta-llama/Llama-3.1-8B',
  'rollout.engine': 'vllm',
  'rollout.generations': 8,
  'rollout.promptLength': 512,
  'rollout.completionLength': 1536,
  'rollout.memoryShare': 0.3,
};

const PAIRS: Literal = {
  'run.task': 'contrastive',
  'contrastive.loss': 'infonce',
  'contrastive.gathered': true,
  'batch.micro': 64,
  'parallel.data': 8,
};

const IMAGES: Literal = {
  'run.task': 'image-classification',
  'optimizer.name': 'sgd',
  'optimizer.peakLearningRate': 0.4,
  'batch.global': 8192,
  'data.examples': 1_281_167,
};

/** Note, field hovered, plan, what the user reads. */
const SHOWN: readonly (readonly [string, FieldName, Literal, string])[] = [
  ['learning-rate-band', 'optimizer.peakLearningRate', FINE_TUNE, 'Published full sft at this size uses 2e-6 to 4e-5'],
  ['nearest-recipes', 'optimizer.peakLearningRate', FINE_TUNE, 'Tülu 3'],
  ['pretraining-laws', 'optimizer.peakLearningRate', PRETRAINING, 'Step Law gives 8.53e-4, DeepSeek’s law 4.66e-4'],
  ['batch-scaling', 'optimizer.peakLearningRate', IMAGES, 'SGD scales with the batch: 0.8 at 16.4K'],
  ['lr-batch-ratio', 'optimizer.peakLearningRate', FINE_TUNE, 'Learning rate over batch is 1.56e-7'],
  [
    'lora-factor',
    'optimizer.peakLearningRate',
    { ...FINE_TUNE, 'adapter.kind': 'lora', 'optimizer.peakLearningRate': 2e-4 },
    'this one matches 2e-5 on all weights',
  ],
  [
    'lion-factor',
    'optimizer.name',
    { 'optimizer.name': 'lion_8bit', 'optimizer.peakLearningRate': 1e-5 },
    'this one matches 3e-5 to 1e-4',
  ],
  ['mup-base-rate', 'optimizer.mup', { 'optimizer.mup': true }, 'base rate'],
  ['critical-batch', 'batch.global', PRETRAINING, 'For 1T tokens the critical batch is about 39M tokens'],
  ['law-batch', 'batch.global', PRETRAINING, 'Step Law 4.1M, DeepSeek’s law 7.2M, Power Lines 2.5M'],
  ['reference-batches', 'batch.tokensPerStep', PRETRAINING, '4M for LLaMA 7B'],
  ['batch-ramp', 'batch.rampUp', { ...PRETRAINING, 'batch.rampUp': true }, 'a growing batch follows'],
  ['batch-and-quality', 'batch.global', { ...IMAGES, 'schedule.epochs': 90 }, 'does not itself hurt quality'],
  ['pretraining-facts-in-a-batch', 'batch.tokensPerStep', PRETRAINING, 'slower forgetting'],
  ['optimizer-batch-range', 'optimizer.name', IMAGES, 'with LARS to 32k'],
  [
    'weight-decay-by-batch',
    'optimizer.weightDecay',
    { ...PRETRAINING, 'optimizer.weightDecay': 0.1 },
    'Power Lines’ weight decay',
  ],
  ['data-parallel-limit', 'parallel.data', { ...PRETRAINING, 'parallel.data': 256 }, 'Past about 2,365 ranks'],
  ['domain-batch', 'batch.micro', { 'run.task': 'detection', 'batch.micro': 2 }, 'input resolution'],
  [
    'tokens-per-parameter',
    'schedule.totalTokens',
    PRETRAINING,
    '150 tokens per parameter, 7.5 times the compute-optimal 20',
  ],
  [
    'overtrained-then-quantized',
    'schedule.totalTokens',
    { ...PRETRAINING, 'model.parameterCount': 1e9 },
    'quantised to few bits',
  ],
  [
    'training-compute',
    'schedule.totalTokens',
    { ...PRETRAINING, 'hardware.gpu': 'h100-80gb', 'parallel.world': 512 },
    '4.02e22 FLOPs: 40 to 69 hours',
  ],
  ['data-repetition', 'schedule.epochs', { ...PRETRAINING, 'schedule.epochs': 4 }, '4 epochs are worth about 3.7'],
  ['learning-rate-by-horizon', 'schedule.totalTokens', PRETRAINING, '2.4e-4 instead of 3e-4'],
  ['updates-of-run', 'schedule.epochs', { ...IMAGES, 'schedule.epochs': 90 }, '14.1K optimizer steps'],
  [
    'warmup-references',
    'schedule.warmupSteps',
    { ...PRETRAINING, 'schedule.warmupSteps': 100 },
    '2,000 steps for LLaMA',
  ],
  [
    'untuned-warmup',
    'schedule.warmupSteps',
    { ...PRETRAINING, 'optimizer.beta2': 0.999, 'schedule.warmupSteps': 100 },
    'about 2,000 steps',
  ],
  ['gradual-warmup', 'schedule.warmupSteps', { ...IMAGES, 'schedule.warmupSteps': 100 }, '(782 steps here)'],
  [
    'weight-decay-timescale',
    'optimizer.weightDecay',
    { ...PRETRAINING, 'optimizer.weightDecay': 0.1 },
    'Weights average over 14% of the run',
  ],
  ['weight-decay-trade', 'optimizer.momentum', { ...IMAGES, 'optimizer.momentum': 0.9 }, 'trade off'],
  [
    'beta2-half-life',
    'optimizer.beta2',
    { 'optimizer.beta2': 0.95, 'batch.tokensPerStep': 1_048_576 },
    '13.5 steps, 14.2M tokens',
  ],
  ['adam-sde-scaling', 'optimizer.epsilon', { ...FINE_TUNE, 'optimizer.epsilon': 1e-8 }, 'κ(1 − β)'],
  ['adam-spikes', 'optimizer.maxGradNorm', { ...PRETRAINING, 'optimizer.maxGradNorm': 1 }, 'loss spikes'],
  [
    'ema-span',
    'optimizer.emaDecay',
    { 'optimizer.emaDecay': 0.9999 },
    'halves in 6,931 steps; at twice the batch 0.9998',
  ],
  [
    'ema-small-batch',
    'optimizer.emaDecay',
    { 'optimizer.emaDecay': 0.99, 'run.task': 'self-supervised-vision' },
    'stayed stable',
  ],
  ['optimizer-state-bytes', 'optimizer.name', FINE_TUNE, '8 bytes of state a trained parameter'],
  ['distributed-lion', 'optimizer.name', { 'optimizer.name': 'lion', 'parallel.world': 8 }, 'sends single bits'],
  ['lora-scaling', 'adapter.alpha', { 'adapter.rank': 16, 'adapter.alpha': 32 }, 'α/r = 2'],
  ['trainable-share', 'adapter.kind', { 'adapter.kind': 'lora' }, 'trained share alone'],
  [
    'checkpointing-cost',
    'activations.checkpointing',
    { 'activations.checkpointing': 'full' },
    'about a third more compute',
  ],
  [
    'activation-compression',
    'activations.checkpointing',
    { 'activations.checkpointing': 'full' },
    'not with the parameter count',
  ],
  ['fp8-keeps-states', 'precision.compute', { 'precision.compute': 'fp8' }, 'keep their bytes'],
  ['half-precision-speed', 'precision.compute', { 'precision.compute': 'fp16' }, 'needs loss scaling'],
  [
    'micro-batch-fragmentation',
    'batch.micro',
    { 'batch.micro': 4, 'data.padToMax': false },
    'expandable_segments:True',
  ],
  ['micro-batch-layout', 'batch.micro', { 'batch.micro': 4, 'parallel.tensor': 8 }, 'micro batch 1'],
  [
    'gradient-accumulation-cost',
    'batch.gradientAccumulation',
    { 'batch.micro': 2, 'batch.gradientAccumulation': 8, 'data.sequenceLength': 2048 },
    '4,096 tokens a pass, 8 passes a step',
  ],
  ['sharding-stages', 'sharding.zeroStage', { 'sharding.zeroStage': 2 }, 'Stage 1 splits optimizer states'],
  ['offload-cost', 'sharding.offloadOptimizer', { 'sharding.offloadOptimizer': 'cpu' }, 'host memory instead'],
  [
    'sequence-parallel',
    'parallel.context',
    { 'parallel.context': 4, 'data.sequenceLength': 32_768 },
    '8,192 tokens of a sequence',
  ],
  [
    'quantized-base',
    'adapter.quantization',
    { 'adapter.quantization': 'nf4', 'adapter.doubleQuantization': true },
    '4.127 bits a weight',
  ],
  ['quantized-kernels', 'adapter.quantization', { 'adapter.quantization': 'nf4' }, 'memory, not time'],
  ['vocabulary', 'model.vocabSize', { ...FINE_TUNE, 'model.vocabSize': 128_256 }, '13% of the parameters'],
  ['compact-models', 'model.imageSize', { ...IMAGES, 'model.imageSize': 224 }, 'resolution and depth'],
  ['kv-cache', 'rollout.completionLength', GRPO, '2,048 tokens takes 0.3 GiB'],
  ['kv-cache-precision', 'rollout.engine', GRPO, '1 bit is research'],
  ['kv-heads', 'model.kvHeads', FINE_TUNE, '8 of 32 heads are cached'],
  ['kv-cache-beyond-memory', 'rollout.memoryShare', GRPO, 'break context and safety'],
  ['rollout-reservation', 'rollout.memoryShare', GRPO, 'takes 30% of the GPU at start'],
  ['shared-prefix', 'rollout.generations', GRPO, 'All 8 completions'],
  ['chunked-prefill', 'rollout.promptLength', GRPO, 'token budget'],
  ['speculative-decoding', 'rollout.engine', GRPO, 'Speculative decoding'],
  ['recurrent-state', 'model.name', { 'model.name': 'ai21labs/AI21-Jamba-Mini-1.5' }, 'fixed size'],
  ['resident-models', 'run.objective', { 'run.objective': 'ppo' }, 'four models'],
  [
    'replay-batch',
    'batch.micro',
    { 'run.task': 'reinforcement-learning', 'rollout.bufferSize': 1e6, 'batch.micro': 256 },
    'smaller batch',
  ],
  [
    'ppo-invariance',
    'rollout.clipRange',
    { 'rollout.miniBatch': 64, 'rollout.clipRange': 0.2 },
    'not the same at another batch',
  ],
  ['contrastive-negatives', 'contrastive.loss', PAIRS, 'meets 511 in-batch negatives'],
  ['contrastive-matrix', 'contrastive.loss', PAIRS, 'takes 1 MiB in fp32'],
  ['contrastive-range', 'contrastive.loss', PAIRS, 'Small batches'],
  ['negative-quality', 'contrastive.loss', PAIRS, 'harder negatives'],
  [
    'moe-total-and-active',
    'model.experts',
    { 'model.name': 'mistralai/Mixtral-8x7B-v0.1' },
    'all 46.7B parameters, compute the 12.9B active',
  ],
  ['moe-balance', 'moe.balanceScope', { 'moe.balanceScope': 'micro' }, 'specialise'],
  [
    'packing-fill',
    'data.packing',
    { 'data.packing': false, 'data.meanTokens': 512, 'data.sequenceLength': 2048 },
    '75% of each full-length row',
  ],
  ['packing-isolation', 'data.packing', { 'data.packing': true }, 'attend to each other'],
  [
    'batch-norm-batch',
    'model.batchNorm',
    { 'model.batchNorm': 'batch', 'batch.micro': 4 },
    'the 4 samples of one device',
  ],
  ['gan-critical-batch', 'batch.global', { 'run.task': 'gan', 'batch.global': 64 }, 'critical size'],
  [
    'diffusion-batch',
    'optimizer.peakLearningRate',
    { 'run.task': 'diffusion', 'optimizer.peakLearningRate': 1e-4 },
    'do not carry over',
  ],
  ['uneven-gpus', 'hardware.gpu', { 'hardware.gpu': 'a100-80gb', 'parallel.world': 8 }, 'smallest card'],
];

describe('facts in hovers', () => {
  it.each(SHOWN)('%s on %s', (id, field, literal, text) => {
    const note = NOTES.find((candidate) => candidate.id === id);
    expect(note?.on).toContain(field);
    const lines = fieldNotes(analysisOf(literal), field);
    expect(lines.filter((line) => line.includes(note?.source ?? id)).join()).toContain(text);
  });

  it('show every note somewhere', () => {
    expect(SHOWN.map(([id]) => id).sort()).toEqual(NOTES.map((note) => note.id).sort());
  });

  it('carry ids of their own, and a source each', () => {
    expect(new Set(NOTES.map((note) => note.id)).size).toBe(NOTES.length);
    for (const note of NOTES) expect(note.source, note.id).toMatch(/\w/);
  });

  it('are silent about a plan that says nothing', () => {
    const shown = FIELD_NAMES.flatMap((field) => fieldNotes(analysisOf({}), field));
    expect(shown).toEqual([]);
  });

  it.each([Number.NaN, -1, 0, 1e29, 1e308])('print no nonsense where every number is %d', (number) => {
    for (const [, field, literal] of SHOWN) {
      const values = Object.entries(literal).map(([name, value]) => [name, typeof value === 'number' ? number : value]);
      // Each number stays under its own field.
      const lines = fieldNotes(analysisOf(Object.fromEntries(values) as Literal), field);
      expect(lines.filter((line) => /NaN|Infinity|∞|undefined/.test(line))).toEqual([]);
    }
  });

  it('are one line each, without a word that no user reads', () => {
    for (const [, field, literal] of SHOWN) {
      for (const line of fieldNotes(analysisOf(literal), field)) {
        expect(line).not.toMatch(/\n|NaN|Infinity|undefined|\bshould\b/);
        expect(line).toMatch(/\)_\.$/);
      }
    }
  });
});

function analysisOf(literal: Literal): PlanAnalysis {
  const plan = completePlan(enrichPlan(planOf(literal)));
  return {
    plan,
    places: new Map(),
    memory: () => UNKNOWN_MEMORY,
    write: () => undefined,
    tryWrite: () => ({ edits: undefined, why: 'no key' }),
    references: [],
  };
}
