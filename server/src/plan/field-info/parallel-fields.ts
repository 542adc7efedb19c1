import type { FieldInfo } from './field-info.ts';

/** Sharding, parallelism and hardware. */
export const PARALLEL_FIELDS = {
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
  'sharding.replicas': {
    label: 'replicas',
    unit: 'copies',
    meaning: 'Copies of the model states, each split over ranks of its own',
    aliases: ['dp_replicate', 'data_parallel_replicate_degree'],
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
  'sharding.awayStates': {
    label: 'states in host memory',
    meaning: 'Optimizer states leave the GPU between steps, or for good together with the gradients',
    aliases: ['optim_cpu_offload', 'full_offload'],
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
  'sharding.defersReduction': {
    label: 'deferred gradient reduction',
    meaning: 'Micro-steps before the last sum whole gradients on every rank, which are reduced once a step',
    aliases: ['no_sync', 'defer_fsdp_grad_sync'],
  },
  'sharding.wrapClasses': {
    label: 'wrapped layer classes',
    meaning: 'Classes of layers that FSDP gathers one at a time',
    aliases: ['transformer_layer_cls_to_wrap'],
  },
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
} as const satisfies Readonly<Record<string, FieldInfo>>;
