import type { Device } from '../device.ts';
import type { ModelTensors } from '../model-tensors.ts';
import type { StepModel } from '../step-model.ts';
import { FullySharded } from './fully-sharded.ts';
import { type Sharding, UNSHARDED } from './sharding.ts';
import { ZeroSharding } from './zero-sharding.ts';

/** The hooks of the workload's way of sharding. `accumulates`: gradients of an earlier micro-step are there. */
export function chooseSharding(
  device: Device,
  model: StepModel,
  tensors: ModelTensors,
  accumulates: boolean,
): Sharding {
  const { sharding } = model.workload;
  switch (sharding.kind) {
    case 'none':
    case 'ddp':
      return UNSHARDED;
    case 'fsdp1':
    case 'fsdp2':
      return new FullySharded(device, model, tensors, { sharding, accumulates });
    case 'zero':
      return new ZeroSharding(device, model, { sharding, accumulates });
  }
}
