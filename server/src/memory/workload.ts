import type { ModelShape } from '../facts/index.ts';
import type { AdapterMethod, AwayStates, KeptActivations } from '../plan/index.ts';

/** Dtypes the tape knows, by the bytes they take. */
export type Dtype = 'fp32' | 'bf16' | 'fp16' | 'bool' | 'i64' | 'int8';

/**
 * One training step of one rank, in physical terms: what the tape walker runs.
 * A plan is translated into it (plan-to-workload.ts); a row of a measurements file is one almost as it stands.
 */
export interface Workload {
  readonly shape: ModelShape;
  readonly task: 'causal-lm' | 'masked-lm' | 'classification' | 'seq2seq-lm' | 'image';
  /** Dtype the trainable weights are stored in. */
  readonly weights: 'fp32' | 'bf16' | 'fp16';
  /** torch autocast around forward, or none. */
  readonly autocast: 'bf16' | 'fp16' | null;
  readonly lora: LoraWorkload | null;
  /** Regular expressions of the names of the base's parameters that train; absent: all without an adapter, none under one. */
  readonly trained?: readonly string[];
  /** A tower beside the language model keeps its weights. */
  readonly freezesTower?: true;
  /** Dtype of those, where it is not that of what is frozen. */
  readonly trainedWeights?: 'fp32' | 'bf16' | 'fp16';
  /** Modules trained in full beside an adapter, each a copy beside its frozen original. */
  readonly savedModules: readonly string[];
  /** Storage of frozen base weights where they are quantised. */
  readonly quantization: 'none' | 'nf4' | 'fp4' | 'int8';
  /** The scales of 4-bit blocks are quantised themselves. */
  readonly doubleQuantization: boolean;
  /** Whether stacked expert weights, which are no linear layers, are quantised too; null where nobody says. */
  readonly quantizesExperts: boolean | null;
  /** What quantisation leaves in 16 bits is made fp32; null where nobody says. */
  readonly upcastsUnquantized: boolean | null;
  /** Canonical optimizer name of server/data/optimizers.json. */
  readonly optimizer: string;
  /** Rank of the projection of optimizers that keep low-rank states. */
  readonly optimizerRank: number | null;
  readonly momentum: number;
  /** Sequences of one pass. */
  readonly microBatch: number;
  /** Of which so many make one example: two where answers or texts come in pairs. */
  readonly sequencesPerExample: number;
  readonly gradientAccumulation: number;
  readonly sequenceLength: number;
  /** Decoder side of an encoder-decoder, tokens. */
  readonly targetLength: number | null;
  /** One side of the input image, pixels. */
  readonly imageSize: number | null;
  readonly labels: number | null;
  /** Tokens a sequence whose logits the loss needs, where that is not all of them. */
  readonly lossTokens: number | null;
  readonly attention: 'sdpa' | 'eager' | 'flash' | 'flex';
  /** Sequences are padded, or several share a row: `sdpa` then needs a mask of its own for every pair of tokens. */
  readonly masksTokens?: boolean;
  readonly checkpointing: 'none' | 'full' | 'selective';
  /** What selective checkpointing keeps beside a layer's input. */
  readonly kept: KeptActivations;
  /** Nobody says so. */
  readonly guessesKept?: true;
  /** So many of a stage's layers are checkpointed and the others are not; absent: no such limit. */
  readonly checkpointedLayers?: number;
  /** Of how many layers one is checkpointed; 1 for all. */
  readonly checkpointEvery: number;
  /** Keys and values that backward needs wait in host memory. */
  readonly activationOffload: boolean;
  /** Multiplications run in fp8. */
  readonly computesInEightBits?: true;
  readonly maxGradNorm: number;
  readonly labelSmoothing: number;
  readonly loss: {
    /**
     * `distilled`: against a teacher's distribution over the vocabulary; `distilled-fused`: in one pass of a compiler over
     * both sets of logits. `in-place`: one fp32 copy of the logits, turned
     * into probabilities and gradients where it stands. `rows`, `logsumexp`: log-probabilities of one sequence after the
     * other; `upcast-logsumexp` of logits that the trainer made fp32 before. `over-logits`: gradients written over them.
     */
    readonly kernel:
      | 'plain'
      | 'chunked'
      | 'fused'
      | 'in-place'
      | 'distilled'
      | 'distilled-fused'
      | 'rows'
      | 'logsumexp'
      | 'upcast-logsumexp'
      | 'over-logits';
    readonly chunks: number | null;
    /** The plain loss takes the logits as they are, without an fp32 copy. */
    readonly asComputed?: true;
    /** Somebody says how log-probabilities are taken; else a preference loss may need less. */
    readonly statesLogProbabilities?: true;
  };
  /** What runs between the steps, where the plan says that it does. */
  readonly evaluation?: EvaluationWorkload;
  readonly generation?: GenerationWorkload;
  /** This is such a pass itself: nothing is kept for a backward, and nothing is dropped out. */
  readonly inference?: 'evaluation' | 'generation';
  /** The matrix of similarities of a contrastive loss; without rows where it is made while nothing else is kept. */
  readonly similarity?: SimilarityWorkload;
  readonly fusedLayers: boolean;
  /** What torch.compile turns into one graph: the whole model, each layer by itself, or nothing. */
  readonly compiles: 'nothing' | 'layers' | 'model';
  readonly optimizerInBackward: boolean;
  readonly sharding: ShardingWorkload;
  /** Degrees that split the model itself; 1 each on one GPU. */
  readonly tensorParallel: number;
  readonly sequenceParallel: boolean;
  /** The loss runs on logits split by vocabulary; else each rank gathers all of them. */
  readonly lossParallel: boolean;
  readonly contextParallel: number;
  readonly pipeline: { readonly stages: number; readonly microBatches: number; readonly virtualChunks: number };
  readonly expertParallel: number;
}

