/** Value types of plan fields that are more than a number, a string or a flag. */

export type TensorDtype = 'fp32' | 'bf16' | 'fp16' | 'fp8';

export type Task =
  | 'causal-lm'
  | 'masked-lm'
  | 'seq2seq'
  | 'classification'
  | 'image-classification'
  | 'vision-language'
  | 'contrastive'
  | 'self-supervised-vision'
  | 'detection'
  | 'diffusion'
  | 'gan'
  | 'speech'
  | 'reinforcement-learning';

/** What the trained tokens are optimised for. `rl-*` roll out completions with the policy. */
export type Objective =
  | 'pretraining'
  | 'sft'
  | 'dpo'
  | 'kto'
  | 'orpo'
  | 'simpo'
  | 'ipo'
  | 'reward'
  | 'ppo'
  | 'grpo'
  | 'rloo'
  | 'distillation'
  | 'embedding'
  | 'other';

export type AttentionKernel = 'eager' | 'sdpa' | 'flash' | 'flex' | 'xformers';

export type Checkpointing = 'none' | 'full' | 'selective';

/**
 * What checkpointing of chosen parts keeps beside a layer's input: whole layers between checkpointed ones, the outputs of
 * matrix products and attention, those of attention and of every second product, attention's alone, all but
 * attention's scores, or all but what the feed-forward or the experts make.
 */
export type KeptActivations =
  | 'layers'
  | 'matmuls'
  | 'alternate-matmuls'
  | 'attention'
  | 'all-but-scores'
  | 'all-but-feed-forward';

/** Optimizer states leave the GPU between steps, or for good, and the gradients with them as they come. */
export type AwayStates = 'between-steps' | 'with-gradients';

/** What torch.compile turns into one graph: the model with its loss, or each layer by itself. */
export type CompileScope = 'model' | 'layers';

export type LossKernel = 'plain' | 'chunked' | 'fused';

/**
 * How a loss takes the tokens' log-probabilities: of all logits at once, or one sequence after the other, as a
 * log-softmax or as the logit less the logsumexp. `selective`: trl's choice between the two by the logits' dtype.
 * `in-place`: in one kernel whose gradient is written over the logits.
 */
export type LogProbabilities = 'whole' | 'rows' | 'logsumexp' | 'selective' | 'in-place';

export type AdapterKind = 'none' | 'lora' | 'dora' | 'oft' | 'other';

/** Parameter-efficient methods other than LoRA and DoRA, and the freezing of parts. */
export type AdapterMethod =
  | 'adalora'
  | 'fourierft'
  | 'freeze'
  | 'hra'
  | 'ia3'
  | 'ln-tuning'
  | 'loha'
  | 'lokr'
  | 'miss'
  | 'oft'
  | 'p-tuning'
  | 'prefix'
  | 'prompt'
  | 'vera';

/** Storage of frozen base weights. */
export type WeightQuantization = 'none' | 'nf4' | 'fp4' | 'int8' | 'int4' | 'fp8' | 'mxfp4';

export type ShardingEngine = 'none' | 'ddp' | 'deepspeed' | 'fsdp1' | 'fsdp2' | 'megatron' | 'jax';

export type OffloadDevice = 'none' | 'cpu' | 'nvme';

export type Cadence = 'no' | 'steps' | 'epoch' | 'best';

/** What one unit of the micro and global batch is, where it is not a sequence. */
export type BatchUnit =
  | 'sequences'
  | 'images'
  | 'tokens'
  | 'completions'
  | 'prompts'
  | 'pairs'
  | 'samples'
  | 'seconds'
  | 'transitions';

/** Modules an adapter attaches to: names as the model spells them, or every linear layer. */
export type AdapterTargets = 'all-linear' | readonly string[];
