import { castNumber } from '../kit/key.ts';
import { excludes, foundAt, isSet, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';

const ARGUMENTS = 'transformers: src/transformers/training_args.py, _validate_args';
const TRAINER = 'transformers: src/transformers/trainer.py, _validate_args and create_accelerator_and_postprocess';

/** Cadences below 1 are shares of the run; above it only whole numbers are steps, and only where the strategy counts steps. */
const CADENCES = [
  { key: 'logging_steps', strategies: ['logging_strategy'], usual: 'steps' },
  { key: 'eval_steps', strategies: ['eval_strategy', 'evaluation_strategy'], usual: 'no' },
  { key: 'save_steps', strategies: ['save_strategy'], usual: 'steps' },
] as const;

function countsSteps(around: Around, { strategies, usual }: (typeof CADENCES)[number]): boolean {
  const written = strategies.find((key) => around.has(key));
  return (written === undefined ? usual : around.get(written)) === 'steps';
}

const isOn = (around: Around, key: string): boolean => isTrue(around.get(key) ?? null);
const given = (around: Around, key: string): boolean => isSet(around.get(key) ?? null);

/** FSDP as the arguments switch it on; a launcher may do so as well. */
const usesFsdp = (around: Around): boolean => {
  const value = around.get('fsdp') ?? null;
  return isSet(value) && (!Array.isArray(value) || value.length > 0);
};

const evaluates = (around: Around): string | undefined => {
  const strategy = around.get('eval_strategy') ?? around.get('evaluation_strategy');
  if (strategy === undefined && (around.has('eval_strategy') || around.has('evaluation_strategy'))) return undefined;
  return strategy === undefined || strategy === 'no' || strategy === false ? 'none' : undefined;
};

/** What TrainingArguments refuses by itself. Read in transformers 5.18. */
export const TRAINING_ARGUMENT_CHECKS: readonly KeyCheck[] = [
  ...CADENCES.map(
    (cadence): KeyCheck => ({
      key: cadence.key,
      cite: ARGUMENTS,
      wrong: (around) => {
        const steps = castNumber(around.get(cadence.key) ?? null);
        if (steps === undefined || !countsSteps(around, cadence)) return undefined;
        const isLost = cadence.key === 'logging_steps' && steps === 0;
        if (!isLost && (steps <= 1 || Number.isInteger(steps))) return undefined;
        return {
          kind: 'not-allowed',
          data: { found: steps, expected: isLost ? '1 or more' : 'whole steps, or a share below 1' },
          effect: 'refused',
        };
      },
    }),
  ),
  {
    key: 'torch_empty_cache_steps',
    cite: ARGUMENTS,
    wrong: (around) => {
      const steps = castNumber(around.get('torch_empty_cache_steps') ?? null);
      if (steps === undefined || (steps > 0 && Number.isInteger(steps))) return undefined;
      return { kind: 'not-allowed', data: { found: steps, expected: 'whole steps, 1 or more' }, effect: 'refused' };
    },
  },
  excludes('fp16_full_eval', 'bf16_full_eval', ARGUMENTS, isTrue),
  requires('lr_scheduler_type', {
    when: (value) => value === 'reduce_lr_on_plateau' || value === 'greedy',
    requires: 'eval_strategy: steps or epoch',
    found: evaluates,
    effect: 'refused',
    cite: ARGUMENTS,
  }),
  requires('dataloader_prefetch_factor', {
    when: (value) => castNumber(value) !== undefined,
    requires: 'dataloader_num_workers above 0',
    found: (around) =>
      (castNumber(around.get('dataloader_num_workers') ?? 0) ?? 1) > 0
        ? undefined
        : foundAt(around, 'dataloader_num_workers'),
    effect: 'refused',
    cite: ARGUMENTS,
  }),
  requires('save_strategy', {
    when: (value, around) =>
      value === 'best' &&
      !isOn(around, 'load_best_model_at_end') &&
      !/^(reduce_lr_on_plateau|greedy)$/.test(String(around.get('lr_scheduler_type') ?? '')),
    requires: 'metric_for_best_model',
    found: (around) =>
      around.has('metric_for_best_model') && around.get('metric_for_best_model') !== null ? undefined : 'none',
    effect: 'refused',
    cite: TRAINER,
  }),
  requires('save_only_model', {
    when: (value, around) => isTrue(value) && isOn(around, 'load_best_model_at_end'),
    requires: 'no load_best_model_at_end when sharded',
    found: (around) => (given(around, 'deepspeed') ? 'DeepSpeed' : usesFsdp(around) ? 'FSDP' : undefined),
    effect: 'refused',
    cite: TRAINER,
  }),
  requires('gradient_checkpointing', {
    when: (value, around) => isTrue(value) && usesFsdp(around),
    requires: "fsdp_config's own to be off",
    found: (around) =>
      ['activation_checkpointing', 'fsdp_activation_checkpointing'].some((key) => isOn(around, `fsdp_config.${key}`))
        ? 'true'
        : undefined,
    effect: 'refused',
    cite: TRAINER,
  }),
];
