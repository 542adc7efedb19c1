import { MORE_QUANTITIES } from './more-quantities.ts';
import type { Quantity } from './quantity.ts';

/** Groups about another run or model than the one that is trained: their sizes and rates are not the plan's. */
/** Groups that have such a word in their name and hold the trained model itself: verl's actor stands beside its rollout in one. */
export const OWN_GROUP = /^actor_rollout_ref$/;

export const FOREIGN_GROUP =
  /(^|_)(eval|evals|evaluation|evaluators|val|valid|validation|test|infer|inference|generate|generation|generating|sample|sampling|critic|reward|rewards|ref|reference|teachers?|rollout|vllm|sglang|profiler|profiling|export|exporter|benchmark|judge|discriminator|icl|ci)(_|$)|^(env|envs|env_config|environment|custom_envs?|defaults|value|lighteval)$/;

const EVALUATION = '(^|_)(eval|val|valid|validation|test|infer|inference|gen|generation|sample)(_|$)';

export const QUANTITIES: readonly Quantity[] = [
  {
    id: 'batch',
    title: 'micro or global batch',
    target: 98,
    parts: [
      {
        names: [
          { key: /(^|_)(micro_?|mini_?|global_?)?batch_?size(_|$)|(^|_)micro_?batch$/, value: 'count' },
          {
            key: /^(bs|mbs|gbs|train_mbs|train_gbs|max_sentences|ims_per_batch|batchsize_per_replica)$/,
            value: 'count',
          },
          {
            key: /^(per_device_parallelism|samples_per_gpu|imgs_per_gpu|videos_per_gpu|batch_duration|global_batch|batch)$/,
            value: 'count',
          },
          { key: /^max_tokens$/, under: /^dataset$/, value: 'count' },
          { key: /^values?$/, under: /^(train_)?batch_?size$/, value: 'count' },
        ],
        not: new RegExp(
          `${EVALUATION}|logprob|log_prob|forward|rollout|rampup|required|bucket|^map_|max_num|schedule|critic|reward|emb_|fused|content|_sv$|multiplier|multiple|per_image|shuffle|base_lr|num_|pp_microbatch|fetch|load|save|write|index|encode|tokeniz|pad_|split_batch|learning_rate`,
        ),
        // What reinforcement learning calls its batch is a round's or an update's.
        fields: [
          'batch.micro',
          'batch.global',
          'batch.microTokens',
          'batch.pipelinePass',
          'rollout.miniBatch',
          'rollout.batch',
        ],
      },
    ],
  },
  {
    id: 'rate',
    title: 'learning rate',
    target: 98,
    parts: [
      {
        names: [
          {
            key: /^((base|blr|init|initial|peak|max|actor|policy|backbone|unet|start|optim|optimizer)_)?(lr|learning_rate|learningrate|blr)s?(_(float|init|initial|max|peak|base|value))?$/,
            value: 'rate',
          },
          {
            key: /^(values?|base_value|start_value|initial_value|default)$/,
            under: /^(lr|lrs|learning_rate|base_lr|auto_lr_scaling|schedulers)$/,
            value: 'rate',
          },
        ],
        notUnder: /(^|_)(discriminator|disc|embedding|embed|head|finder|find|layerwise|sweep|search)(_|$)/,
        fields: ['optimizer.peakLearningRate', 'reference.baseLearningRate'],
      },
    ],
  },
  {
    id: 'optimizer',
    title: 'optimizer',
    target: 95,
    parts: [
      {
        names: [
          {
            key: /^(optimizer|optim|opt|opt_type|optim_type|optimizer_type|optimizer_name|optim_name|opt_name|vl_optim|optimizer_class|trainer_optimizer)$/,
            value: 'name',
          },
          {
            key: /^(name|type|class|class_name|class_path|target|target_|component|cls|kind|optimizer_type|optimizer_name)$/,
            under:
              /^(optimizer|optim|opt|optimizer_config|optimizer_factory|optimizer_args|optim_param|optim_config|optim_backbone|optimizers)$/,
            value: 'name',
          },
        ],
        fields: ['optimizer.name'],
      },
    ],
  },
  {
    id: 'sequence',
    title: 'sequence length',
    target: 95,
    parts: [
      {
        names: [
          {
            key: /^(max_|encoder_|train_|model_|packed_|total_|global_|src_|tgt_|source_|target_)*(seq|sequence)_?(len|length|size|lens)$/,
            value: 'count',
          },
          {
            key: /^(seq_len|seqlen|max_seqlen|max_seqlens|max_sequence_len|cutoff_len|model_max_length|block_size|context_length|context_len|context_window|n_ctx|tokens_per_sample|max_target_length|max_target_positions|packed_sequence_size|max_len|max_length|max_completion_length|response_length|max_response_length|max_positions|max_source_len|max_target_len|(q|p|query|passage|doc)_max_len(gth)?)$/,
            value: 'count',
          },
        ],
        fields: ['data.sequenceLength', 'data.targetLength', 'rollout.promptLength', 'rollout.completionLength'],
      },
    ],
  },
  {
    id: 'schedule',
    title: 'schedule length',
    target: 95,
    parts: [
      {
        names: [
          {
            key: /^(max|num|total|n|train|num_train|max_train|total_train|training|num_training|total_training|max_training|number_of)_?(steps?|epochs?|iters?|iterations|updates?|timesteps|num_steps|num_epochs|opt_steps)$/,
            value: 'length',
          },
          {
            key: /^(epochs?|steps|iterations|niter|nepochs|train_samples|max_num_steps|max_num_opt_steps|max_num_epochs|total_tokens|grpo_iterations|total_rollout_steps)$/,
            value: 'length',
          },
          { key: /^max_tokens$/, under: /^train$/, value: 'length' },
          { key: /^max_duration$/, value: 'duration' },
          { key: /^max_duration$/, under: /^$/, value: 'length' },
        ],
        // Steps of attention, of a diffusion's sampler, of a curve of the rate: none is the run's length.
        notUnder: /^((lr_|learning_rate_)?(sched|scheduler|schedule)|combiner|sampler|sde|callbacks|env_config|agent)$/,
        fields: [
          'schedule.totalSteps',
          'schedule.epochs',
          'schedule.totalTokens',
          'rollout.rounds',
          'rollout.transitions',
        ],
      },
    ],
  },
  {
    id: 'model',
    title: 'model or its dimensions',
    target: 95,
    parts: [
      {
        names: [
          {
            key: /^(pretrained_|base_|hf_|student_|policy_|actor_)?model(_name|_id|_path|_key)?(_or_path)?$|^(model_name_or_path|model_id_or_path|pretrained_model_name_or_path|pretrain|pretrained_model|base_model|hf_model_id|name_or_path|backbone|arch|architecture|meta_architecture|model_flavor|flavor|encoder_name|model_arch)$/,
            value: 'name',
          },
          {
            key: /^(name|name_or_path|size|type|path|component|target)$/,
            under: /^(model|backbone|trunk|encoder|base_model|model_spec)$/,
            value: 'name',
          },
          { key: /^checkpoint_dir$/, under: /^$/, value: 'name' },
          { key: /^(model_train_name|partial_pretrain|student_pretrain|pretrained_llm|model_cls)$/, value: 'name' },
          { key: /^weights$/, under: /^model$/, value: 'name' },
          { key: /^layers$/, under: /^model$/, value: 'count' },
          {
            key: /^(hidden_size|hidden_dim|d_model|dim|n_embd|embed_dim|emb_dim|encoder_embed_dim|num_layers|n_layers|n_layer|num_hidden_layers|encoder_layers|depth|depths|model_channels|base_emb_dim|base_num_decoder_layers|num_hidden_video_layers)$/,
            value: 'count',
          },
        ],
        fields: ['model.name', 'model.family', 'model.hiddenSize', 'model.layers', 'model.parameterCount'],
      },
    ],
  },
  {
    id: 'parallel',
    title: 'parallel sizes',
    target: 95,
    parts: [
      {
        names: [
          {
            key: /^(tp|tensor_parallel|tensor_model_parallel|tensor_model_parallel_size|(actor_)?tensor_parallel_size|tp_size|tensor_parallel_degree|model_parallel_size|tensor_parallel_dim|ici_tensor_parallelism|model_axis_size|train_tp)$/,
            value: 'count',
          },
        ],
        fields: ['parallel.tensor'],
      },
      {
        names: [
          {
            key: /^(pp|pipeline_parallel|pipeline_model_parallel_size|pipeline_parallel_size|pipe_parallel_size|pp_size|pipeline_parallel_degree|ici_pipeline_parallelism|train_pp)$/,
            value: 'count',
          },
        ],
        fields: ['parallel.pipeline'],
      },
      {
        names: [
          {
            key: /^(cp|context_parallel_size|cp_size|context_parallel_degree|context_parallel|ici_context_parallelism|ulysses_size|ulysses_sequence_parallel_size|sequence_parallel_size)$/,
            value: 'count',
          },
        ],
        fields: ['parallel.context', 'parallel.ulysses'],
      },
      {
        names: [
          {
            key: /^(ep|expert_model_parallel_size|expert_parallel_size|ep_size|expert_parallel_degree|moe_expert_parallel_size|ici_expert_parallelism)$/,
            value: 'count',
          },
        ],
        fields: ['parallel.expert'],
      },
      {
        names: [
          {
            key: /^(dp|dp_size|data_parallel_size|data_parallel_shard_degree|dp_shard|dp_shard_size|fsdp_size|ici_fsdp_parallelism|ici_data_parallelism|data_parallel_shard_dim)$/,
            value: 'count',
          },
        ],
        fields: ['parallel.data', 'sharding.degree', 'parallel.world'],
      },
      {
        names: [
          {
            key: /^(nnodes|num_nodes|nodes|n_nodes|distributed_num_nodes|num_train_nodes|num_machines)$/,
            value: 'count',
          },
        ],
        fields: ['parallel.nodes', 'parallel.world'],
      },
      {
        names: [
          {
            key: /^(gpus_per_node|num_gpus_per_node|n_gpus_per_node|nproc_per_node|nprocs_per_node|num_proc_per_node|tasks_per_node|ntasks_per_node|devices|gpus|n_gpus|num_gpus|num_train_gpus|num_gpu|ngpus|world_size|distributed_world_size|num_processes|num_workers_per_node|gpu_num|num_devices)$/,
            value: 'count',
          },
          { key: /^gpu$/, under: /requirements$/, value: 'count' },
          { key: /^device_mapping$/, value: 'range' },
        ],
        // Processes that prepare data have no GPU.
        notUnder: /^preprocessing$/,
        fields: ['parallel.gpusPerNode', 'parallel.world'],
      },
    ],
  },
  ...MORE_QUANTITIES,
];
