import { zeroStageOf } from '../hf-family/deepspeed-keys.ts';
import { castNumber } from '../kit/key.ts';
import { foundAt, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';
import { PRECISION_CHECKS } from './precision-checks.ts';

const CONFIG = 'deepspeed: deepspeed/runtime/config.py';
const ENGINE = 'deepspeed: deepspeed/runtime/engine.py';

/** Optimizers that compress what they communicate, and so need whole gradients on every rank. */
const COMPRESSED = /^(onebitadam|zerooneadam|onebitlamb)$/i;

/** Names that come to one of the classes ZeRO is tested with (deepspeed: deepspeed/runtime/zero/utils.py). */
const TESTED_WITH_ZERO = /^(adam|adamw|adagrad|lion|muon)$/i;

/** Optimizers that work on a loss scale that follows the gradients. */
const DYNAMIC_SCALE = /^(lamb|onebitlamb)$/i;

const TAG_VALIDATION = /^(warn|ignore|fail)$/i;

const usesZero = (around: Around): string | undefined => {
  const stage = zeroStageOf(around);
  return stage !== undefined && stage > 0 ? `stage ${stage}` : undefined;
};

/** The stage where it is known and another than those taken. */
const stageBeside =
  (...taken: readonly number[]) =>
  (around: Around): string | undefined => {
    const stage = zeroStageOf(around);
    return stage === undefined || taken.includes(stage) ? undefined : `stage ${stage}`;
  };

/** What DeepSpeed refuses, or passes over, by the config alone. Read at 0.19.6; rows name the release where releases differ. */
export const DEEPSPEED_CHECKS: readonly KeyCheck[] = [
  requires('optimizer.type', {
    when: (value) => COMPRESSED.test(String(value)),
    requires: 'zero_optimization.stage: 0',
    found: usesZero,
    effect: 'refused',
    cite: `${ENGINE}, _configure_basic_optimizer`,
  }),
  requires('optimizer.type', {
    when: (value, around) =>
      typeof value === 'string' &&
      !TESTED_WITH_ZERO.test(value) &&
      !COMPRESSED.test(value) &&
      around.get('zero_allow_untested_optimizer') !== 'auto' &&
      !isTrue(around.get('zero_allow_untested_optimizer') ?? null),
    requires: 'zero_allow_untested_optimizer: true',
    found: usesZero,
    effect: 'refused',
    cite: `${ENGINE}, _do_optimizer_sanity_check`,
  }),
  requires('fp16.loss_scale', {
    when: (value, around) =>
      (castNumber(value) ?? 0) !== 0 && DYNAMIC_SCALE.test(String(around.get('optimizer.type') ?? '')),
    requires: '0, a dynamic scale',
    found: (around) => foundAt(around, 'optimizer.type'),
    effect: 'refused',
    cite: `${ENGINE}, _do_sanity_check`,
  }),
  requires('amp.enabled', {
    when: isTrue,
    requires: 'zero_optimization.stage: 0',
    found: usesZero,
    effect: 'refused',
    cite: `${ENGINE}, _do_optimizer_sanity_check`,
  }),
  requires('zero_optimization.offload_optimizer.ratio', {
    when: (value) => (castNumber(value) ?? 1) < 1,
    requires: 'zero_optimization.stage: 3',
    found: stageBeside(3),
    effect: 'refused',
    cite: 'deepspeed: deepspeed/runtime/zero/config.py, offload_ratio_check',
  }),
  requires('gradient_allreduce_op', {
    when: (value) => String(value).toLowerCase() === 'sum',
    requires: 'zero_optimization.stage: 2 or less',
    found: stageBeside(0, 1, 2),
    effect: 'refused',
    cite: `${CONFIG}, _do_error_check`,
  }),
  requires('tensor_parallel.autotp_size', {
    when: (value) => (castNumber(value) ?? 0) > 1,
    // 0.16.4 to 0.19.3 refuse the pair.
    requires: 'DeepSpeed 0.19.4 or newer under ZeRO 3',
    found: stageBeside(0, 1, 2),
    effect: 'accepted',
    cite: `${ENGINE}, _configure_tensor_parallel_states`,
  }),
  requires('compression_training.weight_quantization.shared_parameters.enabled', {
    when: (value, around) =>
      isTrue(value) &&
      !isTrue(
        around.get('compression_training.weight_quantization.shared_parameters.quantize_weight_in_forward') ?? null,
      ),
    requires: 'fp16, or quantize_weight_in_forward',
    found: (around) => {
      const fp16 = around.get('fp16.enabled') ?? false;
      return fp16 === false ? foundAt(around, 'fp16.enabled') : undefined;
    },
    effect: 'refused',
    cite: `${ENGINE}, _configure_quantization`,
  }),
  requires('elasticity.enabled', {
    when: (value, around) => isTrue(value) && !isTrue(around.get('elasticity.ignore_non_elastic_batch_info') ?? null),
    requires: 'no batch keys of its own beside it',
    found: (around) =>
      ['train_batch_size', 'train_micro_batch_size_per_gpu', 'gradient_accumulation_steps']
        .filter((key) => castNumber(around.get(key) ?? null) !== undefined)
        .map((key) => foundAt(around, key))[0],
    effect: 'refused',
    cite: `${CONFIG}, DeepSpeedConfig`,
  }),
  {
    // Any value is refused, zero as well, in every precision.
    key: 'optimizer.params.max_grad_norm',
    cite: `${ENGINE}, _configure_basic_optimizer`,
    wrong: (around) => ({
      kind: 'not-allowed',
      data: {
        found: String(around.get('optimizer.params.max_grad_norm') ?? null),
        expected: 'gradient_clipping at the top instead',
      },
      effect: 'refused',
    }),
  },
  {
    key: 'checkpoint.tag_validation',
    cite: `${CONFIG}, get_checkpoint_tag_validation_mode`,
    wrong: (around) => {
      const value = around.get('checkpoint.tag_validation');
      if (typeof value !== 'string' || TAG_VALIDATION.test(value)) return undefined;
      return { kind: 'not-allowed', data: { found: value, expected: 'Warn, Ignore or Fail' }, effect: 'refused' };
    },
  },
  ...PRECISION_CHECKS,
];
