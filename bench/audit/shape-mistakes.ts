import {
  adding,
  GRPO,
  isLanguage,
  isMethod,
  isPretraining,
  LORA,
  type Mistake,
  PPO,
  SFT,
  shortRun,
  TINY,
} from './plant.ts';

/** Slips in shapes, splits, precision, sharding, data and reinforcement learning. */
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
    name: 'groups that do not divide the round',
    rules: ['generations-do-not-divide-batch'],
    plant: (recipe, { 'batch.global': _global, ...fields }) =>
      isMethod('full-rl', 'lora-rl')(recipe)
        ? {
            ...fields,
            'batch.unit': 'completions',
            'batch.micro': 16,
            'batch.gradientAccumulation': 4,
            'parallel.data': 7,
            'rollout.generations': 15,
            'rollout.algorithm': 'grpo',
          }
        : undefined,
    fixes: 'rollout.generations',
  },
  {
    name: 'groups of one',
    rules: ['single-sample-group'],
    plant: adding({ 'rollout.generations': 1, 'rollout.algorithm': 'grpo' }, isMethod('full-rl', 'lora-rl')),
  },
  {
    name: 'mini batch beyond the round',
    rules: ['mini-batch-exceeds-rollout'],
    plant: adding({ 'rollout.miniBatch': 2048, 'rollout.batch': 1024 }, GRPO),
    fixes: 'rollout.miniBatch',
  },
  {
    name: 'mini batch off by one',
    rules: ['mini-batch-indivisible'],
    plant: adding({ 'rollout.miniBatch': 510, 'batch.micro': 4, 'parallel.data': 8 }, GRPO),
  },
  {
    name: 'rollout off by one',
    rules: ['rollout-leaves-remainder'],
    plant: adding({ 'rollout.steps': 128, 'rollout.environments': 8, 'rollout.miniBatch': 100 }, PPO),
    fixes: 'rollout.miniBatch',
  },
  {
    name: 'rollout × 8, learning rate as before',
    rules: ['ppo-batch-changed-alone'],
    plant: adding({ 'rollout.steps': 1024, 'rollout.environments': 8 }, PPO),
    head: (_recipe, fields) => ({ ...fields, 'rollout.steps': 128, 'rollout.environments': 8 }),
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
    name: 'fp16 and bf16',
    rules: ['fp16-and-bf16'],
    plant: adding({ 'precision.fp16Flag': true, 'precision.bf16Flag': true }, SFT),
  },
  {
    name: 'fp16 weights under a scaler',
    rules: ['fp16-weights-with-scaler'],
    plant: adding({ 'precision.weights': 'fp16', 'precision.autocast': 'fp16', 'sharding.engine': 'ddp' }, SFT),
    fixes: 'precision.weights',
  },
  {
    name: 'fp16 without scaling',
    rules: ['fp16-without-loss-scaling'],
    plant: adding({ 'precision.compute': 'fp16', 'precision.lossScaling': false }, SFT),
    fixes: 'precision.lossScaling',
  },
  {
    name: 'bf16 on Volta',
    rules: ['bf16-unsupported-by-gpu'],
    plant: adding({ 'precision.bf16Flag': true, 'hardware.gpu': 'V100' }, SFT),
  },
  {
    name: 'TF32 on Turing',
    rules: ['tf32-unsupported-by-gpu'],
    plant: adding({ 'precision.tf32': true, 'hardware.gpu': 'T4' }, SFT),
  },
  {
    name: 'fp8 on Ampere',
    rules: ['fp8-unsupported-by-gpu'],
    plant: adding({ 'precision.compute': 'fp8', 'hardware.gpu': 'A100' }, SFT),
  },
  {
    name: 'parameter offload at stage 2',
    rules: ['offload-without-stage-3'],
    plant: adding(
      { 'sharding.engine': 'deepspeed', 'sharding.zeroStage': 2, 'sharding.offloadParameters': 'cpu' },
      SFT,
    ),
    fixes: 'sharding.zeroStage',
  },
  {
    name: 'optimizer offload at stage 0',
    rules: ['offload-without-stage-3'],
    plant: adding({ 'sharding.engine': 'deepspeed', 'sharding.zeroStage': 0, 'sharding.offloadOptimizer': 'cpu' }, SFT),
    fixes: 'sharding.zeroStage',
  },
  {
    name: 'activation offload alone',
    rules: ['offload-without-checkpointing'],
    plant: adding({ 'activations.offload': true, 'activations.checkpointing': 'none' }, SFT),
    fixes: 'activations.checkpointing',
  },
  {
    name: '8-bit optimizer under FSDP2',
    rules: ['eight-bit-optimizer-with-fsdp'],
    plant: adding({ 'optimizer.name': 'adamw_bnb_8bit', 'sharding.engine': 'fsdp2' }, SFT),
    fixes: 'optimizer.name',
  },
  {
    name: 'FSDP and DeepSpeed',
    rules: ['fsdp-and-deepspeed'],
    plant: adding({ 'sharding.fsdpConfig': 'full_shard', 'sharding.deepspeedConfig': 'ds.json' }, SFT),
    fixes: 'sharding.fsdpConfig',
  },
  {
    name: '4-bit weights without an adapter',
    rules: ['quantized-without-adapter'],
    plant: adding({ 'adapter.quantization': 'nf4' }, SFT),
    fixes: 'adapter.kind',
  },
  {
    name: 'packing under plain attention',
    rules: ['packing-without-varlen-attention'],
    plant: adding({ 'data.packing': true, 'data.packingIsolated': false, 'model.attention': 'sdpa' }, SFT),
  },
  {
    name: 'packing on, batch as before',
    rules: ['packing-changed-without-batch'],
    plant: adding({ 'data.packing': true, 'data.meanTokens': 256, 'data.sequenceLength': 2048 }, SFT),
    head: (_recipe, fields) => ({ ...fields, 'data.packing': false }),
  },
  {
    name: 'padding',
    rules: ['padding-wastes-batch'],
    plant: adding(
      { 'data.padToMax': true, 'data.packing': false, 'data.meanTokens': 256, 'data.sequenceLength': 2048 },
      SFT,
    ),
  },
  {
    name: 'average longer than the run',
    rules: ['ema-outlasts-run'],
    plant: shortRun({ 'optimizer.emaDecay': 0.9999 }, SFT),
  },
  {
    name: 'batch × 8, average as before',
    rules: ['ema-decay-not-rescaled'],
    plant: (recipe, fields) =>
      recipe.globalBatch === undefined
        ? undefined
        : { ...fields, 'optimizer.emaDecay': 0.999, 'batch.global': recipe.globalBatch * 8 },
    head: (_recipe, fields) => ({ ...fields, 'optimizer.emaDecay': 0.999 }),
    fixes: 'optimizer.emaDecay',
  },
  {
    name: 'batch × 8, epochs as before',
    rules: ['fewer-updates-at-same-epochs'],
    plant: (recipe, fields) => (SFT(recipe) ? { ...fields, 'data.examples': 50_000, 'batch.global': 1024 } : undefined),
    head: (_recipe, fields) => ({ ...fields, 'data.examples': 50_000 }),
  },
  {
    name: 'a dozen steps in all',
    rules: ['run-too-short'],
    plant: adding({ 'data.examples': 1000, 'schedule.epochs': 1, 'batch.global': 128 }, SFT),
  },
  {
    name: 'no step at all',
    rules: ['run-has-no-steps'],
    plant: adding({ 'data.examples': 100, 'data.dropLast': true, 'batch.global': 128 }, SFT),
    fixes: 'data.dropLast',
  },
  {
    name: 'accumulation with the step in backward',
    rules: ['accumulation-with-step-in-backward'],
    plant: adding({ 'optimizer.inBackward': true, 'batch.gradientAccumulation': 8 }, SFT),
    fixes: 'optimizer.inBackward',
  },
  {
    name: 'longer than the positions',
    rules: ['sequence-exceeds-positions'],
    plant: adding({ 'data.sequenceLength': 2048, 'model.maxPositions': 1024, 'model.family': 'gpt2' }, SFT),
  },
  {
    name: 'linear scaling from one image under AdamW',
    rules: ['linear-scaling-under-adam'],
    plant: adding(
      {
        'run.task': 'diffusion',
        'reference.scalingRule': 'linear',
        'reference.baseLearningRate': 1e-4,
        'reference.batch': 1,
        'batch.global': 256,
        'optimizer.name': 'adamw_torch',
      },
      SFT,
    ),
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
    name: 'LoRA at a thousand sequences',
    rules: ['lora-batch-large'],
    plant: adding({ 'batch.global': 1024 }, isMethod('lora-sft')),
  },
  {
    name: 'balance within two sequences',
    rules: ['balance-loss-over-micro-batch'],
    plant: adding({ 'moe.balanceScope': 'micro', 'batch.micro': 2, 'model.experts': 64 }, TINY),
    fixes: 'moe.balanceScope',
  },
  {
    name: 'best model without evaluation',
    rules: ['best-model-needs-matching-cadence'],
    plant: adding(
      {
        'schedule.loadBest': true,
        'schedule.evalCadence': 'no',
        'schedule.saveCadence': 'steps',
        'schedule.saveSteps': 100,
      },
      SFT,
    ),
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
