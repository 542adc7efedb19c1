import type { FieldName } from './fields.ts';

export interface FieldInfo {
  /** The field's standard term, lower case, for labels and messages. */
  readonly label: string;
  /** Unit of a numeric value; absent where it has none. */
  readonly unit?: string;
  /** One sentence without a full stop: what the value is. */
  readonly meaning: string;
  /** Other names the field's literature uses, for search and completion. */
  readonly aliases: readonly string[];
}

/** Unit, meaning and common aliases of each field; hovers, the glossary and the panel read it. */
export const FIELD_INFO: { readonly [F in FieldName]: FieldInfo } = {
  'run.task': {
    label: 'task',
    meaning: 'What kind of model is trained, which decides its loss and its activations',
    aliases: ['task type'],
  },
  'run.objective': {
    label: 'objective',
    meaning: 'What the run optimises: next tokens, preferences, rewards',
    aliases: ['training stage', 'trainer type', 'rl method'],
  },
  'run.fromScratch': {
    label: 'from scratch',
    meaning: 'Weights start random, so shapes are free to choose and pretraining laws apply',
    aliases: ['train from scratch'],
  },
  'model.name': {
    label: 'model',
    meaning: "The trained model, as a hub id, a builder's name or a path",
    aliases: ['base model', 'checkpoint'],
  },
  'model.family': {
    label: 'architecture',
    meaning: 'The architecture, which decides its layer program',
    aliases: ['model type', 'architecture'],
  },
  'model.parameterCount': {
    label: 'parameter count',
    unit: 'parameters',
    meaning: 'All parameters of the trained model',
    aliases: ['model size'],
  },
  'model.activeParameterCount': {
    label: 'active parameter count',
    unit: 'parameters',
    meaning: 'Parameters one token passes through; fewer than all in a mixture of experts',
    aliases: ['active params'],
  },
  'model.hiddenSize': {
    label: 'hidden size',
    meaning: 'Width of the residual stream',
    aliases: ['d_model', 'embedding dimension'],
  },
  'model.intermediateSize': {
    label: 'intermediate size',
    meaning: 'Width of the feed-forward block',
    aliases: ['ffn size', 'mlp width'],
  },
  'model.layers': {
    label: 'layers',
    unit: 'layers',
    meaning: 'Transformer layers',
    aliases: ['depth', 'num_hidden_layers'],
  },
  'model.heads': { label: 'heads', unit: 'heads', meaning: 'Attention query heads', aliases: ['n_heads'] },
  'model.kvHeads': {
    label: 'key-value heads',
    unit: 'heads',
    meaning: 'Key and value heads; fewer than the query heads under grouped-query attention',
    aliases: ['n_kv_heads', 'query groups'],
  },
  'model.headDim': { label: 'head dim', meaning: 'Width of one attention head', aliases: ['head size'] },
  'model.vocabSize': {
    label: 'vocabulary size',
    unit: 'tokens',
    meaning: 'Rows of the embedding, padding counted',
    aliases: ['vocabulary'],
  },
  'model.maxPositions': {
    label: 'maximum positions',
    unit: 'tokens',
    meaning: 'Longest sequence the position encoding was made for',
    aliases: ['context length'],
  },
  'model.tiedEmbeddings': {
    label: 'tied embeddings',
    meaning: 'Input embedding and output head share one matrix',
    aliases: ['tie_word_embeddings'],
  },
  'model.experts': {
    label: 'experts',
    unit: 'experts',
    meaning: 'Experts in a mixture-of-experts layer',
    aliases: ['num_experts'],
  },
  'model.expertsPerToken': {
    label: 'experts per token',
    unit: 'experts',
    meaning: 'Experts one token is routed to',
    aliases: ['top-k'],
  },
  'model.moeIntermediateSize': {
    label: 'moe intermediate size',
    meaning: 'Feed-forward width of one expert',
    aliases: ['expert width'],
  },
  'model.slidingWindow': {
    label: 'sliding window',
    unit: 'tokens',
    meaning: 'Attention reaches back this far in windowed layers',
    aliases: ['local attention'],
  },
  'model.imageSize': {
    label: 'image size',
    unit: 'pixels',
    meaning: 'One side of the input image',
    aliases: ['resolution'],
  },
  'model.attention': {
    label: 'attention',
    meaning: 'The attention implementation, which decides whether scores are stored',
    aliases: ['attn_implementation', 'flash attention'],
  },
  'model.batchNorm': {
    label: 'batch normalisation',
    meaning: 'Which batch normalisation the model uses across devices',
    aliases: ['sync_bn'],
  },
  'model.configJson': {
    label: "checkpoint's config.json",
    meaning: "A local checkpoint's config.json that states the shape",
    aliases: [],
  },
  'batch.micro': {
    label: 'micro batch',
    unit: 'sequences',
    meaning: 'Sequences one data-parallel rank puts through the model at once',
    aliases: ['per-device batch', 'micro batch', 'local batch'],
  },
  'batch.microTokens': {
    label: 'micro batch tokens',
    unit: 'tokens',
    meaning: "Cap on tokens of one rank's micro batch, where the framework batches by tokens",
    aliases: ['max_tokens'],
  },
  'batch.gradientAccumulation': {
    label: 'gradient accumulation',
    unit: 'micro batches',
    meaning: 'Micro batches summed before one optimizer step',
    aliases: ['accumulation steps', 'update_freq'],
  },
  'batch.global': {
    label: 'global batch',
    unit: 'sequences',
    meaning: 'Sequences that one optimizer step averages over, all ranks together',
    aliases: ['total batch', 'effective batch'],
  },
  'batch.tokensPerStep': {
    label: 'tokens per step',
    unit: 'tokens',
    meaning: 'Tokens one optimizer step averages over',
    aliases: ['batch tokens'],
  },
  'batch.unit': { label: 'batch unit', meaning: 'What one unit of the batch is', aliases: [] },
  'batch.eval': {
    label: 'evaluation batch',
    unit: 'sequences',
    meaning: 'Sequences one rank puts through the model at once in evaluation',
    aliases: ['eval batch'],
  },
  'batch.rampUp': {
    label: 'batch ramp-up',
    meaning: 'The global batch grows during the run',
    aliases: ['batch warmup'],
  },
  'batch.unevenMicro': {
    label: 'uneven micro batches',
    meaning: "The micro batch is a cap: a rank's share of the global batch may split into unlike pieces",
    aliases: [],
  },
  'data.sequenceLength': {
    label: 'sequence length',
    unit: 'tokens',
    meaning: 'Length a training sequence is cut or packed to',
    aliases: ['max length', 'cutoff', 'context'],
  },
  'data.targetLength': {
    label: 'target length',
    unit: 'tokens',
    meaning: "Length of the decoder's side in an encoder-decoder",
    aliases: [],
  },
  'data.packing': { label: 'packing', meaning: 'Several documents share one sequence', aliases: ['sample packing'] },
  'data.packingIsolated': {
    label: 'packed documents kept apart',
    meaning: 'Packed documents cannot attend to each other',
    aliases: ['block-diagonal mask', 'position reset'],
  },
  'data.padToMax': {
    label: 'padding to full length',
    meaning: 'Every sequence is padded to the full length',
    aliases: ['pad_to_sequence_len'],
  },
  'data.groupByLength': {
    label: 'grouping by length',
    meaning: 'Sequences of like length share a batch',
    aliases: ['length bucketing'],
  },
  'data.examples': {
    label: 'examples',
    unit: 'examples',
    meaning: 'Training examples in the data set',
    aliases: ['dataset size'],
  },
  'data.meanTokens': {
    label: 'mean tokens per example',
    unit: 'tokens',
    meaning: 'Mean tokens of an example',
    aliases: [],
  },
  'data.tokens': { label: 'data set tokens', unit: 'tokens', meaning: 'Tokens in the data set', aliases: [] },
  'data.dropLast': { label: 'last batch dropped', meaning: 'An incomplete last batch is dropped', aliases: [] },
  'optimizer.name': { label: 'optimizer', meaning: 'The optimizer, by its canonical name', aliases: ['optim'] },
  'optimizer.peakLearningRate': {
    label: 'peak learning rate',
    meaning: 'The learning rate after warmup',
    aliases: ['lr', 'learning rate', 'max lr'],
  },
  'optimizer.weightDecay': {
    label: 'weight decay',
    meaning: 'Decoupled weight decay, or the L2 coefficient for SGD',
    aliases: ['wd'],
  },
  'optimizer.beta1': { label: 'beta1', meaning: "Decay of Adam's first moment", aliases: ['adam_beta1'] },
  'optimizer.beta2': { label: 'beta2', meaning: "Decay of Adam's second moment", aliases: ['adam_beta2'] },
  'optimizer.epsilon': { label: 'epsilon', meaning: "Adam's denominator offset", aliases: ['adam_epsilon'] },
  'optimizer.momentum': { label: 'momentum', meaning: "SGD's momentum", aliases: [] },
  'optimizer.maxGradNorm': {
    label: 'gradient clipping norm',
    meaning: 'Gradients are scaled down to this norm; 0 means no clipping',
    aliases: ['gradient clipping'],
  },
  'optimizer.inBackward': {
    label: 'optimizer in backward',
    meaning: 'Each parameter is stepped as its gradient arrives, so gradients are never all live',
    aliases: ['optimizer in backward'],
  },
  'optimizer.stateDtype': {
    label: 'optimizer state dtype',
    meaning: "The dtype of the optimizer's states, where the framework states it",
    aliases: [],
  },
  'optimizer.rank': {
    label: 'projection rank',
    meaning: 'Rank of a low-rank gradient projection (GaLore, APOLLO)',
    aliases: ['galore rank'],
  },
  'optimizer.emaDecay': {
    label: 'EMA decay',
    meaning: 'Decay of an exponential moving average of the weights',
    aliases: ['ema'],
  },
  'optimizer.mup': {
    label: 'muP',
    meaning:
      'The learning rate is stated at a base width and divided by the width ratio (maximal-update parametrisation)',
    aliases: ['maximal update parametrization', 'use_mup'],
  },
  'schedule.kind': { label: 'schedule', meaning: 'Shape of the learning-rate schedule', aliases: ['lr scheduler'] },
  'schedule.warmupSteps': {
    label: 'warmup steps',
    unit: 'steps',
    meaning: 'Optimizer steps over which the learning rate climbs',
    aliases: ['warmup'],
  },
  'schedule.warmupRatio': {
    label: 'warmup ratio',
    unit: 'share of the run',
    meaning: 'Warmup as a share of all steps',
    aliases: ['warmup ratio'],
  },
  'schedule.totalSteps': {
    label: 'total steps',
    unit: 'steps',
    meaning: 'Optimizer steps in the run',
    aliases: ['max steps', 'train iters'],
  },
  'schedule.epochs': {
    label: 'epochs',
    unit: 'epochs',
    meaning: 'Passes over the training data',
    aliases: ['num epochs'],
  },
  'schedule.decaySteps': {
    label: 'decay steps',
    unit: 'steps',
    meaning: 'Steps over which the learning rate falls',
    aliases: ['lr_decay_iters'],
  },
  'schedule.totalTokens': {
    label: 'total tokens',
    unit: 'tokens',
    meaning: 'Tokens trained on over the whole run',
    aliases: ['token budget', 'horizon'],
  },
  'schedule.minLearningRate': {
    label: 'final learning rate',
    meaning: 'Where the learning rate ends',
    aliases: ['min lr'],
  },
  'schedule.minRatio': {
    label: 'final share of the learning rate',
    unit: 'share of the peak',
    meaning: 'Final learning rate as a share of the peak',
    aliases: ['alpha_f', 'min_lr_ratio'],
  },
  'schedule.evalCadence': { label: 'evaluation cadence', meaning: 'When evaluation runs', aliases: ['eval strategy'] },
  'schedule.evalSteps': {
    label: 'evaluation interval',
    unit: 'steps',
    meaning: 'Steps between evaluations',
    aliases: ['eval interval'],
  },
  'schedule.saveCadence': {
    label: 'checkpoint cadence',
    meaning: 'When checkpoints are written',
    aliases: ['save strategy'],
  },
  'schedule.saveSteps': {
    label: 'checkpoint interval',
    unit: 'steps',
    meaning: 'Steps between checkpoints',
    aliases: ['checkpoint interval'],
  },
  'schedule.loadBest': {
    label: 'best checkpoint loaded',
    meaning: 'The best checkpoint is loaded at the end',
    aliases: ['load_best_model_at_end'],
  },
  'precision.weights': {
    label: 'weight dtype',
    meaning: 'The dtype in which trained (or frozen, unquantised) weights are stored on the GPU',
    aliases: ['torch_dtype', 'model dtype'],
  },
  'precision.compute': {
    label: 'compute dtype',
    meaning: 'The dtype of matrix multiplications',
    aliases: ['mixed precision'],
  },
  'precision.autocast': {
    label: 'autocast',
    meaning: 'torch autocast around the forward pass, and its dtype',
    aliases: ['amp'],
  },
  'precision.master': {
    label: 'master weights',
    meaning: 'A master copy of the weights kept for the optimizer beside the ones computed with',
    aliases: ['master weights'],
  },
  'precision.gradients': {
    label: 'gradient dtype',
    meaning: 'The dtype gradients are kept in',
    aliases: ['grad dtype'],
  },
  'precision.reduce': {
    label: 'reduce dtype',
    meaning: 'The dtype gradients are reduced in across ranks',
    aliases: ['reduce dtype'],
  },
  'precision.bf16Flag': { label: 'bf16', meaning: 'The config asks for bf16', aliases: ['bf16'] },
  'precision.fp16Flag': { label: 'fp16', meaning: 'The config asks for fp16', aliases: ['fp16'] },
  'precision.tf32': { label: 'TF32', meaning: 'fp32 multiplications run in TF32', aliases: ['tf32'] },
  'precision.lossScaling': {
    label: 'loss scaling',
    meaning: 'A loss scaler guards fp16 gradients',
    aliases: ['loss scale'],
  },
  'adapter.kind': {
    label: 'adapter',
    meaning: 'The parameter-efficient method, or none for a full fine-tune',
    aliases: ['lora', 'peft'],
  },
  'adapter.rank': { label: 'LoRA rank', meaning: 'Rank of the low-rank update', aliases: ['lora_r'] },
  'adapter.alpha': {
    label: 'LoRA alpha',
    meaning: "LoRA's alpha; the update is scaled by alpha / rank",
    aliases: ['lora_alpha'],
  },
  'adapter.dropout': { label: 'LoRA dropout', meaning: "Dropout on the adapter's input", aliases: ['lora_dropout'] },
  'adapter.targets': { label: 'LoRA targets', meaning: 'Modules the adapter attaches to', aliases: ['target modules'] },
  'adapter.dtype': {
    label: 'adapter dtype',
    meaning: 'The dtype of the low-rank matrices and their optimizer states',
    aliases: ['autocast_adapter_dtype'],
  },
  'adapter.rankStabilized': {
    label: 'rank-stabilised LoRA',
    meaning: 'The update is scaled by alpha / sqrt(rank)',
    aliases: ['rslora'],
  },
  'adapter.savedModules': {
    label: 'modules trained in full',
    meaning: 'Modules trained in full beside the adapter',
    aliases: ['modules_to_save'],
  },
  'adapter.quantization': {
    label: 'weight quantization',
    meaning: 'Storage of the frozen base weights',
    aliases: ['load_in_4bit', 'quantization'],
  },
  'adapter.doubleQuantization': {
    label: 'double quantisation',
    meaning: 'The block scales of 4-bit weights are quantised too',
    aliases: ['double quant'],
  },
  'adapter.quantizesExperts': {
    label: 'quantised experts',
    meaning: 'Expert weights stacked in one tensor are quantised as well as linear layers',
    aliases: ['quantize_moe_experts'],
  },
  'adapter.trainableShare': {
    label: 'trainable share',
    unit: 'share',
    meaning: 'Share of the parameters that train under partial freezing',
    aliases: ['freeze'],
  },
  'adapter.freezesVisionTower': {
    label: 'frozen vision tower',
    meaning: 'The vision tower does not train',
    aliases: [],
  },
  'activations.checkpointing': {
    label: 'activation checkpointing',
    meaning: 'Which activations are recomputed in backward instead of stored',
    aliases: ['gradient checkpointing', 'recompute', 'remat'],
  },
  'activations.offload': {
    label: 'activation offload',
    meaning: 'Stored activations wait in host memory',
    aliases: ['activation offloading'],
  },
  'activations.checkpointEvery': {
    label: 'layers per checkpoint',
    unit: 'layers',
    meaning: 'One layer in this many is checkpointed',
    aliases: [],
  },
  'loss.kernel': {
    label: 'cross-entropy kernel',
    meaning: "How the vocabulary's cross-entropy is computed: all logits at once, in chunks, or fused",
    aliases: ['liger', 'cut cross entropy'],
  },
  'loss.chunks': {
    label: 'cross-entropy chunks',
    unit: 'chunks',
    meaning: "Pieces the sequence's logits are cut into",
    aliases: [],
  },
  'loss.labelSmoothing': { label: 'label smoothing', meaning: 'Label smoothing factor', aliases: [] },
  'loss.fusedLayers': {
    label: 'fused layer kernels',
    meaning: 'Fused kernels replace norms, rotary and SwiGLU',
    aliases: ['liger kernel'],
  },
  'compile.enabled': { label: 'torch.compile', meaning: 'torch.compile runs over the model', aliases: ['compile'] },
  'sharding.engine': {
    label: 'sharding engine',
    meaning: 'What splits model states over data-parallel ranks',
    aliases: ['distributed strategy'],
  },
  'sharding.zeroStage': {
    label: 'ZeRO stage',
    meaning: 'Which states are split: optimizer, gradients, parameters',
    aliases: ['zero stage'],
  },
  'sharding.degree': {
    label: 'shard degree',
    unit: 'ranks',
    meaning: 'Ranks one copy of the model states is split over',
    aliases: ['shard degree'],
  },
  'sharding.reshardAfterForward': {
    label: 'reshard after forward',
    meaning: 'Gathered parameters are dropped after forward and gathered again for backward',
    aliases: ['full_shard'],
  },
  'sharding.offloadOptimizer': {
    label: 'optimizer offload',
    meaning: 'Where optimizer states live',
    aliases: ['cpu offload'],
  },
  'sharding.offloadParameters': {
    label: 'parameter offload',
    meaning: 'Where parameters live between uses',
    aliases: ['param offload'],
  },
  'sharding.reduceBucketElements': {
    label: 'reduce bucket',
    unit: 'elements',
    meaning: 'Gradients reduced together',
    aliases: ['reduce_bucket_size'],
  },
  'sharding.allgatherBucketElements': {
    label: 'all-gather bucket',
    unit: 'elements',
    meaning: 'Parameters gathered together',
    aliases: ['allgather_bucket_size'],
  },
  'sharding.prefetchElements': {
    label: 'prefetch bucket',
    unit: 'elements',
    meaning: 'Parameters fetched ahead of use',
    aliases: ['stage3_prefetch_bucket_size'],
  },
  'sharding.maxLiveElements': {
    label: 'live parameters',
    unit: 'elements',
    meaning: 'Parameters kept gathered at most',
    aliases: ['stage3_max_live_parameters'],
  },
  'sharding.overlap': {
    label: 'overlapped communication',
    meaning: 'Communication overlaps computation, with twice the buffers',
    aliases: ['overlap_comm'],
  },
  'sharding.deepspeedConfig': {
    label: 'DeepSpeed config',
    meaning: 'The DeepSpeed config in force',
    aliases: ['deepspeed'],
  },
  'sharding.fsdpConfig': { label: 'FSDP config', meaning: 'The FSDP setting in force', aliases: ['fsdp'] },
  'parallel.world': {
    label: 'world size',
    unit: 'GPUs',
    meaning: 'All processes of the run, one a GPU',
    aliases: ['world size', 'num_processes'],
  },
  'parallel.nodes': { label: 'nodes', unit: 'nodes', meaning: 'Machines', aliases: ['num_machines', 'nnodes'] },
  'parallel.gpusPerNode': {
    label: 'gpus per node',
    unit: 'GPUs',
    meaning: 'GPUs of one machine',
    aliases: ['nproc_per_node'],
  },
  'parallel.data': {
    label: 'data parallel',
    unit: 'ranks',
    meaning: 'Data-parallel ranks: world / (tensor x pipeline x context)',
    aliases: ['dp'],
  },
  'parallel.tensor': {
    label: 'tensor parallel',
    unit: 'ranks',
    meaning: "Ranks one layer's matrices are split over",
    aliases: ['tp'],
  },
  'parallel.pipeline': {
    label: 'pipeline parallel',
    unit: 'stages',
    meaning: 'Stages the layers are split into',
    aliases: ['pp'],
  },
  'parallel.virtualPipeline': {
    label: 'virtual pipeline chunks',
    unit: 'chunks',
    meaning: 'Model chunks a pipeline stage holds',
    aliases: ['interleaving'],
  },
  'parallel.unevenStages': {
    label: 'uneven stages',
    meaning: 'Single pipeline stages are given layer counts of their own, so the rest need not divide',
    aliases: ['pipeline layout'],
  },
  'parallel.context': {
    label: 'context parallel',
    unit: 'ranks',
    meaning: 'Ranks one sequence is split over',
    aliases: ['cp', 'ring attention'],
  },
  'parallel.ulysses': {
    label: 'Ulysses sequence parallel',
    unit: 'ranks',
    meaning: 'Ranks one sequence is split over by all-to-all on heads',
    aliases: ['sequence parallel size'],
  },
  'parallel.expert': {
    label: 'expert parallel',
    unit: 'ranks',
    meaning: 'Ranks the experts are split over',
    aliases: ['ep'],
  },
  'parallel.sequence': {
    label: 'sequence parallel',
    meaning: 'Norms and residuals are split over the tensor-parallel ranks too',
    aliases: ['sequence parallel'],
  },
  'parallel.loss': {
    label: 'loss parallel',
    meaning: 'The loss runs on logits split by vocabulary over the tensor-parallel ranks',
    aliases: ['disable_loss_parallel'],
  },
  'hardware.gpu': { label: 'GPU', meaning: 'The GPU of one rank, by its catalogue name', aliases: ['accelerator'] },
  'rollout.generations': {
    label: 'generations per prompt',
    unit: 'completions',
    meaning: 'Completions sampled for one prompt',
    aliases: ['num_generations', 'group size'],
  },
  'rollout.engine': { label: 'rollout engine', meaning: 'What generates completions', aliases: ['use_vllm'] },
  'rollout.colocated': {
    label: 'rollout on the training GPUs',
    meaning: 'The rollout engine shares the training GPUs',
    aliases: ['vllm_mode'],
  },
  'rollout.memoryShare': {
    label: 'rollout memory share',
    unit: 'share of the GPU',
    meaning: 'Memory the rollout engine takes up front',
    aliases: ['gpu_memory_utilization'],
  },
  'rollout.tensorParallel': {
    label: 'rollout tensor parallel',
    unit: 'ranks',
    meaning: 'Tensor parallelism of the rollout engine',
    aliases: [],
  },
  'rollout.promptLength': {
    label: 'prompt length',
    unit: 'tokens',
    meaning: 'Longest prompt',
    aliases: ['max_prompt_length'],
  },
  'rollout.completionLength': {
    label: 'completion length',
    unit: 'tokens',
    meaning: 'Longest completion',
    aliases: ['max_completion_length', 'response length'],
  },
  'rollout.batch': {
    label: 'rollout batch',
    unit: 'completions',
    meaning: 'Completions generated before one round of updates, all ranks together',
    aliases: ['generation batch size'],
  },
  'rollout.promptsPerStep': {
    label: 'prompts per rollout',
    unit: 'prompts',
    meaning: 'Prompts rolled out together',
    aliases: ['train_batch_size'],
  },
  'rollout.miniBatch': {
    label: 'mini-batch',
    unit: 'completions',
    meaning: 'Samples of one optimizer step inside a rollout batch',
    aliases: ['ppo_mini_batch_size'],
  },
  'rollout.stepsPerGeneration': {
    label: 'steps per generation',
    unit: 'steps',
    meaning: 'Micro steps served by one generation round',
    aliases: [],
  },
  'rollout.updateEpochs': {
    label: 'update epochs',
    unit: 'passes',
    meaning: 'Passes over one rollout batch',
    aliases: ['ppo_epochs', 'num_iterations'],
  },
  'rollout.steps': {
    label: 'rollout steps',
    unit: 'transitions',
    meaning: 'Transitions one environment collects before an update',
    aliases: ['n_steps'],
  },
  'rollout.environments': {
    label: 'environments',
    unit: 'environments',
    meaning: 'Environments stepped side by side',
    aliases: ['n_envs'],
  },
  'rollout.bufferSize': {
    label: 'replay buffer',
    unit: 'transitions',
    meaning: 'Size of the replay buffer',
    aliases: [],
  },
  'rollout.klCoefficient': {
    label: 'KL coefficient',
    meaning: 'Weight of the divergence from the reference policy',
    aliases: ['beta', 'kl_coef'],
  },
  'rollout.clipRange': { label: 'clip range', meaning: 'Clip range of the policy ratio', aliases: ['epsilon'] },
  'rollout.algorithm': {
    label: 'RL algorithm',
    meaning: 'The reinforcement-learning algorithm',
    aliases: ['adv_estimator'],
  },
  'preference.beta': { label: 'preference beta', meaning: 'Strength of the preference loss', aliases: ['dpo beta'] },
  'contrastive.loss': { label: 'contrastive loss', meaning: 'The contrastive loss', aliases: [] },
  'contrastive.gathered': {
    label: 'negatives gathered over ranks',
    meaning: 'Negatives are gathered over all ranks',
    aliases: ['gather_with_grad', 'local_loss'],
  },
  'contrastive.cachedMicro': {
    label: 'cached mini-batch',
    unit: 'pairs',
    meaning: 'Mini-batch of a cached contrastive loss',
    aliases: ['mini_batch_size'],
  },
  'contrastive.temperature': { label: 'temperature', meaning: 'Softmax temperature', aliases: [] },
  'moe.balanceLoss': {
    label: 'balance loss weight',
    meaning: 'Weight of the load-balancing loss',
    aliases: ['aux loss coefficient'],
  },
  'moe.balanceScope': {
    label: 'balance loss scope',
    meaning: 'Over what the load-balancing loss is averaged',
    aliases: [],
  },
  'reference.batch': {
    label: 'base batch',
    unit: 'sequences',
    meaning: 'Batch that the stated base learning rate belongs to',
    aliases: ['base batch'],
  },
  'reference.baseLearningRate': {
    label: 'base learning rate',
    meaning: 'Learning rate at the reference batch, rescaled by the framework at run time',
    aliases: ['base lr'],
  },
  'reference.scalingRule': {
    label: 'learning-rate scaling rule',
    meaning: 'How the framework itself rescales the learning rate',
    aliases: ['auto lr scaling'],
  },
  'reference.world': {
    label: 'base world size',
    unit: 'GPUs',
    meaning: 'World size the config was written for',
    aliases: [],
  },
};

/** All field names, in the registry's order. */
export const FIELD_NAMES = Object.keys(FIELD_INFO) as readonly FieldName[];

/** Whether a string names a field: the boundary check for names that come from settings or the wire. */
export function isFieldName(name: string): name is FieldName {
  return Object.hasOwn(FIELD_INFO, name);
}
