import { residentTensors, storedBytes } from '../model-state.ts';
import { chooseSharding } from '../sharding/choose-sharding.ts';
import type { Parameter } from '../tape/parameter.ts';
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
  const resident = residentTensors(workload, tensors);
  const optimizer = new OptimizerRun(device, workload, resident);
  load(device, workload, resident);
  optimizer.beforeTraining();
  const sharding = chooseSharding(device, training, false);
  const keepsGradients = sharding.reducesGradients || !workload.optimizerInBackward;
  const first = training.prepare(keepsGradients);
  const microSteps = Math.min(DISTINCT_MICRO_STEPS, workload.gradientAccumulation);
  const later = microSteps > 1 ? training.prepare(sharding.reducesGradients) : first;
  const added = chooseSharding(device, training, true);
  for (let step = 0; step < STEPS; step += 1) {
    const gradients = [...first(device, { tensors, sharding, keepsGradients }), ...sharding.takeShards()];
    for (let micro = 1; micro < microSteps; micro += 1)
      later(device, { tensors, sharding: added, keepsGradients: false });
    optimizer.step(step === 0);
    for (const gradient of gradients) device.release(gradient);
  }
}

/** Weights one by one in module order, then the libraries' workspaces. */
function load(device: AllocatorDevice, workload: Workload, tensors: readonly Parameter[]): void {
  for (const tensor of tensors) device.allocate(storedBytes(workload, tensor), 'weights');
  device.allocate(WORKSPACE_BYTES / 2, 'workspace');
  device.allocate(WORKSPACE_BYTES / 2, 'workspace');
  device.allocator.emptyCache();
  device.allocator.resetPeaks();
}
