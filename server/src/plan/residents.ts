import type { OffloadDevice, TensorDtype, WeightQuantization } from './field-types.ts';
import type { Sourced } from './provenance.ts';

/** A model that shares the GPU with the trained one, or an engine that serves it. */
export interface Resident {
  readonly role: 'reference' | 'critic' | 'reward' | 'teacher' | 'rollout-engine' | 'ema';
  /** Hub id or path; absent when it is the trained model itself. */
  readonly model?: Sourced<string>;
  readonly trainable: boolean;
  readonly dtype?: Sourced<TensorDtype>;
  readonly quantization?: Sourced<WeightQuantization>;
  readonly offload?: Sourced<OffloadDevice>;
  /** Share of the GPU a serving engine takes up front (vLLM's `gpu_memory_utilization`), 0 to 1. */
  readonly memoryShare?: Sourced<number>;
  /** Ranks the resident is split over by tensor parallelism; absent: as the trained model. */
  readonly tensorParallel?: Sourced<number>;
  /** Layers are laid out over all GPUs of the run (transformers' `device_map: auto`). */
  readonly overDevices?: Sourced<boolean>;
}
