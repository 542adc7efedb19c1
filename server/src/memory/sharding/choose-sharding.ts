import type { Device } from '../device.ts';
import type { Training } from '../training.ts';
import { FullySharded } from './fully-sharded.ts';
import { type Sharding, UNSHARDED } from './sharding.ts';
import { ZeroSharding } from './zero-sharding.ts';

/** The hooks of the workload's way of sharding. `accumulates`: gradients of an earlier micro-step are there. */
export function chooseSharding(device: Device, training: Training, accumulates: boolean): Sharding {
  const { sharding } = training.workload;
  switch (sharding.kind) {
    case 'none':
    case 'ddp':
      return UNSHARDED;
    case 'fsdp1':
    case 'fsdp2': {
      const units = training.units();
      return units === undefined ? UNSHARDED : new FullySharded(device, units, { sharding, accumulates });
    }
    case 'zero':
      return new ZeroSharding(device, training, { sharding, accumulates });
  }
}
