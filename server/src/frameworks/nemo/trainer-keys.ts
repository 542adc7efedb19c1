import { byDefault, castNumber, key, positive } from '../kit/key.ts';
import { deviceCount, evalSteps } from '../lightning/trainer-values.ts';
import type { Around, KeyTable } from '../types.ts';
import { algorithmOf, countsRollouts } from './aligner-keys.ts';

const TRAINER = 'lightning: src/lightning/pytorch/trainer/trainer.py';

/** Steps, where a positive number of them is asked for: the run ends there whatever the epochs. */
const isStepBound = (around: Around): boolean => positive(around.get('trainer.max_steps') ?? null) !== undefined;

/** What Lightning's Trainer takes, as every NeMo recipe has it under `trainer`. */
export const TRAINER_KEYS: KeyTable = {
  'trainer.devices': key('parallel.gpusPerNode', { read: deviceCount, write: (to) => to }),
  'trainer.num_nodes': key('parallel.nodes', { read: positive, write: (to) => to, default: byDefault(1, TRAINER) }),
  'trainer.max_steps': key('schedule.totalSteps', {
    read: positive,
    write: (to) => to,
    when: (around) => !countsRollouts(around),
  }),
  'trainer.max_epochs': key('schedule.epochs', {
    read: positive,
    write: (to) => to,
    when: (around) => !isStepBound(around) && !countsRollouts(around),
  }),
  'trainer.gradient_clip_val': key('optimizer.maxGradNorm', {
    read: (value) => castNumber(value),
    write: (to) => to,
    default: byDefault(0, TRAINER),
    when: (around) => around.get('trainer.gradient_clip_algorithm') !== 'value' && algorithmOf(around) === undefined,
  }),
  // `trainer.sync_batchnorm` is left out: it asks for no batch norm, and where a Conformer has one it sees every frame.
  'trainer.val_check_interval': key('schedule.evalSteps', { read: evalSteps, write: (to) => to }),
};
