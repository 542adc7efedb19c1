import { findOptimizer } from '../../facts/index.ts';
import type { TrainingPlan } from '../../plan/index.ts';
import { trainingMethod } from '../../scaling/index.ts';
import { positive } from './note.ts';

/** Whether absolute Adam rates mean something for the plan's optimizer. */
export function usesAdamScale({ values }: TrainingPlan): boolean {
  if (values['optimizer.mup']?.value === true) return false;
  const optimizer = findOptimizer(values['optimizer.name']?.value ?? '');
  return optimizer?.kind === 'adam-like' && optimizer.absoluteLearningRateBandsApply;
}

/** Language-model pretraining from scratch: the only kind of run the scaling laws were fitted on. */
export function isPretraining({ values }: TrainingPlan): boolean {
  return values['run.task']?.value === 'causal-lm' && trainingMethod(values) === 'pretraining';
}

/** Parameters as the laws count them: outside embedding and head, active ones of a mixture of experts. */
export function lawParameters(plan: TrainingPlan): number | undefined {
  const all = positive(plan, 'model.activeParameterCount') ?? positive(plan, 'model.parameterCount');
  const vocabulary = positive(plan, 'model.vocabSize');
  const width = positive(plan, 'model.hiddenSize');
  if (all === undefined || vocabulary === undefined || width === undefined) return all;
  const matrices = plan.values['model.tiedEmbeddings']?.value === true ? 1 : 2;
  const rest = all - matrices * vocabulary * width;
  return rest > 0 ? rest : undefined;
}
