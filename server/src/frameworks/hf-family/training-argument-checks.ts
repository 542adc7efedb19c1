import { castNumber } from '../kit/key.ts';
import { foundAt, type KeyCheck, requires } from '../kit/key-checks.ts';

const ARGUMENTS = 'transformers: src/transformers/training_args.py';

/** Cadences below 1 are shares of the run; above it only whole numbers are steps. */
const CADENCES = ['logging_steps', 'eval_steps', 'save_steps'] as const;

/** What TrainingArguments refuses by itself. */
export const TRAINING_ARGUMENT_CHECKS: readonly KeyCheck[] = [
  ...CADENCES.map(
    (key): KeyCheck => ({
      key,
      cite: ARGUMENTS,
      wrong: (around) => {
        const steps = castNumber(around.get(key) ?? null);
        if (steps === undefined || steps <= 1 || Number.isInteger(steps)) return undefined;
        return {
          kind: 'not-allowed',
          data: { found: steps, expected: 'whole steps, or a share below 1' },
          effect: 'refused',
        };
      },
    }),
  ),
  requires('lr_scheduler_type', {
    when: (value) => value === 'reduce_lr_on_plateau',
    requires: 'evaluation, eval_strategy: steps or epoch',
    found: (around) => {
      const strategy = around.get('eval_strategy') ?? around.get('evaluation_strategy');
      return strategy === undefined || strategy === 'no' || strategy === false ? 'none' : undefined;
    },
    effect: 'refused',
    cite: ARGUMENTS,
  }),
  requires('dataloader_prefetch_factor', {
    when: (value) => (castNumber(value) ?? 0) > 0,
    requires: 'dataloader_num_workers above 0',
    found: (around) =>
      (castNumber(around.get('dataloader_num_workers') ?? 0) ?? 1) > 0
        ? undefined
        : foundAt(around, 'dataloader_num_workers'),
    effect: 'refused',
    cite: ARGUMENTS,
  }),
];
