import { setField, type TrainingPlan, withEdits } from '../../plan/index.ts';
import type { Candidate } from './candidate.ts';
import { Judge } from './judge.ts';

/** Ways to bring evaluation under training's own peak; none where training sets the peak already. */
export function evaluationLevers(plan: TrainingPlan, judge: Judge): readonly Candidate[] {
  if (!evaluationLeads(plan, judge)) return [];
  return [...smallerBatch(plan, judge), ...fewerKept(plan), ...lossesAlone(plan)];
}

function evaluationLeads(plan: TrainingPlan, judge: Judge): boolean {
  const outcome = judge.walk(plan);
  return outcome.known && outcome.estimate.peakPhase === 'evaluation';
}

/** The evaluation batch, halved until training needs more; 1 where not even that is enough, undefined where it is 1 already. */
export function evaluationBatchUnderTraining(plan: TrainingPlan, judge = new Judge({})): number | undefined {
  const batch = plan.values['batch.eval']?.value ?? 1;
  let size = Math.floor(batch / 2);
  while (size > 1 && evaluationLeads(withEdits(plan, [setField('batch.eval', size)]), judge))
    size = Math.floor(size / 2);
  return size < 1 ? undefined : size;
}

function smallerBatch(plan: TrainingPlan, judge: Judge): readonly Candidate[] {
  const size = evaluationBatchUnderTraining(plan, judge);
  if (size === undefined) return [];
  return [
    {
      edits: [setField('batch.eval', size)],
      title: `Set evaluation batch ${size}`,
      note: 'the same metrics over more evaluation steps',
      changesTraining: false,
    },
  ];
}

function fewerKept({ values }: TrainingPlan): readonly Candidate[] {
  if (values['evaluation.keepsLogits']?.value !== true || values['evaluation.batchesOnDevice']?.value === 1) return [];
  return [
    {
      edits: [setField('evaluation.batchesOnDevice', 1)],
      title: 'Move the logits of every evaluation batch to host memory',
      note: 'the same metrics, gathered on the CPU',
      changesTraining: false,
    },
  ];
}

/** Metrics of the logits are lost, so it is no change to take unasked. */
function lossesAlone({ values }: TrainingPlan): readonly Candidate[] {
  if (values['evaluation.keepsLogits']?.value !== true) return [];
  return [
    {
      edits: [setField('evaluation.keepsLogits', false)],
      title: 'Keep only the losses in evaluation',
      note: 'no metrics of the predictions',
      changesTraining: true,
    },
  ];
}
