import { adding, isLanguage, isPretraining, LORA, type Mistake, SFT, TINY } from './plant.ts';

/** Slips in shapes and splits. */
export const SHAPE_MISTAKES: readonly Mistake[] = [
  {
    name: 'heads that do not divide the width',
    rules: ['head-dims-indivisible'],
    plant: adding({ 'model.hiddenSize': 4096, 'model.heads': 36 }, isPretraining),
  },
  {
    name: 'layers and heads swapped',
    rules: ['head-dims-indivisible'],
    plant: adding({ 'model.hiddenSize': 5120, 'model.heads': 36, 'model.layers': 40 }, TINY),
  },
  {
    name: 'groups that do not divide the heads',
    rules: ['head-dims-indivisible'],
    inOwnWords: ['value-not-allowed'],
    plant: adding({ 'model.heads': 32, 'model.kvHeads': 6 }, TINY),
  },
  {
    name: 'tensor parallelism off by one',
    rules: ['tensor-parallel-indivisible'],
    plant: adding({ 'model.heads': 32, 'parallel.tensor': 7 }, isPretraining),
  },
  {
    name: 'stages off by one',
    rules: ['pipeline-stages-indivisible'],
    plant: adding({ 'model.layers': 32, 'parallel.pipeline': 5 }, isPretraining),
  },
  {
    name: 'a node too few',
    rules: ['world-size-indivisible'],
    plant: adding({ 'parallel.world': 24, 'parallel.tensor': 8, 'parallel.pipeline': 2 }, isPretraining),
  },
  {
    name: 'processes that the machines do not share',
    rules: ['world-size-indivisible'],
    // A config file of a trainer leaves both to its launcher.
    plant: (recipe, { 'batch.global': _global, ...fields }) =>
      SFT(recipe) ? { ...fields, 'parallel.world': 9, 'parallel.nodes': 2, 'batch.micro': 2 } : undefined,
  },
  {
    name: 'layers and width swapped',
    rules: ['layers-exceed-width'],
    plant: adding({ 'model.hiddenSize': 22, 'model.layers': 2048 }, TINY),
  },
  {
    name: 'experts off by one',
    rules: ['expert-parallel-indivisible'],
    plant: adding({ 'model.experts': 64, 'parallel.expert': 6 }, TINY),
  },
  {
    name: 'few micro batches for the stages',
    rules: ['pipeline-bubble-large'],
    plant: adding({ 'parallel.pipeline': 8, 'batch.gradientAccumulation': 4, 'model.layers': 32 }, TINY),
    fixes: 'batch.gradientAccumulation',
  },
  {
    name: 'batch that is not its product',
    rules: ['batch-identity-broken'],
    plant: (recipe, fields) =>
      recipe.globalBatch === undefined || !isLanguage(recipe)
        ? undefined
        : { ...fields, 'batch.micro': 3, 'batch.gradientAccumulation': 7, 'parallel.data': 8 },
  },
  {
    name: 'accumulation for negatives',
    rules: ['accumulation-adds-no-negatives'],
    plant: adding(
      {
        'run.task': 'contrastive',
        'contrastive.loss': 'infonce',
        'batch.micro': 8,
        'batch.gradientAccumulation': 16,
        'batch.global': 128,
      },
      SFT,
    ),
  },
  {
    name: 'longer than the positions',
    rules: ['sequence-exceeds-positions'],
    plant: adding({ 'data.sequenceLength': 2048, 'model.maxPositions': 1024, 'model.family': 'gpt2' }, SFT),
  },
  {
    name: 'batch statistics of two images',
    rules: ['batch-norm-starved'],
    plant: adding(
      {
        'run.task': 'image-classification',
        'model.batchNorm': 'batch',
        'batch.micro': 2,
        'parallel.data': 8,
        'batch.gradientAccumulation': 8,
      },
      SFT,
    ),
    fixes: 'model.batchNorm',
  },
  {
    name: 'balance within two sequences',
    rules: ['balance-loss-over-micro-batch'],
    plant: adding({ 'moe.balanceScope': 'micro', 'batch.micro': 2, 'model.experts': 64 }, TINY),
    fixes: 'moe.balanceScope',
  },
  {
    name: 'ZeRO-3 over nodes with short batches',
    rules: ['zero3-over-nodes-with-small-batch'],
    plant: adding({ 'sharding.zeroStage': 3, 'parallel.nodes': 4, 'batch.micro': 1, 'data.sequenceLength': 512 }, LORA),
  },
  {
    name: 'a vocabulary off the tiles',
    rules: ['shapes-off-tensor-cores'],
    plant: adding({ 'model.vocabSize': 50_257 }, isPretraining),
  },
];
