import { castNumber } from '../kit/key.ts';
import { excludes, isSet, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';
import { BATCH_CHECKS } from './batch-checks.ts';
import { flag, given } from './flags.ts';
import { SHARDING_CHECKS } from './sharding-checks.ts';

const ARGUMENTS = 'Megatron-LM: megatron/training/arguments.py, validate_args';
const TRANSFORMER = 'Megatron-LM: megatron/core/transformer/transformer_config.py, __post_init__';

const numberAt = (around: Around, name: string): number => castNumber(given(around, name)) ?? 1;
const isOn = (around: Around, name: string): boolean => isTrue(given(around, name));
const positive = (value: unknown): boolean => typeof value === 'number' && value > 0;

/** Ways to say how many stages a rank has; one of them at most. */
const STAGES_A_RANK = [
  'num-layers-per-virtual-pipeline-stage',
  'num-virtual-stages-per-pipeline-rank',
  'pipeline-model-parallel-layout',
] as const;

/** Stages a rank has, where flags say so; 1 is a schedule that does not interleave. */
function stagesOfRank(around: Around): number | undefined {
  const stages = castNumber(given(around, 'num-virtual-stages-per-pipeline-rank'));
  if (stages !== undefined) return stages;
  const layers = castNumber(given(around, 'num-layers'));
  const perStage = castNumber(given(around, 'num-layers-per-virtual-pipeline-stage'));
  if (layers === undefined || perStage === undefined || perStage <= 0) return undefined;
  return Math.floor(layers / numberAt(around, 'pipeline-model-parallel-size') / perStage);
}

/** An interleaved schedule needs two ranks of pipeline, and three where their messages do not overlap. */
const interleaved = (name: string): KeyCheck =>
  requires(flag(name), {
    when: (value, around) => positive(value) && (stagesOfRank(around) ?? 1) > 1,
    requires: '--pipeline-model-parallel-size above 1',
    found: (around) => {
      const ranks = numberAt(around, 'pipeline-model-parallel-size');
      return ranks > 1 ? undefined : String(ranks);
    },
    effect: 'refused',
    cite: ARGUMENTS,
  });

/** Combinations that Megatron-LM's arguments refuse. Read at the head of August 2026. */
export const MEGATRON_LM_CHECKS: readonly KeyCheck[] = [
  ...BATCH_CHECKS,
  ...SHARDING_CHECKS,
  requires(flag('tp-comm-overlap'), {
    when: isTrue,
    requires: '--sequence-parallel',
    found: (around) => (isOn(around, 'sequence-parallel') ? undefined : 'no --sequence-parallel'),
    effect: 'refused',
    cite: ARGUMENTS,
  }),
  interleaved('num-layers-per-virtual-pipeline-stage'),
  interleaved('num-virtual-stages-per-pipeline-rank'),
  ...[0, 1].flatMap((index) =>
    STAGES_A_RANK.slice(index + 1).map((other) =>
      excludes(flag(STAGES_A_RANK[index] ?? other), flag(other), ARGUMENTS, isSet),
    ),
  ),
  requires(flag('num-experts'), {
    when: (value, around) =>
      positive(value) && numberAt(around, 'tensor-model-parallel-size') > 1 && around.get('MODE') !== 'inference',
    requires: '--sequence-parallel',
    found: (around) =>
      isOn(around, 'sequence-parallel')
        ? undefined
        : `tensor parallel ${numberAt(around, 'tensor-model-parallel-size')} without it`,
    effect: 'refused',
    cite: 'Megatron-LM: megatron/core/transformer/moe/moe_layer.py, forward',
  }),
  requires(flag('expert-model-parallel-size'), {
    when: (value) => (castNumber(value) ?? 1) > 1,
    requires: '--num-experts',
    found: (around) => ((castNumber(given(around, 'num-experts')) ?? 0) === 0 ? 'none' : undefined),
    effect: 'refused',
    cite: ARGUMENTS,
  }),
  requires(flag('recompute-granularity'), {
    when: (value) => value === 'full',
    requires: 'a recompute method and number of layers',
    found: (around) => {
      const missing = ['recompute-method', 'recompute-num-layers'].find((name) => !isSet(given(around, name)));
      return missing === undefined ? undefined : `no --${missing}`;
    },
    effect: 'refused',
    cite: TRANSFORMER,
  }),
  ...[
    ['recompute-method', ARGUMENTS],
    ['recompute-num-layers', TRANSFORMER],
  ].map(([name = '', cite = '']) =>
    requires(flag(name), {
      when: isSet,
      requires: '--recompute-granularity full',
      found: (around) => (given(around, 'recompute-granularity') === 'selective' ? 'selective' : undefined),
      effect: 'refused',
      cite,
    }),
  ),
  {
    // Told with the way out, and the run ends.
    key: flag('checkpoint-activations'),
    cite: ARGUMENTS,
    wrong: (around) =>
      isOn(around, 'checkpoint-activations')
        ? {
            kind: 'not-allowed',
            data: { found: 'on', expected: '--recompute-activations instead' },
            effect: 'refused',
          }
        : undefined,
  },
  excludes(flag('group-query-attention'), flag('multi-latent-attention'), ARGUMENTS, isTrue),
  excludes(flag('train-samples'), flag('train-iters'), ARGUMENTS, positive),
  // A run counts its schedule in the unit of its length.
  ...['lr-decay-samples', 'lr-warmup-samples'].map((name) =>
    excludes(flag(name), flag('train-iters'), ARGUMENTS, positive),
  ),
  ...['lr-decay-iters', 'lr-warmup-iters'].map((name) =>
    excludes(flag(name), flag('train-samples'), ARGUMENTS, positive),
  ),
  excludes(flag('lr-warmup-fraction'), flag('lr-warmup-iters'), ARGUMENTS, positive),
  excludes(flag('lr-warmup-fraction'), flag('lr-warmup-samples'), ARGUMENTS, positive),
];
