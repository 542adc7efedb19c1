/** One line of a measurements file. Fields that a harness has no use for are absent or null. */
export interface MeasuredRow {
  readonly id: string;
  readonly harness: string;
  /** Rows that may set a factor, rows that only score, and rows predicted before they were measured. Absent in the first files, which calibrate. */
  readonly split?: 'calibration' | 'scoring' | 'blind';
  readonly model: string;
  /** The checkpoint's config.json, where the model is none of a hub's. */
  readonly config?: Readonly<Record<string, unknown>> | string;
  readonly task: string;
  readonly method: string;
  readonly objective?: string;
  readonly lora?: {
    readonly r?: number;
    readonly target?: 'all-linear' | readonly string[];
    readonly dropout?: number;
    readonly dora?: boolean;
    readonly bias?: string;
    readonly modulesToSave?: readonly string[];
    readonly targetParameters?: readonly string[];
    readonly layers?: readonly number[];
    readonly blockSize?: number;
    readonly virtualTokens?: number;
  } | null;
  readonly adapterDtype?: 'weights';
  readonly quantization?: string;
  readonly kbitPrepare?: boolean;
  /** Liger's kernels, as the Trainer's `use_liger_kernel` puts them in. */
  readonly liger?: boolean;
  /** torchao's recipe for products in 8 bits. */
  readonly float8?: string;
  readonly weightsDtype: 'fp32' | 'bf16' | 'fp16';
  readonly autocast: 'bf16' | 'fp16' | null;
  readonly computeDtype?: 'fp32' | 'bf16' | 'fp16';
  readonly reduceDtype?: 'fp32' | 'bf16' | 'fp16';
  readonly optimizer: string;
  readonly optimizerInBackward?: boolean;
  readonly microBatch: number;
  readonly gradientAccumulation: number;
  readonly sequenceLength?: number;
  readonly targetLength?: number | null;
  readonly imageSize?: number;
  readonly attention?: 'sdpa' | 'eager' | 'flex';
  readonly gradientCheckpointing: boolean;
  readonly checkpointKwargs?: { readonly every_n_layers?: number; readonly offload?: boolean };
  readonly selective?: string;
  readonly activationOffload?: boolean;
  readonly maxGradNorm?: number;
  readonly labelSmoothing?: number;
  readonly loss?: string;
  readonly lossChunks?: number;
  readonly logProbabilities?: 'gather' | 'rows' | 'logsumexp';
  readonly compile?: boolean | 'layers';
  readonly freeze?: string;
  readonly trained?: readonly string[];
  readonly padding?: string;
  readonly packed?: number;
  readonly reference?: string;
  readonly textsPerRow?: number;
  readonly evalMicroBatch?: number;
  readonly evalBatches?: number;
  readonly evalKeepsLogits?: boolean;
  readonly evalAccumulationSteps?: number;
  readonly trainsFirst?: boolean;
  readonly newTokens?: number;
  readonly beams?: number;
  readonly returnSequences?: number;
  readonly cache?: 'dynamic' | 'static';
  readonly miniBatch?: number;
  readonly sharding?: string;
  readonly dataParallelShards?: number;
  readonly dataParallelReplicas?: number;
  readonly reshardAfterForward?: boolean;
  readonly cpuOffload?: boolean;
  readonly bucketView?: boolean;
  readonly optimizerSharding?: boolean;
  readonly tensorParallel?: number;
  readonly sequenceParallel?: boolean;
  readonly lossParallel?: boolean;
  readonly pipelineStages?: number;
  readonly pipelineMicroBatches?: number;
  readonly stage?: number;
  readonly gpu?: string;
  readonly gpuTotalBytes?: number;
  readonly allocatorConfig?: string;
  readonly allocatorCapBytes?: number;
  readonly measured: {
    readonly outOfMemory: boolean;
    readonly params?: number;
    readonly trainableParams?: number;
    readonly peakAllocatedBytes?: number;
    readonly peakReservedBytes?: number;
    readonly contextBytes?: number;
  };
}
