import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

/** Encoders, which the example scripts of transformers train: those cut what is longer than the tokenizer allows. */
const CUT_BY_SCRIPTS: ReadonlySet<string> = new Set(['bert', 'roberta', 'distilbert', 'electra', 'albert']);

/** Families with a learned row per position: an index past the last row fails. Model code of transformers, `src/transformers/models/<family>`. */
const LEARNED_POSITIONS: ReadonlySet<string> = new Set([
  'bert',
  'roberta',
  'distilbert',
  'electra',
  'albert',
  'gpt2',
  'gpt_neo',
  'opt',
  'gpt_bigcode',
]);

export const sequenceExceedsPositions = defineRule({
  id: 'sequence-exceeds-positions',
  severity: 'error',
  summary: 'Sequences are longer than the position encoding was made for',
  since: '0.1.0',
  needs: ['data.sequenceLength', 'model.maxPositions'],
  wants: ['model.family', 'run.objective', 'run.fromScratch'],
  messages: {
    noRow:
      'Sequences of {length} tokens, and the model has learned positions for {positions}: the first longer sequence fails.',
    untrained:
      'Sequences of {length} tokens exceed the {positions} positions the model states; later positions were never trained.',
    stated:
      'Sequences of {length} tokens train more positions than the {positions} the model states: the launcher refuses, or later users cut there.',
  },
  sources: [
    'Megatron-LM: megatron/training/arguments.py, validate_args',
    'transformers: src/transformers/models/gpt2/modeling_gpt2.py (learned positions)',
    'nanotron: src/nanotron/config/config.py, max_position_embeddings',
  ],

  check(fields, report) {
    const length = fields['data.sequenceLength'];
    const positions = fields['model.maxPositions'];
    if (!isStated(length) || positions.value <= 0 || length.value <= positions.value) return;
    const family = fields['model.family']?.value ?? '';
    if (fields['run.objective'] === undefined && CUT_BY_SCRIPTS.has(family)) return;
    const isLearned = LEARNED_POSITIONS.has(family);
    // Rotary models are stretched on purpose, and the stretch is often stated outside the config.
    if (!isLearned && !isStated(positions)) return;
    // Pretraining learns whatever positions it sees, resumed or not; what is written of them is too small.
    const isTrainedHere = fields['run.fromScratch']?.value ?? fields['run.objective']?.value === 'pretraining';
    if (!isLearned && isTrainedHere) {
      report({
        at: 'model.maxPositions',
        message: 'stated',
        data: { length: length.value, positions: positions.value },
        severity: 'warning',
        related: ['data.sequenceLength'],
        fixes: [
          {
            title: `Set positions ${length.value}: what the run trains`,
            safety: 'changes-training',
            edits: [setField('model.maxPositions', length.value)],
          },
        ],
      });
      return;
    }
    report({
      at: 'data.sequenceLength',
      message: isLearned ? 'noRow' : 'untrained',
      data: { length: length.value, positions: positions.value },
      severity: isLearned ? 'error' : 'warning',
      related: ['model.maxPositions', 'model.family'],
      fixes: [
        {
          title: `Set sequence length ${positions.value}: what the model was made for`,
          safety: 'changes-training',
          edits: [setField('data.sequenceLength', positions.value)],
        },
      ],
    });
  },
});
