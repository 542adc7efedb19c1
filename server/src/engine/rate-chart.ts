import type { PanelRates } from '../protocol/index.ts';
import type { PlanAnalysis } from './types.ts';

/** Learning rate against tokens a step: this plan and its version at HEAD; undefined where either axis is unknown. */
export function rateChart({ plan, references }: PlanAnalysis): PanelRates | undefined {
  const here = pointOf(plan);
  if (here === undefined) return undefined;
  const head = references.find((reference) => reference.kind === 'head');
  const before = head === undefined ? undefined : pointOf(head.plan);
  return {
    title: 'Learning rate against batch',
    here,
    recipes: [],
    ...(before === undefined || head === undefined ? {} : { head: { ...before, label: head.label } }),
  };
}

function pointOf({
  values,
}: PlanAnalysis['plan']): { readonly tokensPerStep: number; readonly learningRate: number } | undefined {
  const tokensPerStep = values['batch.tokensPerStep']?.value;
  const learningRate = values['optimizer.peakLearningRate']?.value;
  return tokensPerStep === undefined || learningRate === undefined ? undefined : { tokensPerStep, learningRate };
}
