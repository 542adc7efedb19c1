import { describe, expect, test } from 'vitest';
import { estimateMemory, sweepMicroBatch } from '../../server/src/memory/index.ts';
import { type PlanFields, setField, withEdits } from '../../server/src/plan/index.ts';
import { planOf } from './plan-of.ts';

const SIZES = [1, 2, 3, 5, 8, 13, 31, 64];

/** Runs whose sizes grow with the micro batch in ways of their own. */
const COMPILED_BY_OP = {
  'compile.enabled': true,
  'compile.scope': 'layers',
  'activations.checkpointing': 'selective',
  'activations.kept': 'alternate-matmuls',
} as const;
const RUNS: readonly (readonly [what: string, changes: Partial<PlanFields>])[] = [
  ['a decoder', {}],
  ['a compiled model', { 'compile.enabled': true }],
  ['compiled layers with chosen products kept', COMPILED_BY_OP],
  ['parts that train', { 'adapter.kind': 'other', 'adapter.trainedParameters': ['layers\\.[89]\\.'] }],
  ['autocast and accumulation', { 'precision.weights': 'fp32', 'batch.gradientAccumulation': 4 }],
  ['accumulation that follows from the global batch', { 'batch.global': 128, 'optimizer.name': 'adafactor' }],
  ['checkpointing and eager attention', { 'activations.checkpointing': 'full', 'model.attention': 'eager' }],
  [
    'an adapter',
    { 'adapter.kind': 'lora', 'adapter.rank': 8, 'adapter.targets': 'all-linear', 'adapter.dropout': 0.1 },
  ],
  ['chunks of the loss', { 'loss.kernel': 'chunked' }],
  ['a loss fused with the head', { 'loss.kernel': 'fused' }],
  ['fully sharded weights', { 'sharding.engine': 'fsdp2', 'parallel.data': 8, 'precision.compute': 'bf16' }],
  ['ZeRO', { 'sharding.engine': 'deepspeed', 'sharding.zeroStage': 3, 'parallel.data': 8 }],
  ['a pipeline', { 'parallel.pipeline': 4, 'batch.gradientAccumulation': 8 }],
  ['tensor and sequence parallelism', { 'parallel.tensor': 3, 'parallel.sequence': true }],
  ['experts', { 'model.name': 'Qwen/Qwen3-30B-A3B' }],
  [
    'an encoder',
    { 'model.name': 'google-bert/bert-base-uncased', 'run.task': 'masked-lm', 'data.sequenceLength': 128 },
  ],
  ['an encoder-decoder', { 'model.name': 'google-t5/t5-base', 'run.task': 'seq2seq', 'data.targetLength': 128 }],
  ['an image model', { 'model.name': 'google/vit-base-patch16-224', 'run.task': 'image-classification' }],
  ['a convnet', { 'model.name': 'resnet50', 'run.task': 'image-classification', 'model.imageSize': 224 }],
];

describe('a sweep over micro batches', () => {
  test.each(RUNS)('says of %s what each estimate says by itself', (_what, changes) => {
    const plan = planOf(changes);
    const swept = sweepMicroBatch(plan, SIZES);
    expect(swept.map(({ microBatch }) => microBatch)).toEqual(SIZES);
    for (const { microBatch, outcome } of swept) {
      expect(outcome.known).toBe(true);
      expect(outcome).toEqual(estimateMemory(withEdits(plan, [setField('batch.micro', microBatch)])));
    }
  });
});
