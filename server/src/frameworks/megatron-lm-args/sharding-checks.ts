import { castNumber } from '../kit/key.ts';
import { excludes, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';
import { flag, given } from './flags.ts';

const ARGUMENTS = 'Megatron-LM: megatron/training/arguments.py, validate_args';

const isOn = (around: Around, name: string): boolean => isTrue(given(around, name));

/** A switch that takes no more than one rank along an axis. */
const oneRankOf = (name: string, axis: string): KeyCheck =>
  requires(flag(name), {
    when: isTrue,
    requires: `--${axis} 1`,
    found: (around) => {
      const ranks = castNumber(given(around, axis)) ?? 1;
      return ranks > 1 ? String(ranks) : undefined;
    },
    effect: 'refused',
    cite: ARGUMENTS,
  });

/** A switch that takes some formats of checkpoints alone. `usual`: the format where none is named. */
const formatOf = (name: string, formats: readonly string[], usual: string): KeyCheck =>
  requires(flag(name), {
    when: isTrue,
    requires: `--ckpt-format ${formats.join(' or ')}`,
    found: (around) => {
      const format = String(given(around, 'ckpt-format') ?? usual);
      return formats.includes(format) ? undefined : format;
    },
    effect: 'refused',
    cite: ARGUMENTS,
  });

/** One connection orders kernels for tensor parallelism, and makes FSDP's gathers wait for one another. */
const severalConnections = (name: string): KeyCheck =>
  requires(flag(name), {
    when: isTrue,
    requires: 'several CUDA_DEVICE_MAX_CONNECTIONS',
    found: (around) => (String(around.get('ENV_VARS.CUDA_DEVICE_MAX_CONNECTIONS')) === '1' ? '1' : undefined),
    effect: 'refused',
    cite: ARGUMENTS,
  });

/** What spreads weights and optimizer over ranks, and what each of them excludes. */
export const SHARDING_CHECKS: readonly KeyCheck[] = [
  requires(flag('overlap-param-gather'), {
    when: isTrue,
    requires: 'a split optimizer, --overlap-grad-reduce',
    found: (around) => {
      const splits =
        isOn(around, 'use-distributed-optimizer') ||
        isOn(around, 'use-megatron-fsdp') ||
        given(around, 'optimizer') === 'dist_muon';
      if (!splits) return 'no --use-distributed-optimizer';
      return isOn(around, 'overlap-grad-reduce') ? undefined : 'no --overlap-grad-reduce';
    },
    effect: 'refused',
    cite: ARGUMENTS,
  }),
  oneRankOf('use-torch-fsdp2', 'pipeline-model-parallel-size'),
  oneRankOf('use-torch-fsdp2', 'expert-model-parallel-size'),
  excludes(flag('use-torch-fsdp2'), flag('use-distributed-optimizer'), ARGUMENTS, isTrue),
  excludes(flag('use-torch-fsdp2'), flag('fp16'), ARGUMENTS, isTrue),
  ...['untie-embeddings-and-output-weights', 'no-gradient-accumulation-fusion'].map((other) =>
    requires(flag('use-torch-fsdp2'), {
      when: isTrue,
      requires: `--${other}`,
      found: (around) => (isOn(around, other) ? undefined : 'none'),
      effect: 'refused',
      cite: ARGUMENTS,
    }),
  ),
  formatOf('use-torch-fsdp2', ['torch_dist', 'torch_dcp'], 'torch_dist'),
  severalConnections('use-torch-fsdp2'),
  requires(flag('use-megatron-fsdp'), {
    when: isTrue,
    requires: '--optimizer adam or sgd',
    found: (around) => {
      const optimizer = String(given(around, 'optimizer') ?? 'adam');
      return optimizer === 'adam' || optimizer === 'sgd' ? undefined : optimizer;
    },
    effect: 'refused',
    cite: ARGUMENTS,
  }),
  formatOf('use-megatron-fsdp', ['fsdp_dtensor'], 'torch_dist'),
  severalConnections('use-megatron-fsdp'),
  requires(flag('ckpt-format'), {
    when: (value) => value === 'torch_dcp',
    requires: '--use-torch-fsdp2 for torch_dcp',
    found: (around) => (isOn(around, 'use-torch-fsdp2') ? undefined : 'none'),
    effect: 'refused',
    cite: ARGUMENTS,
  }),
  requires(flag('ckpt-format'), {
    when: (value) => value === 'fsdp_dtensor',
    requires: '--use-megatron-fsdp for fsdp_dtensor',
    found: (around) => (isOn(around, 'use-megatron-fsdp') ? undefined : 'none'),
    effect: 'refused',
    cite: ARGUMENTS,
  }),
];
