import { findModel, type ModelShape } from '../../server/src/facts/index.ts';
import type { LoraWorkload, Workload } from '../../server/src/memory/workload.ts';

/** The catalogue's shape of a model, which the tests need to be there. */
export function shapeNamed(name: string): ModelShape {
  const shape = findModel(name)?.shape;
  if (shape === undefined) throw new Error(`The catalogue has no shape of ${name}.`);
  return shape;
}

/** Full fine-tuning of a small Llama in bf16 on one GPU, with the given changes. */
export function workload(changes: Partial<Workload> = {}): Workload {
  return {
    shape: shapeNamed('meta-llama/Llama-3.2-1B'),
    task: 'causal-lm',
    weights: 'bf16',
    autocast: 'bf16',
    lora: null,
    savedModules: [],
    quantization: 'none',
    doubleQuantization: true,
    quantizesExperts: null,
    upcastsUnquantized: null,
    optimizer: 'adamw_torch',
    optimizerRank: null,
    momentum: 0,
    microBatch: 1,
    sequencesPerExample: 1,
    gradientAccumulation: 1,
    sequenceLength: 512,
    targetLength: null,
    imageSize: null,
    labels: null,
    lossTokens: null,
    attention: 'sdpa',
    checkpointing: 'none',
    kept: 'layers',
    checkpointEvery: 1,
    activationOffload: false,
    maxGradNorm: 1,
    labelSmoothing: 0,
    loss: { kernel: 'plain', chunks: null },
    fusedLayers: false,
    compiles: 'nothing',
    optimizerInBackward: false,
    sharding: { kind: 'none' },
    tensorParallel: 1,
    sequenceParallel: false,
    lossParallel: true,
    contextParallel: 1,
    pipeline: { stages: 1, microBatches: 1, virtualChunks: 1 },
    expertParallel: 1,
    ...changes,
  };
}

export function lora(changes: Partial<LoraWorkload> = {}): LoraWorkload {
  return { rank: 16, targets: 'all-linear', dropout: 0, dtype: 'fp32', dora: false, layers: null, ...changes };
}
