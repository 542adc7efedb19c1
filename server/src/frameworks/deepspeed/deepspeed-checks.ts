import { zeroStageOf } from '../hf-family/deepspeed-keys.ts';
import { castNumber } from '../kit/key.ts';
import { foundAt, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';

const CONFIG = 'deepspeed: deepspeed/runtime/config.py';
const ENGINE = 'deepspeed: deepspeed/runtime/engine.py';

/** Optimizers that compress what they communicate, and so need whole gradients on every rank. */
const COMPRESSED = /^(onebitadam|zerooneadam|onebitlamb)$/i;

const usesZero = (around: Around): string | undefined => {
  const stage = zeroStageOf(around);
  return stage !== undefined && stage > 0 ? `stage ${stage}` : undefined;
};

/** What DeepSpeed refuses, or passes over, by the config alone. */
export const DEEPSPEED_CHECKS: readonly KeyCheck[] = [
  requires('optimizer.type', {
    when: (value) => COMPRESSED.test(String(value)),
    requires: 'zero_optimization.stage: 0',
    found: usesZero,
    effect: 'refused',
    cite: ENGINE,
  }),
  requires('amp.enabled', {
    when: isTrue,
    requires: 'zero_optimization.stage: 0',
    found: usesZero,
    effect: 'refused',
    cite: ENGINE,
  }),
  requires('fp16.fp16_master_weights_and_grads', {
    when: isTrue,
    requires: 'zero_optimization.stage: 2',
    found: (around) => {
      const stage = zeroStageOf(around);
      return stage === undefined || stage === 2 ? undefined : `stage ${stage}`;
    },
    effect: 'refused',
    cite: CONFIG,
  }),
  requires('zero_optimization.offload_optimizer.ratio', {
    when: (value) => (castNumber(value) ?? 1) < 1,
    requires: 'zero_optimization.stage: 3',
    found: (around) => {
      const stage = zeroStageOf(around);
      return stage === undefined || stage === 3 ? undefined : `stage ${stage}`;
    },
    effect: 'refused',
    cite: 'deepspeed: deepspeed/runtime/zero/config.py',
  }),
  requires('elasticity.enabled', {
    when: (value, around) => isTrue(value) && !isTrue(around.get('elasticity.ignore_non_elastic_batch_info') ?? null),
    requires: 'no batch keys of its own beside it',
    found: (around) =>
      ['train_batch_size', 'train_micro_batch_size_per_gpu', 'gradient_accumulation_steps']
        .filter((key) => castNumber(around.get(key) ?? null) !== undefined)
        .map((key) => foundAt(around, key))[0],
    effect: 'refused',
    cite: CONFIG,
  }),
  requires('optimizer.params.max_grad_norm', {
    when: (value, around) => (castNumber(value) ?? 0) > 0 && !isTrue(around.get('fp16.enabled') ?? null),
    requires: 'gradient_clipping instead, without fp16',
    found: (around) => foundAt(around, 'gradient_clipping'),
    effect: 'dropped',
    cite: CONFIG,
  }),
];
