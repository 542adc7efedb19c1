import { setField } from '../plan/index.ts';
import { nextMultiple } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';

export const bestModelNeedsMatchingCadence = defineRule({
  id: 'best-model-needs-matching-cadence',
  severity: 'error',
  summary: 'The best checkpoint is to be loaded and evaluation does not run when checkpoints are written',
  since: '0.1.0',
  needs: ['schedule.loadBest', 'schedule.evalCadence', 'schedule.saveCadence'],
  wants: ['schedule.evalSteps', 'schedule.saveSteps'],
  readsAbsence: true,
  messages: {
    noEvaluation:
      'The best checkpoint is to be loaded at the end and evaluation never runs, so there is no best one: the trainer refuses.',
    cadence:
      'The best checkpoint is to be loaded at the end: saving by {save} and evaluating by {evaluation} never meet, and the trainer refuses.',
    multiple:
      'Checkpoints every {save} steps are no multiple of evaluations every {evaluation}: the best one would have no score, and the trainer refuses.',
  },
  sources: ['transformers: src/transformers/training_args.py, --load_best_model_at_end requires matching strategies'],

  check(fields, report) {
    const evaluation = fields['schedule.evalCadence'].value;
    const save = fields['schedule.saveCadence'].value;
    if (!fields['schedule.loadBest'].value) return;
    if (evaluation === 'no') {
      report({ at: 'schedule.loadBest', message: 'noEvaluation', data: {}, fixes: [] });
      return;
    }
    if (save === 'best') return;
    if (save !== evaluation) {
      report({
        at: 'schedule.loadBest',
        message: 'cadence',
        data: { save: save === 'no' ? 'nothing' : save, evaluation },
        fixes: [
          {
            title: `Save by ${evaluation} too`,
            safety: 'changes-training',
            edits: [setField('schedule.saveCadence', evaluation)],
          },
        ],
      });
      return;
    }
    const evalSteps = fields['schedule.evalSteps']?.value;
    const saveSteps = fields['schedule.saveSteps']?.value;
    if (evaluation !== 'steps' || evalSteps === undefined || saveSteps === undefined) return;
    // Values below one are shares of the run, which the trainer compares in its own way.
    if (evalSteps < 1 || saveSteps < 1 || saveSteps % evalSteps === 0) return;
    const multiple = nextMultiple(saveSteps, evalSteps);
    report({
      at: 'schedule.saveSteps',
      message: 'multiple',
      data: { save: saveSteps, evaluation: evalSteps },
      related: ['schedule.loadBest', 'schedule.evalSteps'],
      fixes: [
        {
          title: `Save every ${multiple} steps: every ${multiple / evalSteps === 1 ? 'evaluation' : `${multiple / evalSteps} evaluations`}`,
          safety: 'changes-training',
          edits: [setField('schedule.saveSteps', multiple)],
        },
      ],
    });
  },
});
