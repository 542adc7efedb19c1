import { foundAt, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';

const PLUGIN = 'accelerate: src/accelerate/utils/dataclasses.py, FullyShardedDataParallelPlugin';

const isFsdp2 = (around: Around): boolean => String(around.get('fsdp_config.fsdp_version') ?? 1) === '2';

/** What the second version of FSDP has no counterpart for, or reads otherwise. */
export const FSDP_CHECKS: readonly KeyCheck[] = [
  requires('fsdp_config.fsdp_forward_prefetch', {
    when: (value, around) => isTrue(value) && isFsdp2(around),
    requires: 'fsdp_version: 1',
    found: (around) => foundAt(around, 'fsdp_config.fsdp_version'),
    effect: 'refused',
    cite: PLUGIN,
  }),
  requires('fsdp_config.fsdp_state_dict_type', {
    when: (value, around) => value === 'LOCAL_STATE_DICT' && isFsdp2(around),
    requires: 'fsdp_version: 1 for LOCAL_STATE_DICT',
    found: (around) => foundAt(around, 'fsdp_config.fsdp_version'),
    effect: 'refused',
    cite: PLUGIN,
  }),
  {
    key: 'fsdp_config.fsdp_reshard_after_forward',
    cite: PLUGIN,
    wrong: (around) => {
      const value = around.get('fsdp_config.fsdp_reshard_after_forward');
      if (!isFsdp2(around) || typeof value !== 'string' || /^(true|false)$/i.test(value)) return undefined;
      return {
        kind: 'not-allowed',
        data: { found: value, expected: 'true or false with fsdp_version: 2' },
        effect: 'refused',
      };
    },
  },
];
