import { castNumber } from '../kit/key.ts';
import { foundAt, isSet, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import { brokenPattern } from '../kit/python-pattern.ts';
import type { Around } from '../types.ts';

const VALIDATION = 'axolotl: src/axolotl/utils/schemas/validation.py';
const CONFIG = 'axolotl: src/axolotl/utils/schemas/config.py';

const given = (around: Around, key: string): boolean => isSet(around.get(key) ?? null);
const REENTRANT = 'gradient_checkpointing_kwargs.use_reentrant';

const BATCH_KEYS = ['micro_batch_size', 'gradient_accumulation_steps', 'batch_size'] as const;

/** What a file has when nobody is in the middle of writing it; the batch keys stand above most of these. */
const FINISHED = ['base_model', 'learning_rate', 'optimizer', 'lr_scheduler'] as const;

const isFinished = (around: Around): boolean =>
  FINISHED.every((key) => given(around, key)) &&
  (given(around, 'num_epochs') || given(around, 'max_steps')) &&
  (around.has('datasets') || around.has('pretraining_dataset'));

/** Two of three batch keys, though the third has a default: the file itself is counted. */
const oneBatchKey = (key: (typeof BATCH_KEYS)[number]): KeyCheck =>
  requires(key, {
    when: (value, around) => (castNumber(value) ?? 0) > 0 && isFinished(around),
    requires: 'another of the batch keys beside it',
    found: (around) => (BATCH_KEYS.some((other) => other !== key && around.has(other)) ? undefined : 'none'),
    effect: 'refused',
    cite: `${VALIDATION}, check_batch_size_fields`,
  });

/** What Axolotl's validation refuses or warns of in how a run is trained, checkpointed and saved. Read at the head of July 2026. */
export const AXOLOTL_RUN_CHECKS: readonly KeyCheck[] = [
  ...BATCH_KEYS.map(oneBatchKey),
  requires('unfrozen_parameters', {
    when: isSet,
    requires: 'use_reentrant: false',
    found: (around) => (around.get(REENTRANT) === true ? 'use_reentrant: true' : undefined),
    effect: 'refused',
    cite: `${VALIDATION}, check_use_reentrant_mismatch`,
  }),
  requires(REENTRANT, {
    when: (value, around) => value === false && around.get('adapter') === 'qlora',
    requires: 'a ZeRO stage below 3 under qlora',
    found: (around) => {
      const deepspeed = around.get('deepspeed');
      return typeof deepspeed === 'string' && deepspeed.includes('zero3') ? foundAt(around, 'deepspeed') : undefined;
    },
    effect: 'accepted',
    cite: `${VALIDATION}, warn_qlora_zero3_w_use_reentrant`,
  }),
  requires('save_strategy', {
    when: (value) => value === 'best',
    requires: 'metric_for_best_model',
    found: (around) => (given(around, 'metric_for_best_model') ? undefined : foundAt(around, 'metric_for_best_model')),
    effect: 'refused',
    cite: `${CONFIG}, check_save_strategy_best_requires_metric`,
  }),
  requires('group_by_length', {
    when: isTrue,
    requires: 'data that are loaded, not streamed',
    found: (around) => (given(around, 'pretraining_dataset') ? 'pretraining_dataset' : undefined),
    effect: 'accepted',
    cite: `${VALIDATION}, check_pretraining_w_group_by_length`,
  }),
  requires('pad_to_sequence_len', {
    when: (value) => value === false,
    requires: 'sample_packing: false for even memory',
    found: (around) => (isTrue(around.get('sample_packing') ?? null) ? 'sample_packing: true' : undefined),
    effect: 'accepted',
    cite: `${VALIDATION}, hint_sample_packing_padding`,
  }),
  requires('fsdp', {
    when: (value) => isSet(value) && (!Array.isArray(value) || value.length > 0),
    requires: 'a model other than Falcon',
    found: (around) => nameHas(around, 'falcon'),
    effect: 'refused',
    cite: `${VALIDATION}, check_falcon_fsdp`,
  }),
  requires('gradient_checkpointing', {
    when: isSet,
    requires: 'a model other than MPT',
    found: (around) => nameHas(around, 'mpt'),
    effect: 'refused',
    cite: `${VALIDATION}, check_mpt_checkpointing`,
  }),
  {
    key: 'lora_target_modules',
    cite: `${CONFIG}, check_lora_target_modules_regex`,
    wrong: (around) => {
      const modules = around.get('lora_target_modules');
      if (!Array.isArray(modules)) return undefined;
      const broken = modules.find((name: unknown) => typeof name === 'string' && brokenPattern(name));
      if (broken === undefined) return undefined;
      return {
        kind: 'not-allowed',
        data: { found: String(broken), expected: 'patterns Python can read' },
        effect: 'refused',
      };
    },
  },
];

/** The validation looks for these letters anywhere in the name. */
function nameHas(around: Around, part: string): string | undefined {
  const name = around.get('base_model');
  return typeof name === 'string' && name.toLowerCase().includes(part) ? name : undefined;
}
