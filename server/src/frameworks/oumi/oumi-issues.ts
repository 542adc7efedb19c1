import type { ConfigTree } from '../../text/index.ts';
import { readDtype } from '../hf-family/settle-precision.ts';
import { aroundOf } from '../kit/around.ts';
import { checkKeys, foundAt, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import { Refusals } from '../kit/refusals.ts';
import type { KeyIssue } from '../types.ts';
import { trainerTypeOf } from './trainer-type.ts';

const CONFIG = 'oumi: src/oumi/core/configs/training_config.py, __post_init__';

/** What another key's value refuses or leaves unread. Read at the head of August 2026. */
const OUMI_CHECKS: readonly KeyCheck[] = [
  requires('peft', {
    when: (value) => typeof value === 'object' && value !== null && Object.keys(value).length > 0,
    requires: 'training.use_peft: true',
    found: (around) =>
      isTrue(around.get('training.use_peft') ?? false) ? undefined : foundAt(around, 'training.use_peft'),
    effect: 'dropped',
    cite: 'oumi: src/oumi/train.py; src/oumi/core/configs/params/training_params.py',
  }),
  requires('training.compile', {
    when: isTrue,
    requires: 'fsdp.use_orig_params: true',
    found: (around) => (around.get('fsdp.use_orig_params') === false ? 'false' : undefined),
    effect: 'refused',
    cite: CONFIG,
  }),
  requires('deepspeed.train_batch_size', {
    when: (value, around) =>
      value !== 'auto' && value !== null && isTrue(around.get('deepspeed.enable_deepspeed') ?? null),
    requires: '"auto" under a trainer of TRL',
    found: (around) => {
      const trainer = trainerTypeOf(around);
      return trainer?.startsWith('TRL_') ? trainer : undefined;
    },
    effect: 'refused',
    cite: CONFIG,
  }),
];

/** Combinations oumi's training config refuses (oumi: src/oumi/core/configs/training_config.py). */
export function oumiIssues(tree: ConfigTree): readonly KeyIssue[] {
  const around = aroundOf(tree);
  const refusals = new Refusals(tree);

  if (around.get('model.compile') === true)
    refusals.refuse('model.compile', 'not-allowed', { found: 'true', expected: 'training.compile' });
  const mixed = String(around.get('training.mixed_precision_dtype') ?? 'none').toLowerCase();
  const dtype = around.get('model.torch_dtype_str');
  if ((mixed === 'bf16' || mixed === 'fp16') && dtype !== undefined && readDtype(dtype) !== 'fp32')
    refusals.refuse('model.torch_dtype_str', 'not-allowed', {
      found: String(dtype),
      expected: `float32 with ${mixed} mixed precision`,
    });
  if (around.get('fsdp.enable_fsdp') === true && around.get('deepspeed.enable_deepspeed') === true)
    refusals.refuse('fsdp.enable_fsdp', 'not-allowed', {
      found: 'true',
      expected: 'false beside DeepSpeed',
    });
  if (trainerTypeOf(around) === 'VERL_GRPO' && !around.has('data.validation.datasets'))
    refusals.refuse('training.trainer_type', 'needs-other-key', { needs: 'data.validation.datasets', expected: 'set' });
  return [...refusals.issues, ...checkKeys(tree, OUMI_CHECKS)];
}
