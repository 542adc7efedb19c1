import { bandOf, type TrainingMethod, trainingMethod } from '../../scaling/index.ts';
import type { RuleContext, Severity } from '../types.ts';
import { hasAdamScale } from './optimizer-kind.ts';
import { isStated } from './stated.ts';

/** Where a method's published rates end for certain, and for which models. */
export interface MethodCeiling {
  readonly method: TrainingMethod;
  /** Below this size published runs are few and use larger rates. */
  readonly smallestModel: number;
}

/** The stated peak rate of a run by this method where it lies above the method's band, with the severity of that. */
export function rateAboveMethod(
  { method, smallestModel }: MethodCeiling,
  { values }: RuleContext['plan'],
): { readonly rate: number; readonly severity: Severity } | undefined {
  const rate = values['optimizer.peakLearningRate'];
  const band = bandOf(method, undefined);
  if (rate === undefined || !isStated(rate) || band === undefined || rate.value <= band.noticeAbove) return undefined;
  if (trainingMethod(values) !== method) return undefined;
  if ((values['model.parameterCount']?.value ?? smallestModel) < smallestModel) return undefined;
  if (!hasAdamScale(values['optimizer.name']?.value ?? '')) return undefined;
  return { rate: rate.value, severity: rate.value > band.warnAbove ? 'warning' : 'information' };
}