/** Batches run forward alone between training steps, for their loss or their logits. */
export interface EvaluationWorkload {
  /** Sequences of one pass, and tokens of each. */
  readonly sequences: number;
  readonly length: number;
  /** The logits are made whole, though training fuses or chunks its loss. */
  readonly wholeLogits: boolean;
  /** Batches whose logits stay on the device until they are moved or counted; 0 where only losses do. */
  readonly keptBatches: number;
}

/** Completions sampled by the trained model itself. */
export interface GenerationWorkload {
  /** Sequences generated at once, every beam and every answer counted. */
  readonly sequences: number;
  /** Of which so many have a prompt in common; an encoder reads it once. */
  readonly beams: number;
  readonly promptLength: number;
  readonly newTokens: number;
}

export interface SimilarityWorkload {
  readonly rows: number;
  readonly columns: number;
  readonly kind: 'softmax' | 'sigmoid';
}

export interface LoraWorkload {
  readonly rank: number;
  /** peft `target_modules` names, or every linear layer. */
  readonly targets: 'all-linear' | readonly string[];
  /** Stacked experts' matrices that have one though they are no modules. */
  readonly adaptsExperts?: true;
  /** Layers that have an adapter, counted from 0; null for all. */
  readonly layers: readonly number[] | null;
  readonly dropout: number;
  /** Dtype of the adapter's own weights; peft keeps fp32 unless told otherwise. */
  readonly dtype: 'fp32' | 'bf16' | 'fp16';
  readonly dora: boolean;
  /** Where it is neither LoRA nor DoRA. */
  readonly method?: Exclude<AdapterMethod, 'freeze'>;
  /** Side of OFT's blocks. */
  readonly blockSize?: number;
  /** Trained tokens before the sequence. */
  readonly virtualTokens?: number;
}

export type ShardingWorkload =
  | { readonly kind: 'none' }
  | { readonly kind: 'ddp'; readonly bucketView: boolean }
  | {
      readonly kind: 'fsdp2' | 'fsdp1';
      /** JAX gathers and reduces layer by layer as FSDP2 does, but has an allocator of its own. */
      readonly engine: 'torch' | 'jax';
      readonly degree: number;
      /** Every shard is on several ranks, which all-reduce its gradients (hybrid sharding). */
      readonly replicated: boolean;
      readonly reshardAfterForward: boolean;
      /** Micro-steps before the last keep their gradients whole and unreduced. */
      readonly defersReduction: boolean;
      /** MixedPrecisionPolicy's param_dtype and reduce_dtype. */
      readonly computeDtype: 'fp32' | 'bf16' | 'fp16';
      readonly reduceDtype: 'fp32' | 'bf16' | 'fp16';
      readonly offload: boolean;
      /** Optimizer states are on the device during the step alone, or never, and the gradients leave as they come. */
      readonly awayStates?: AwayStates;
    }
  | {
      readonly kind: 'zero';
      /** DeepSpeed itself, or an engine that splits what a stage of it splits without its buffers. */
      readonly engine: 'deepspeed' | 'megatron' | 'jax';
      readonly stage: 0 | 1 | 2 | 3;
      readonly degree: number;
      /** Weights in the engine's 16-bit dtype with an fp32 master copy (the engine's bf16/fp16 modes). */
      readonly master: boolean;
      readonly gradientDtype: 'fp32' | 'bf16' | 'fp16';
      readonly reduceBucketElements: number;
      readonly allgatherBucketElements: number;
      readonly overlap: boolean;
      readonly contiguousGradients: boolean;
      readonly prefetchElements: number;
      readonly maxLiveElements: number;
      readonly offloadOptimizer: boolean;
      readonly offloadParameters: boolean;
      readonly awayStates?: AwayStates;
    };
