import { evaluationPass, generationPass } from '../inference-pass.ts';
import { residentTensors, storedBytes, sumsWholeGradients, unreducedDtypeBytes } from '../model-state.ts';
import { partition } from '../partition.ts';
import { chooseSharding } from '../sharding/choose-sharding.ts';
import { ranksOf } from '../sharding/expert-ranks.ts';
import type { Parameter } from '../tape/parameter.ts';
import { prepareTraining, type Training } from '../training.ts';
import type { Workload } from '../workload.ts';
import { WORKSPACE_BYTES } from '../workspace.ts';
import { AllocatorDevice, Stopped } from './allocator-device.ts';
import { type AllocatorOptions, OutOfMemory } from './caching-allocator.ts';
import { OptimizerRun } from './optimizer-run.ts';
import { ReducerBuckets } from './reducer-buckets.ts';

/** What PYTORCH_CUDA_ALLOC_CONF sets. */
export type AllocatorSettings = Omit<AllocatorOptions, 'capBytes'>;

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
  | { readonly finished: false; readonly reason: 'stopped' | 'unknown architecture' | 'not simulated' };

/**
 * Optimizer states are made between the first backward and the second forward, in the holes the activations left, so the
 * second step finds other holes than the first, and what it leaves in them moves blocks of the third. Further steps change
 * nothing of note.
 */
const STEPS = 3;
/** A third micro-step finds what the second found. */
const DISTINCT_MICRO_STEPS = 2;

/** Replays two training steps, tensor by tensor, through a model of torch's caching allocator. */
export function simulateAllocator(workload: Workload, options: SimulationOptions = {}): Simulation {
  const [part, ...others] = partition(workload);
  // ZeRO's buckets, a pipeline's schedule and XLA's allocator have patterns of their own, which nobody has modelled.
  if (part === undefined || others.length > 0 || hasOwnPatterns(workload))
    return { finished: false, reason: 'not simulated' };
  const training = prepareTraining(part.workload);
  if (training === undefined) return { finished: false, reason: 'unknown architecture' };
  const device = new AllocatorDevice(options, options.shouldStop ?? (() => false));
  try {
    train(device, training, part.exchangeBytes);
  } catch (error) {
    if (error instanceof Stopped) return { finished: false, reason: 'stopped' };
    if (!(error instanceof OutOfMemory)) throw error;
    return result(device, true);
  }
  return result(device, false);
}

function hasOwnPatterns({ sharding }: Workload): boolean {
  if (sharding.kind !== 'fsdp1' && sharding.kind !== 'fsdp2') return sharding.kind === 'zero';
  return sharding.engine === 'jax' || sharding.awayStates !== undefined;
}

function result(device: AllocatorDevice, outOfMemory: boolean): Simulation {
  const { peakReservedBytes, peakAllocatedBytes } = device.allocator;
  return { finished: true, reservedBytes: peakReservedBytes, allocatedBytes: peakAllocatedBytes, outOfMemory };
}

function train(device: AllocatorDevice, training: Training, exchangeBytes: number): void {
  const { workload, tensors } = training;
  const resident = residentTensors(workload, tensors);
  const optimizer = new OptimizerRun(device, workload, resident);
  load(device, workload, resident);
  optimizer.beforeTraining();
  if (exchangeBytes > 0) device.allocate(exchangeBytes, 'communication buffers');
  const buckets = new ReducerBuckets(device, workload, resident);
  const sharding = chooseSharding(device, training, false);
  const keepsGradients = sharding.reducesGradients || !workload.optimizerInBackward;
  const first = training.compile(keepsGradients);
  const microSteps = Math.min(DISTINCT_MICRO_STEPS, workload.gradientAccumulation);
  const later = microSteps > 1 ? training.compile(sharding.reducesGradients) : first;
  const added = chooseSharding(device, training, true);
  const unreduced = unreducedBytes(workload, resident);
  const generate = generationPass(workload);
  for (let step = 0; step < STEPS; step += 1) {
    if (step === 1) buckets.rebuild();
    generate?.(device);
    if (unreduced.length > 0) {
      // Micro-steps before the last one leave whole gradients behind; only the last one reduces them.
      first.run(device, { tensors, sharding: added, keepsGradients: true });
      const whole = unreduced.map((bytes) => device.allocate(bytes, 'gradients'));
      first.run(device, { tensors, sharding, keepsGradients: true });
      for (const gradient of whole) device.release(gradient);
      optimizer.step(step === 0);
      for (const shard of sharding.takeShards()) device.release(shard);
      continue;
    }
    const gradients = [...first.run(device, { tensors, sharding, keepsGradients }), ...sharding.takeShards()];
    for (let micro = 1; micro < microSteps; micro += 1)
      later.run(device, { tensors, sharding: added, keepsGradients: sharding.reducesGradients });
    optimizer.step(step === 0);
    for (const gradient of gradients) device.release(gradient);
  }
  evaluationPass(workload)?.(device);
}

/** Sizes of the gradients FSDP sums unreduced between micro-steps. */
function unreducedBytes(workload: Workload, resident: readonly Parameter[]): number[] {
  const { sharding } = workload;
  if ((sharding.kind !== 'fsdp1' && sharding.kind !== 'fsdp2') || !sumsWholeGradients(workload)) return [];
  const trainable = resident.filter(({ trainable: trains }) => trains);
  return trainable.map(
    (tensor) => tensor.elements * ranksOf(workload, tensor, sharding.degree) * unreducedDtypeBytes(workload, tensor),
  );
}

/** Weights one by one in module order, then the libraries' workspaces. */
function load(device: AllocatorDevice, workload: Workload, tensors: readonly Parameter[]): void {
  for (const tensor of tensors) device.allocate(storedBytes(workload, tensor), 'weights');
  device.allocate(WORKSPACE_BYTES / 2, 'workspace');
  device.allocate(WORKSPACE_BYTES / 2, 'workspace');
  device.allocator.emptyCache();
  device.allocator.resetPeaks();
}
