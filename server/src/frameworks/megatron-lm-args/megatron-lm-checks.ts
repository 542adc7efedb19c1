import { castNumber } from '../kit/key.ts';
import { excludes, isSet, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';

const ARGUMENTS = 'Megatron-LM: megatron/training/arguments.py, validate_args';

const flag = (name: string): string => `MODEL_ARGS.--${name}`;
const numberAt = (around: Around, name: string): number => castNumber(around.get(flag(name)) ?? null) ?? 1;
const isOn = (around: Around, name: string): boolean => isTrue(around.get(flag(name)) ?? null);
const positive = (value: unknown): boolean => typeof value === 'number' && value > 0;

/** A switch that needs others to be on. */
const needs = (name: string, others: readonly string[], when: (around: Around) => boolean = () => true): KeyCheck =>
  requires(flag(name), {
    when: (value, around) => isTrue(value) && when(around),
    requires: others.map((other) => `--${other}`).join(' and '),
    found: (around) => {
      const missing = others.find((other) => !isOn(around, other));
      return missing === undefined ? undefined : `no --${missing}`;
    },
    effect: 'refused',
    cite: ARGUMENTS,
  });

/** Combinations that Megatron-LM's arguments refuse. */
export const MEGATRON_LM_CHECKS: readonly KeyCheck[] = [
  needs('overlap-param-gather', ['use-distributed-optimizer', 'overlap-grad-reduce']),
  needs('tp-comm-overlap', ['sequence-parallel']),
  ...['num-layers-per-virtual-pipeline-stage', 'num-virtual-stages-per-pipeline-rank'].map((name) =>
    requires(flag(name), {
      when: positive,
      requires: '--pipeline-model-parallel-size above 1',
      found: (around) => {
        const stages = numberAt(around, 'pipeline-model-parallel-size');
        return stages > 1 ? undefined : String(stages);
      },
      effect: 'refused',
      cite: ARGUMENTS,
    }),
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
  requires(flag('recompute-granularity'), {
    when: (value) => value === 'full',
    requires: '--recompute-method',
    found: (around) => (isSet(around.get(flag('recompute-method')) ?? null) ? undefined : 'none'),
    effect: 'refused',
    cite: ARGUMENTS,
  }),
  requires(flag('recompute-method'), {
    when: isSet,
    requires: '--recompute-granularity full',
    found: (around) => (around.get(flag('recompute-granularity')) === 'selective' ? 'selective' : undefined),
    effect: 'refused',
    cite: ARGUMENTS,
  }),
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
