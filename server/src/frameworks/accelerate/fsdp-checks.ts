import { castNumber } from '../kit/key.ts';
import { foundAt, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';
import { usesFsdp, usesFsdp2 } from './accelerate-keys.ts';

const PLUGIN = 'accelerate: src/accelerate/utils/dataclasses.py, FullyShardedDataParallelPlugin';
const LAUNCH = 'accelerate: src/accelerate/utils/launch.py, prepare_multi_gpu_env';

/** What the launcher's own reading of a switch takes (accelerate: src/accelerate/utils/environment.py, str_to_bool). */
const SWITCH = /^(y|yes|t|true|on|1|n|no|f|false|off|0)$/i;

/** The whole model split over the ranks, which both versions do by themselves. */
const FULL_SHARD = /^(FULL_SHARD|1|true)$/i;

const isFsdp1 = (around: Around): boolean => usesFsdp(around) && !usesFsdp2(around);

/** The launcher always hands on a sharding strategy, its own where none is written, and that one is taken. */
const readsNoReshard = (around: Around): boolean =>
  isFsdp1(around) && !around.has('fsdp_config.fsdp_sharding_strategy');

const versionOf = (around: Around): string => foundAt(around, 'fsdp_config.fsdp_version');

/** A strategy under the key of the other version, which is not looked at. */
const strategyOf = (key: string, isUnread: (around: Around) => boolean, other: string): KeyCheck =>
  requires(key, {
    when: (value, around) => isUnread(around) && value !== null && !FULL_SHARD.test(String(value)),
    requires: other,
    found: versionOf,
    effect: 'dropped',
    cite: PLUGIN,
  });

/** What one version of FSDP has no counterpart for, or reads otherwise, by way of a launch config. */
export const FSDP_CHECKS: readonly KeyCheck[] = [
  requires('fsdp_config.fsdp_forward_prefetch', {
    when: (value, around) => isTrue(value) && usesFsdp2(around),
    requires: 'fsdp_version: 1',
    found: versionOf,
    // Code that passes it is refused; what the launcher hands on is not looked at.
    effect: 'dropped',
    cite: PLUGIN,
  }),
  requires('fsdp_config.fsdp_state_dict_type', {
    when: (value, around) => String(value).toUpperCase() === 'LOCAL_STATE_DICT' && usesFsdp2(around),
    requires: 'fsdp_version: 1 for LOCAL_STATE_DICT',
    found: versionOf,
    effect: 'refused',
    cite: `${PLUGIN}, set_state_dict_type`,
  }),
  strategyOf('fsdp_config.fsdp_sharding_strategy', usesFsdp2, 'fsdp_version: 1'),
  strategyOf('fsdp_config.fsdp_reshard_after_forward', readsNoReshard, 'fsdp_sharding_strategy, or FSDP 2'),
  {
    key: 'fsdp_config.fsdp_reshard_after_forward',
    cite: PLUGIN,
    wrong: (around) => {
      const value = around.get('fsdp_config.fsdp_reshard_after_forward');
      if (!usesFsdp2(around) || typeof value !== 'string' || SWITCH.test(value)) return undefined;
      return {
        kind: 'not-allowed',
        data: { found: value, expected: 'true or false with fsdp_version: 2' },
        effect: 'refused',
      };
    },
  },
  requires('fsdp_config.fsdp_cpu_ram_efficient_loading', {
    when: (value, around) => isTrue(value) && usesFsdp(around),
    requires: 'fsdp_sync_module_states: true',
    found: (around) =>
      around.get('fsdp_config.fsdp_sync_module_states') === false
        ? foundAt(around, 'fsdp_config.fsdp_sync_module_states')
        : undefined,
    effect: 'refused',
    cite: LAUNCH,
  }),
  {
    key: 'parallelism_config',
    cite: 'accelerate: src/accelerate/parallelism_config.py, _validate_accelerator',
    wrong: (around) => {
      const sizes = around.get('parallelism_config');
      if (!isFsdp1(around) || sizes === null || sizes === undefined || Object.keys(sizes).length === 0)
        return undefined;
      return {
        kind: 'needs-other-key',
        data: { requires: 'fsdp_version: 2', found: versionOf(around) },
        effect: 'refused',
      };
    },
  },
];

const DEGREES = 'parallelism_config.parallelism_config';
const VALIDATE = 'accelerate: src/accelerate/parallelism_config.py, __post_init__';

const degreeAt = (around: Around, name: string): number => castNumber(around.get(`${DEGREES}_${name}_size`) ?? 1) ?? 1;

/** Parallel degrees that do not go together, whatever spreads the run. */
export const PARALLELISM_CHECKS: readonly KeyCheck[] = [
  requires(`${DEGREES}_sp_size`, {
    when: (value) => (castNumber(value) ?? 1) > 1,
    requires: 'parallelism_config_cp_size: 1',
    found: (around) => (degreeAt(around, 'cp') > 1 ? String(degreeAt(around, 'cp')) : undefined),
    effect: 'refused',
    cite: VALIDATE,
  }),
  requires(`${DEGREES}_dp_replicate_size`, {
    when: (value, around) => (castNumber(value) ?? 1) > 1 && degreeAt(around, 'tp') * degreeAt(around, 'cp') > 1,
    requires: 'dp_shard_size above 1 beside tp or cp',
    found: (around) => (degreeAt(around, 'dp_shard') === 1 ? 'dp_shard_size 1' : undefined),
    effect: 'refused',
    cite: VALIDATE,
  }),
];

/** MS-AMP, fp8 in the optimizer as well, wants whole weights on every rank. */
export const FP8_CHECKS: readonly KeyCheck[] = ['backend', 'fp8_backend'].map((name) =>
  requires(`fp8_config.${name}`, {
    when: (value, around) => value === 'MSAMP' && around.get('mixed_precision') === 'fp8',
    requires: 'ZeRO below stage 3, or no sharding',
    found: (around) =>
      usesFsdp(around)
        ? 'FSDP'
        : String(around.get('distributed_type')).toUpperCase() === 'DEEPSPEED' &&
            castNumber(around.get('deepspeed_config.zero_stage') ?? 2) === 3
          ? 'stage 3'
          : undefined,
    effect: 'refused',
    cite: 'accelerate: src/accelerate/utils/dataclasses.py, DeepSpeedPlugin; src/accelerate/accelerator.py',
  }),
);
