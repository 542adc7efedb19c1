import { largestMicroBatch } from '../memory/index.ts';
import { type PlanEdit, type PlanValues, setField, withEdits } from '../plan/index.ts';
import { RULES } from '../rules/index.ts';
import type { TextEdit } from '../text/index.ts';
import { applicableEdits } from './budget.ts';
import type { Analysis, PlanAnalysis } from './types.ts';

export interface CommandEdit {
  readonly edits: readonly TextEdit[];
  /** What was done, or why nothing can be. */
  readonly message: string;
}

/** Text edits of a what-if: all that the file's format can say, as one change. */
export function applyEditsOf(analysis: Analysis, edits: readonly PlanEdit[], planName?: string): readonly TextEdit[] {
  const plan = planNamed(analysis, planName);
  return plan === undefined ? [] : (plan.write(applicableEdits(edits, plan)) ?? []);
}

/** The largest micro batch that fits, with accumulation set so that the global batch stays the same where it can. */
export function fitMicroBatch(analysis: Analysis, planName?: string): CommandEdit {
  const plan = planNamed(analysis, planName);
  if (plan === undefined) return { edits: [], message: 'This file is no training config.' };
  const outcome = plan.memory();
  if (!outcome.known) return { edits: [], message: 'The memory of this run is not known, so nothing can be fitted.' };
  if (outcome.estimate.capacityBytes === undefined)
    return { edits: [], message: 'The GPU is not known: choose the hardware first.' };
  const largest = largestMicroBatch(plan.plan, { simulates: true });
  if (largest === undefined || largest < 1) return { edits: [], message: 'Not even a micro batch of 1 fits.' };
  const edits = sameGlobalBatch(plan.plan.values, largest);
  const micro = edits.find((edit) => 'set' in edit && edit.set === 'batch.micro');
  if (micro === undefined)
    return {
      edits: [],
      message: `The micro batch is already the largest that fits (${plan.plan.values['batch.micro']?.value ?? largest}).`,
    };
  const written = plan.write(edits);
  if (written === undefined) return { edits: [], message: 'The micro batch cannot be written into this file.' };
  const after = withEdits(plan.plan, edits).values;
  return {
    edits: written,
    message: `Micro batch ${after['batch.micro']?.value}, accumulation ${after['batch.gradientAccumulation']?.value ?? 1}: ${after['batch.global']?.value === plan.plan.values['batch.global']?.value ? 'the same global batch' : 'the global batch changes'}.`,
  };
}

/** The largest divisor of (micro × accumulation) up to `largest`, with the accumulation that keeps the product. */
export function sameGlobalBatch(values: PlanValues, largest: number): readonly PlanEdit[] {
  const micro = values['batch.micro']?.value;
  const accumulation = values['batch.gradientAccumulation']?.value ?? 1;
  if (micro === undefined) return [setField('batch.micro', largest)];
  const product = micro * accumulation;
  let size = Math.min(largest, product);
  while (product % size !== 0) size -= 1;
  if (size === micro) return [];
  return [setField('batch.micro', size), setField('batch.gradientAccumulation', product / size)];
}

/** The first fix that the relative learning-rate rule offers against HEAD. */
export function scaleLearningRate(analysis: Analysis, planName?: string): CommandEdit {
  const plan = planNamed(analysis, planName);
  if (plan === undefined) return { edits: [], message: 'This file is no training config.' };
  if (plan.references.length === 0)
    return {
      edits: [],
      message: 'There is no earlier version to scale from: the file is as it is at HEAD, or git has none.',
    };
  const rule = RULES.find((one) => one.id === 'batch-changed-without-lr');
  const finding = analysis.findings.find((one) => one.rule === rule?.id && one.fixes.length > 0);
  const fix = finding?.fixes[0];
  if (fix === undefined)
    return {
      edits: [],
      message: 'The batch has not changed since the earlier version, or the learning rate has moved with it.',
    };
  return { edits: fix.edits, message: `${fix.title}.` };
}

function planNamed(analysis: Analysis, name: string | undefined): PlanAnalysis | undefined {
  return analysis.plans.find(({ plan }) => plan.name === name) ?? analysis.plans[0];
}
