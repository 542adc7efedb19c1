import { castNumber } from '../kit/key.ts';
import { excludes, foundAt, isSet, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';
import { trainerOf } from './detect-trainer.ts';
import type { TrainerKind } from './trainer-kinds.ts';

const SFT = 'trl: trl/trainer/sft_trainer.py';
const DPO = 'trl: trl/trainer/dpo_trainer.py';
const GRPO = 'trl: trl/trainer/grpo_trainer.py';

const isFor = (around: Around, ...kinds: readonly TrainerKind[]): boolean => {
  const kind = trainerOf(around);
  return kind !== undefined && kinds.includes(kind);
};

const isOn = (around: Around, key: string): boolean => isTrue(around.get(key) ?? null);

/** What TRL refuses whoever reads the file: no other trainer has these keys. */
export const GENERATION_CHECKS: readonly KeyCheck[] = [
  excludes('generation_batch_size', 'steps_per_generation', 'trl: trl/trainer/grpo_config.py; rloo_config.py', isSet),
];

/** What TRL's trainers refuse or pass over. Read at 1.10; rows name the release where releases differ. */
export const TRL_CHECKS: readonly KeyCheck[] = [
  excludes('load_in_8bit', 'load_in_4bit', 'trl: trl/trainer/model_config.py', isTrue),
  requires('padding_free', {
    when: (value, around) => isTrue(value) && isOn(around, 'packing') && isFor(around, 'sft'),
    requires: 'packing_strategy: bfd to keep apart',
    found: (around) => (around.get('packing_strategy') === 'wrapped' ? 'wrapped' : undefined),
    effect: 'accepted',
    cite: SFT,
  }),
  requires('padding_free', {
    when: (value, around) =>
      isTrue(value) && (!around.has('packing') || around.get('packing') === false) && isFor(around, 'sft'),
    requires: 'packing, or max_length: null in TRL 1',
    found: (around) => (around.get('max_length') === null ? undefined : foundAt(around, 'max_length')),
    effect: 'accepted',
    cite: SFT,
  }),
  requires('packing', {
    when: (value, around) => isTrue(value) && isFor(around, 'sft'),
    requires: 'a max_length to pack to',
    found: (around) => (around.get('max_length') === null ? 'null' : undefined),
    effect: 'refused',
    cite: SFT,
  }),
  requires('sync_ref_model', {
    when: (value, around) => isTrue(value) && isFor(around, 'dpo', 'grpo'),
    requires: 'no use_peft since TRL 0.28',
    found: (around) => (isOn(around, 'use_peft') ? foundAt(around, 'use_peft') : undefined),
    effect: 'accepted',
    cite: `${DPO}; ${GRPO}`,
  }),
  requires('sync_ref_model', {
    when: (value, around) => isTrue(value) && isFor(around, 'grpo'),
    requires: 'beta above 0 for a reference model',
    found: (around) => (castNumber(around.get('beta') ?? null) === 0 ? foundAt(around, 'beta') : undefined),
    effect: 'accepted',
    cite: GRPO,
  }),
  requires('precompute_ref_log_probs', {
    when: (value, around) => isTrue(value) && isFor(around, 'dpo'),
    requires: 'neither a synced reference nor Liger',
    found: (around) =>
      ['sync_ref_model', 'use_liger_kernel', 'use_liger_loss']
        .filter((key) => isOn(around, key))
        .map((key) => foundAt(around, key))[0],
    effect: 'refused',
    cite: DPO,
  }),
  requires('loss_type', {
    when: (value, around) => value === 'exo_pair' && isFor(around, 'dpo'),
    requires: 'label_smoothing above 0 for exo_pair',
    found: (around) =>
      castNumber(around.get('label_smoothing') ?? 0) === 0 ? foundAt(around, 'label_smoothing') : undefined,
    effect: 'refused',
    cite: DPO,
  }),
  requires('top_entropy_quantile', {
    when: (value, around) => (castNumber(value) ?? 1) < 1 && isFor(around, 'grpo'),
    requires: 'no Liger kernel',
    found: (around) =>
      ['use_liger_kernel', 'use_liger_loss'].filter((key) => isOn(around, key)).map((key) => foundAt(around, key))[0],
    effect: 'refused',
    cite: GRPO,
  }),
  requires('auto_find_batch_size', {
    when: (value, around) => isTrue(value) && isFor(around, 'grpo', 'rloo'),
    requires: 'TRL 1.8 or older; later ones refuse it',
    found: () => 'on',
    effect: 'accepted',
    cite: 'trl: trl/trainer/grpo_config.py; rloo_config.py',
  }),
];
