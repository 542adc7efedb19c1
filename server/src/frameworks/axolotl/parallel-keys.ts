import { byDefault, key } from '../kit/key.ts';
import type { KeyTable } from '../types.ts';

const VALIDATION = 'axolotl: src/axolotl/utils/schemas/validation.py';

/** Keys that split the model or the sequence. DeepSpeed and FSDP are joined in `settle-axolotl.ts`. */
export const parallelKeys: KeyTable = {
  tensor_parallel_size: key('parallel.tensor', { default: byDefault(1, VALIDATION) }),
  context_parallel_size: key('parallel.context', { default: byDefault(1, VALIDATION) }),
  sequence_parallel_degree: key('parallel.context'),
  expert_parallel_size: key('parallel.expert', {
    default: byDefault(1, 'axolotl: src/axolotl/integrations/expert_parallel/args.py'),
  }),
  dp_shard_size: key('sharding.degree', {
    when: (around) => around.has('fsdp_config') || around.has('fsdp'),
  }),
  world_size: key('parallel.world'),
  use_ray: key('parallel.world', {
    read: (value, around) => {
      const workers = around.get('ray_num_workers') ?? 1;
      return value === true && typeof workers === 'number' ? workers : undefined;
    },
  }),
};
