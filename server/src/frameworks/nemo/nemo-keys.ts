import { key } from '../kit/key.ts';
import type { KeyTable } from '../types.ts';
import { ALIGNER_KEYS } from './aligner-keys.ts';
import { MEGATRON_KEYS } from './megatron-keys.ts';
import { modelOfRun, trainedModel } from './model-names.ts';
import { OPTIMIZER_KEYS } from './optimizer-keys.ts';
import { SPEECH_KEYS } from './speech-keys.ts';
import { TRAINER_KEYS } from './trainer-keys.ts';

/** All keys of NeMo's recipes, from the root of the file. */
export const NEMO_KEYS: KeyTable = {
  'run.model_train_name': key('model.name', { read: trainedModel }),
  'run.name': key('model.name', { read: modelOfRun }),
  ...ALIGNER_KEYS,
  ...TRAINER_KEYS,
  ...OPTIMIZER_KEYS,
  ...MEGATRON_KEYS,
  ...SPEECH_KEYS,
};
