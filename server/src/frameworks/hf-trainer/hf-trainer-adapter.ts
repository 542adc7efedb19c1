import { DEEPSPEED_AUTO_DERIVATIONS } from '../hf-family/join-deepspeed.ts';
import { defineAdapter } from '../kit/define-adapter.ts';
import { isForTrl, trainerOf } from './detect-trainer.ts';
import { hfIssues } from './hf-issues.ts';
import { HF_TRAINER_KEYS } from './hf-trainer-keys.ts';
import { HF_TRAINER_SCHEMA, isForOwnScript } from './own-script.ts';
import { recogniseHfTrainer } from './recognise.ts';
import { hfResidents } from './residents.ts';
import { ROLLOUT_DERIVATIONS, trainerKeys } from './rollout-keys.ts';
import { assumeTrainer, settleHfTrainer } from './settle-hf-trainer.ts';

/**
 * Flat files for transformers' Trainer and TRL's trainers, and for the recipes built on them. TRL reads the file with
 * PyYAML and hands it to argparse, which casts text to the type of the option.
 */
export const hfTrainerAdapter = defineAdapter({
  id: 'hf-trainer',
  title: 'Hugging Face Trainer and TRL',
  loaders: { yaml: 'pyyaml', json: 'json' },
  recognise: recogniseHfTrainer,
  keys: { ...HF_TRAINER_KEYS, ...trainerKeys(trainerOf) },
  schema: HF_TRAINER_SCHEMA,
  policy: (tree) => ({
    unknownKeys: isForOwnScript(tree) ? 'accepted' : 'dropped',
    ownKeys: true,
    castsNumbers: () => true,
    // TRL renamed it; the example scripts of transformers have an argument of that name to this day.
    deprecates: (key) => key !== 'max_seq_length' || isForTrl(tree),
  }),
  join: assumeTrainer,
  settle: (draft) => settleHfTrainer(draft),
  derivations: [...ROLLOUT_DERIVATIONS, ...DEEPSPEED_AUTO_DERIVATIONS],
  residents: hfResidents,
  issues: hfIssues,
});
