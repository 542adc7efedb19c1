import type { StateRule, StepTemporaries } from './optimizer-states.ts';

/** Facts about models, GPUs and optimizers, from server/data/*.json; every row there carries its source. */

/** The shape of a model: all that decides parameter counts and activations. Field names as in server/data/models.json. */
export interface ModelShape {
  /** The architecture: `llama`, `qwen2`, `gpt_neox`, `bert`, `t5`, `vit`, … as transformers' model_type where there is one. */
  readonly family: string;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Rows of the embedding, padding counted; 0 where there is none. */
  readonly vocabSize: number;
  readonly maxPositions: number | undefined;
  readonly tiedEmbeddings: boolean;
  readonly mlp: 'gated' | 'plain';
  readonly norm: 'rms' | 'layer';
  readonly attentionBias: 'none' | 'qkv' | 'qkvo' | 'o';
  readonly mlpBias: boolean;
  readonly qkNorm: 'none' | 'head' | 'full';
  readonly slidingWindow: number | undefined;
  readonly experts: number;
  readonly expertsPerToken: number;
  readonly moeIntermediateSize: number;
  readonly sharedExperts: number;
  readonly denseFirstLayers: number;
  /** What the columns cannot say: latent attention, towers, hybrids, … (CONTRIBUTING.md lists the keys). */
  readonly extra: Readonly<Record<string, unknown>>;
}

export interface ModelFacts {
  /** Canonical hub id. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** Absent for models known by their count alone. */
  readonly shape: ModelShape | undefined;
  readonly nativeDtype: 'fp32' | 'bf16' | 'fp16' | 'fp8' | 'mxfp4' | undefined;
  /** Parameters, computed from the shape; see CONTRIBUTING.md for what is counted. */
  readonly totalParameters: number | undefined;
  /** Parameters one token passes through. */
  readonly activeParameters: number | undefined;
  /** A count someone published: a whole one, or a rounded one with `exact` false. */
  readonly published: { readonly count: number; readonly exact: boolean; readonly source: string } | undefined;
  readonly source: string;
}

export interface GpuFacts {
  /** Stable id for settings and JSON output: `h100-80gb`. */
  readonly id: string;
  /** Name on screen: `H100 80GB`. */
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly computeCapability: string;
  /** Gigabytes as sold. */
  readonly memoryGb: number;
  /** Bytes torch reports as the device's total memory (measured, published or reckoned; `memorySource` says which). */
  readonly totalBytes: number;
  readonly memorySource: string;
  /** Bytes a process's CUDA context and libraries take outside torch's allocator, where somebody measured it. */
  readonly contextBytes: number | undefined;
  readonly contextSource: string | undefined;
  readonly bf16: boolean;
  readonly tf32: boolean;
  readonly fp8: boolean;
  readonly bf16DenseFlops: number | undefined;
  readonly aliases: readonly string[];
  readonly source: string;
}

export interface OptimizerFacts {
  readonly name: string;
  readonly canonical: string;
  readonly spellings: readonly string[];
  readonly kind: 'adam-like' | 'sgd' | 'sign' | 'factored' | 'layerwise' | 'second-order' | 'lr-free';
  /** Bytes of state a trainable parameter with fp32 states takes. */
  readonly stateBytesFp32: number;
  /** Whether a check on absolute Adam learning rates makes sense. */
  readonly absoluteLearningRateBandsApply: boolean;
  readonly learningRateScale: string;
  readonly stored: string;
  /** The same as a rule that stateBytes computes with; absent where the sizes depend on what no config states. */
  readonly state: StateRule | undefined;
  readonly stepTemporaries: string;
  /** The same as data. */
  readonly temporaries: StepTemporaries | undefined;
  readonly masterWeights: string;
  readonly gradientsKept: boolean;
  readonly source: string;
}

/*
 * Functions of this layer (facts/index.ts); lookups ignore case, try the whole name, then what follows the last `/`:
 *
 * findModel(name): ModelFacts | undefined          allModels(): readonly ModelFacts[]
 * shapeFromHfConfig(json): ModelShape | undefined  a checkpoint's config.json (transformers' key names)
 * countParameters(shape): ParameterCounts | undefined   total, active, layer by layer, embedding, head, … exact
 * findGpu(name): GpuFacts | undefined              allGpus()
 * findOptimizer(name): OptimizerFacts | undefined  allOptimizers()
 * parametersForTask(shape, task, labels?)           with the head a task puts on the model
 * loraParameters(shape, rank, targets, options?)    elements of adapters, as peft places them
 * stateBytes(optimizer, parameterTensor)            optimizer states of one parameter tensor, in bytes
 * findVisionModel(name, imageSize?)                 timm, torchvision and YOLO models
 * enrichPlan(plan): TrainingPlan                   model.* fields inferred from model.name (explicit ones win)
 * shapeOf(plan): ModelShape | undefined            catalogue shape with the plan's explicit dimensions over it
 */
