import { bytesOf, type ModelTensors } from '../model-tensors.ts';
import { UNSHARDED } from '../sharding/sharding.ts';
import { prepareTraining, type Training } from '../training.ts';
import type { Workload } from '../workload.ts';
import { AllocatorDevice, Stopped } from './allocator-device.ts';
import { type AllocatorOptions, OutOfMemory } from './caching-allocator.ts';
import { OptimizerRun } from './optimizer-run.ts';

export interface SimulationOptions extends AllocatorOptions {
  /** Asked between programs, some thousand times in a run; true abandons the simulation. */
  readonly shouldStop?: () => boolean;
}

export type Simulation =
  | {
      readonly finished: true;
      /** torch's max_memory_reserved, library workspace included. */
      readonly reservedBytes: number;
      /** torch's max_memory_allocated, library workspace included. */
      readonly allocatedBytes: number;
      /** The run ended because the cap left no room; the peaks are how far it came. */
      readonly outOfMemory: boolean;
    }
  | { readonly finished: false; readonly reason: 'stopped' | 'unknown architecture' };

/** cuBLAS keeps 32 MiB for each handle on Hopper: one of the forward thread, one of autograd's. */
export const WORKSPACE_BYTES = 64 * 2 ** 20;

/**
 * Optimizer states are made between the first backward and the second forward, in the holes the activations left, so the
 * second step finds other holes than the first. Further steps change the figures in almost no run.
 */
const STEPS = 2;
/** A third micro-step finds what the second found. */
const DISTINCT_MICRO_STEPS = 2;

/** Replays two training steps, tensor by tensor, through a model of torch's caching allocator. */
export function simulateAllocator(workload: Workload, options: SimulationOptions = {}): Simulation {
  const training = prepareTraining(workload);
  if (training === undefined) return { finished: false, reason: 'unknown architecture' };
  const device = new AllocatorDevice(options, options.shouldStop ?? (() => false));
  try {
    train(device, training);
  } catch (error) {
    if (error instanceof Stopped) return { finished: false, reason: 'stopped' };
    if (!(error instanceof OutOfMemory)) throw error;
    return result(device, true);
  }
  return result(device, false);
}

function result(device: AllocatorDevice, outOfMemory: boolean): Simulation {
  const { peakReservedBytes, peakAllocatedBytes } = device.allocator;
  return { finished: true, reservedBytes: peakReservedBytes, allocatedBytes: peakAllocatedBytes, outOfMemory };
}

function train(device: AllocatorDevice, training: Training): void {
  const { workload, tensors } = training;
  const optimizer = new OptimizerRun(device, workload, tensors);
  load(device, tensors);
  optimizer.beforeTraining();
  const keepsGradients = !workload.optimizerInBackward;
  const first = training.prepare(keepsGradients);
  const microSteps = Math.min(DISTINCT_MICRO_STEPS, workload.gradientAccumulation);
  const later = microSteps > 1 ? training.prepare(false) : first;
  for (let step = 0; step < STEPS; step += 1) {
    const gradients = first(device, { tensors, sharding: UNSHARDED, keepsGradients });
    for (let micro = 1; micro < microSteps; micro += 1)
      later(device, { tensors, sharding: UNSHARDED, keepsGradients: false });
    optimizer.step(step === 0);
    for (const gradient of gradients) device.release(gradient);
  }
}

/** Weights one by one in module order, then the libraries' workspaces. */
function load(device: AllocatorDevice, tensors: ModelTensors): void {
  for (const tensor of tensors.all) device.allocate(bytesOf(tensor), 'weights');
  device.allocate(WORKSPACE_BYTES / 2, 'workspace');
  device.allocate(WORKSPACE_BYTES / 2, 'workspace');
  device.allocator.emptyCache();
  device.allocator.resetPeaks();
}
