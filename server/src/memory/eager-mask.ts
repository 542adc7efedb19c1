import type { Allocation, Device } from './device.ts';
import { hasAlibi } from './programs/decoder-layer.ts';
import { alternatesWindows } from './programs/families.ts';
import { eagerMaskBytes, type StepModel } from './step-model.ts';

/**
 * The additive masks that layers share, one for each kind of window. A decoder's comes of boolean squares: what is
 * causal, what is within the window, then both for every row of the batch (transformers: masking_utils.py, and_masks,
 * sdpa_mask and eager_mask).
 */
export function makeMasks(device: Device, model: StepModel): readonly Allocation[] {
  const bytes = eagerMaskBytes(model);
  if (bytes === 0) return [];
  const { workload, length } = model;
  const isMadeOfSquares =
    model.family.kind === 'decoder' && workload.attention === 'eager' && !hasAlibi(workload.shape);
  if (!isMadeOfSquares) return [device.allocate(bytes, 'inputs')];
  const windows = alternatesWindows(workload.shape) ? [1, 2] : [1];
  return windows.map((functions) => {
    let joined: Allocation | undefined;
    for (let index = 0; index < functions; index += 1) joined = join(device, joined, length * length);
    const ofRows = device.allocate(workload.microBatch * length * length, 'inputs');
    device.release(joined);
    const mask = device.allocate(bytes / windows.length, 'inputs');
    device.release(ofRows);
    return mask;
  });
}

/** One more boolean square, and what it leaves of those before. */
function join(device: Device, before: Allocation | undefined, elements: number): Allocation {
  const square = device.allocate(elements, 'inputs');
  const both = device.allocate(elements, 'inputs');
  device.release(square);
  device.release(before);
  return both;
}
