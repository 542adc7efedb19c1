import { describe, expect, it } from 'vitest';
import type { FieldName, PlanFields } from '../../server/src/plan/index.ts';
import { readConfig } from './read-config.ts';

const SFT = 'model_name_or_path: Qwen/Qwen2.5-0.5B\nmax_length: 2048\npacking: true\neval_strategy: steps\n';
const RUN_CLM = 'model_name_or_path: gpt2\nblock_size: 1024\ntrain_file: a.txt\neval_strategy: epoch\n';
const SEQ2SEQ =
  'model_name_or_path: google-t5/t5-base\nmax_source_length: 512\npredict_with_generate: true\nper_device_train_batch_size: 8\noutput_dir: a\n';
const DPO =
  'model_name_or_path: Qwen/Qwen2.5-0.5B\nrpo_alpha: 1.0\nbeta: 0.1\nmax_length: 1024\nprecompute_ref_log_probs: false\nper_device_train_batch_size: 2\noutput_dir: a\n';
const AXOLOTL = `base_model: Qwen/Qwen2.5-0.5B
datasets: [{path: a, type: alpaca}]
sequence_len: 4096
micro_batch_size: 2
val_set_size: 0.05
evals_per_epoch: 1
`;
const FACTORY = 'model_name_or_path: Qwen/Qwen2.5-0.5B\nstage: dpo\nfinetuning_type: full\ncutoff_len: 2048\n';
const TEXTS = 'model_name_or_path: BAAI/bge-base-en-v1.5\nper_device_train_batch_size: 32\n';

type Expected = { [F in FieldName]: readonly [F, PlanFields[F] | undefined] }[FieldName];

/** What a config's keys say of evaluation, and of losses over several sequences. */
const CASES: readonly (readonly [what: string, text: string, ...expected: Expected])[] = [
  ['trl packs evaluation as training', SFT, 'evaluation.length', 2048],
  ['trl unless told otherwise', `${SFT}eval_packing: false\n`, 'evaluation.length', undefined],
  [
    'padding to the longest has no length',
    SFT.replace('packing: true', 'packing: false'),
    'evaluation.length',
    undefined,
  ],
  ['a run without evaluation has none', SFT.replace('steps', '"no"'), 'evaluation.length', undefined],
  ['blocks are full in evaluation too', RUN_CLM, 'evaluation.length', 1024],
  ['losses alone', `${RUN_CLM}prediction_loss_only: true\n`, 'evaluation.keepsLogits', false],
  ['the script decides on metrics', `${RUN_CLM}prediction_loss_only: false\n`, 'evaluation.keepsLogits', undefined],
  ['batches on the device', `${RUN_CLM}eval_accumulation_steps: 4\n`, 'evaluation.batchesOnDevice', 4],
  ['examples', `${RUN_CLM}max_eval_samples: 500\n`, 'evaluation.examples', 500],
  ['Liger fuses in training alone', `${RUN_CLM}use_liger_kernel: true\n`, 'evaluation.lossKernel', 'plain'],
  ['trl skips the logits in both', `${SFT}use_liger_kernel: true\n`, 'evaluation.lossKernel', undefined],
  ['generation', SEQ2SEQ, 'evaluation.generates', true],
  ['its length', `${SEQ2SEQ}generation_max_length: 128\n`, 'evaluation.newTokens', 128],
  ['its beams', `${SEQ2SEQ}generation_num_beams: 4\n`, 'evaluation.beams', 4],
  ['axolotl packs evaluation as training', `${AXOLOTL}sample_packing: true\n`, 'evaluation.length', 4096],
  ['axolotl may hold out examples', AXOLOTL.replace('0.05', '200'), 'evaluation.examples', 200],
  ['or a share, which is no number of them', AXOLOTL, 'evaluation.examples', undefined],
  ['trl takes log-probabilities by the dtype', DPO, 'loss.logProbabilities', 'selective'],
  ['axolotl trains by trl', `${AXOLOTL}rl: dpo\n`, 'loss.logProbabilities', 'selective'],
  ['LLaMA-Factory takes them of all logits', FACTORY, 'loss.logProbabilities', 'whole'],
  ['three texts', `${TEXTS}loss: TripletLoss\n`, 'contrastive.texts', 3],
  ['single texts', `${TEXTS}loss: BatchAllTripletLoss\n`, 'contrastive.texts', 1],
  ['as many as the data has', `${TEXTS}loss: MultipleNegativesRankingLoss\n`, 'contrastive.texts', undefined],
];

describe('evaluation, and losses over several sequences', () => {
  it.each(CASES)('%s', (_what, text, field, expected) => {
    expect(readConfig({ 'train.yaml': text }).value(field)).toEqual(expected);
  });
});
