import schema from '../../../../schemas/openrlhf.schema.json' with { type: 'json' };
import { aroundOf } from '../kit/around.ts';
import { defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { checkKeys } from '../kit/key-checks.ts';
import type { JsonSchema } from '../types.ts';
import { OPENRLHF_CHECKS } from './openrlhf-checks.ts';
import { dottedEvidence, inFlatNames, OPENRLHF_COMMAND_KEYS, spelledFlag } from './openrlhf-dotted-keys.ts';
import { OPENRLHF_DERIVATIONS, openRlhfResidents, settleOpenRlhf } from './settle-openrlhf.ts';

/** OpenRLHF's command-line arguments, on a command line or kept as a flat file. */
export const openRlhfAdapter = defineAdapter({
  id: 'openrlhf',
  title: 'OpenRLHF',
  loaders: { yaml: 'pyyaml', json: 'json' },
  recognise: (input) => {
    const score = dottedEvidence(aroundOf(input.tree));
    if (score > 0) return { score, reasons: ['the flags of its scripts'] };
    return weigh(input, [
      { key: 'micro_train_batch_size', weight: 60 },
      { key: 'micro_rollout_batch_size', weight: 60 },
      { key: 'actor_learning_rate', weight: 40 },
      { key: 'n_samples_per_prompt', weight: 20 },
      { key: 'generate_max_len', weight: 20 },
      { key: 'colocate_all_models', weight: 30 },
      { key: 'pretrain', weight: 10 },
      { key: 'actor_train', weight: -200 },
      { key: 'zero_optimization', weight: -200 },
      { key: 'model_name_or_path', weight: -60 },
    ]);
  },
  keys: OPENRLHF_COMMAND_KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  issues: (tree) => checkKeys(tree, OPENRLHF_CHECKS, { view: inFlatNames, spelled: spelledFlag }),
  settle: (draft) => settleOpenRlhf({ ...draft, around: inFlatNames(draft.around) }),
  derivations: OPENRLHF_DERIVATIONS,
  residents: (draft) => openRlhfResidents({ ...draft, around: inFlatNames(draft.around) }),
});
