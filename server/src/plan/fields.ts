import type {
  AdapterKind,
  AdapterMethod,
  AdapterTargets,
  AttentionKernel,
  AwayStates,
  BatchUnit,
  Cadence,
  Checkpointing,
  CompileScope,
  KeptActivations,
  LogProbabilities,
  LossKernel,
  Objective,
  OffloadDevice,
  ShardingEngine,
  Task,
  TensorDtype,
  WeightQuantization,
} from './field-types.ts';

/**
 * Every quantity a training config can state, under one dotted name each.
 * The name serves rules, hovers, documentation, setting overrides, JSON output and edits alike.
 */
export interface PlanFields {
  'run.task': Task;
  'run.objective': Objective;
  'run.fromScratch': boolean;
  'model.name': string;
  'model.family': string;
  'model.parameterCount': number;
  'model.activeParameterCount': number;
  'model.hiddenSize': number;
  'model.intermediateSize': number;
  'model.layers': number;
  'model.heads': number;
  'model.kvHeads': number;
  'model.headDim': number;
  'model.vocabSize': number;
  'model.maxPositions': number;
  'model.tiedEmbeddings': boolean;
  'model.experts': number;
  'model.expertsPerToken': number;
  'model.moeIntermediateSize': number;
  'model.slidingWindow': number;
  'model.imageSize': number;
  'model.attention': AttentionKernel;
  'model.batchNorm': 'batch' | 'sync' | 'none';
  'model.configJson': string;
  'batch.micro': number;
  'batch.microTokens': number;
  'batch.pipelinePass': number;
  'batch.gradientAccumulation': number;
  'batch.global': number;
  'batch.tokensPerStep': number;
  'batch.unit': BatchUnit;
  'batch.eval': number;
  'batch.rampUp': boolean;
  'batch.unevenMicro': boolean;
  'batch.roundsDown': boolean;
  'data.sequenceLength': number;
  'data.targetLength': number;
  'data.packing': boolean;
  'data.packingIsolated': boolean;
  'data.padToMax': boolean;
  'data.groupByLength': boolean;
  'data.examples': number;
  'data.meanTokens': number;
  'data.tokens': number;
  'data.dropLast': boolean;
  'data.synthetic': boolean;
  'optimizer.name': string;
  'optimizer.peakLearningRate': number;
  'optimizer.weightDecay': number;
  'optimizer.beta1': number;
  'optimizer.beta2': number;
  'optimizer.epsilon': number;
  'optimizer.momentum': number;
  'optimizer.maxGradNorm': number;
  'optimizer.inBackward': boolean;
  'optimizer.stateDtype': TensorDtype;
  'optimizer.rank': number;
  'optimizer.emaDecay': number;
  'optimizer.mup': boolean;
  'schedule.kind': string;
  'schedule.warmupSteps': number;
  'schedule.warmupRatio': number;
  'schedule.totalSteps': number;
  'schedule.epochs': number;
  'schedule.decaySteps': number;
  'schedule.holdSteps': number;
  'schedule.totalTokens': number;
  'schedule.minLearningRate': number;
  'schedule.minRatio': number;
  'schedule.evalCadence': Cadence;
  'schedule.evalSteps': number;
  'schedule.saveCadence': Cadence;
  'schedule.saveSteps': number;
  'schedule.loadBest': boolean;
  'precision.weights': TensorDtype;
  'precision.compute': TensorDtype;
  'precision.autocast': TensorDtype | 'off';
  'precision.master': 'fp32' | 'none';
  'precision.gradients': TensorDtype;
  'precision.reduce': TensorDtype;
  'precision.bf16Flag': boolean;
  'precision.fp16Flag': boolean;
  'precision.tf32': boolean;
  'precision.lossScaling': boolean;
  'adapter.kind': AdapterKind;
  'adapter.method': AdapterMethod;
  'adapter.rank': number;
  'adapter.alpha': number;
  'adapter.dropout': number;
  'adapter.targets': AdapterTargets;
  'adapter.targetParameters': readonly string[];
  'adapter.layers': readonly number[];
  'adapter.blockSize': number;
  'adapter.virtualTokens': number;
  'adapter.dtype': TensorDtype;
  'adapter.rankStabilized': boolean;
  'adapter.savedModules': readonly string[];
  'adapter.quantization': WeightQuantization;
  'adapter.doubleQuantization': boolean;
  'adapter.quantizesExperts': boolean;
  'adapter.upcastsUnquantized': boolean;
  'adapter.trainableShare': number;
  'adapter.trainedParameters': readonly string[];
  'adapter.trainedLayers': number;
  'adapter.freezesVisionTower': boolean;
  'activations.checkpointing': Checkpointing;
  'activations.kept': KeptActivations;
  'activations.checkpointedLayers': number;
  'activations.offload': boolean;
  'activations.checkpointEvery': number;
  'loss.kernel': LossKernel;
  'loss.chunks': number;
  'loss.logProbabilities': LogProbabilities;
  'loss.labelSmoothing': number;
  'loss.upcastsLogits': boolean;
  'loss.fusedLayers': boolean;
  'loss.completionLogits': boolean;
  'compile.enabled': boolean;
  'compile.scope': CompileScope;
  'sharding.engine': ShardingEngine;
  'sharding.zeroStage': 0 | 1 | 2 | 3;
  'sharding.degree': number;
  'sharding.replicas': number;
  'sharding.reshardAfterForward': boolean;
  'sharding.defersReduction': boolean;
  'sharding.offloadOptimizer': OffloadDevice;
  'sharding.awayStates': AwayStates;
  'sharding.offloadParameters': OffloadDevice;
  'sharding.reduceBucketElements': number;
  'sharding.allgatherBucketElements': number;
  'sharding.prefetchElements': number;
  'sharding.maxLiveElements': number;
  'sharding.overlap': boolean;
  'sharding.deepspeedConfig': string;
  'sharding.fsdpConfig': string;
  'sharding.wrapClasses': readonly string[];
  'parallel.world': number;
  'parallel.nodes': number;
  'parallel.gpusPerNode': number;
  'parallel.data': number;
  'parallel.tensor': number;
  'parallel.pipeline': number;
  'parallel.virtualPipeline': number;
  'parallel.unevenStages': boolean;
  'parallel.context': number;
  'parallel.ulysses': number;
  'parallel.expert': number;
  'parallel.sequence': boolean;
  'parallel.loss': boolean;
  'hardware.gpu': string;
  'rollout.generations': number;
  'rollout.engine': string;
  'rollout.colocated': boolean;
  'rollout.memoryShare': number;
  'rollout.tensorParallel': number;
  'rollout.promptLength': number;
  'rollout.completionLength': number;
  'rollout.batch': number;
  'rollout.promptsPerStep': number;
  'rollout.miniBatch': number;
  'rollout.stepsPerGeneration': number;
  'rollout.updateEpochs': number;
  'rollout.steps': number;
  'rollout.rounds': number;
  'rollout.episodes': number;
  'rollout.transitions': number;
  'rollout.environments': number;
  'rollout.bufferSize': number;
  'rollout.klCoefficient': number;
  'rollout.clipRange': number;
  'rollout.algorithm': string;
  'preference.beta': number;
  'preference.lengthNormalised': boolean;
  'contrastive.loss': string;
  'contrastive.gathered': boolean;
  'contrastive.cachedMicro': number;
  'contrastive.texts': number;
  'contrastive.temperature': number;
  'moe.balanceLoss': number;
  'moe.balanceScope': 'micro' | 'sequence' | 'global';
  'evaluation.length': number;
  'evaluation.packing': boolean;
  'evaluation.lossKernel': LossKernel;
  'evaluation.examples': number;
  'evaluation.keepsLogits': boolean;
  'evaluation.batchesOnDevice': number;
  'evaluation.generates': boolean;
  'evaluation.newTokens': number;
  'evaluation.beams': number;
  'reference.batch': number;
  'reference.baseLearningRate': number;
  'reference.scalingRule': 'linear' | 'sqrt' | 'none';
  'reference.world': number;
}

export type FieldName = keyof PlanFields;
