import type { FieldName, PlanFields, TrainingPlan } from '../../plan/index.ts';
import type { ReferencePlan, RuleContext } from '../types.ts';

/** The reference that relative rules compare with: the file's own earlier version first, then its parent. */
export function ownReference(context: RuleContext): ReferencePlan | undefined {
  return (
    context.references.find((reference) => reference.kind === 'head') ??
    context.references.find((reference) => reference.kind === 'parent')
  );
}

/** Whether a field is known in both plans and equal. */
export function isUnchanged(field: FieldName, plan: TrainingPlan, reference: TrainingPlan): boolean {
  const before = reference.values[field];
  const now = plan.values[field];
  return before !== undefined && now !== undefined && before.value === now.value;
}

/** New over old value of a number known, and above zero, in both plans. */
export function growthOf(field: NumericField, plan: TrainingPlan, reference: TrainingPlan): Growth | undefined {
  const before = reference.values[field]?.value;
  const now = plan.values[field]?.value;
  if (typeof before !== 'number' || typeof now !== 'number' || before <= 0 || now <= 0) return undefined;
  return { before, now, factor: now / before };
}

export interface Growth {
  readonly before: number;
  readonly now: number;
  readonly factor: number;
}

/**
 * Growth of the global batch. Without a known world size on either side, equal unknown ranks cancel out,
 * so micro batch × accumulation stands for the batch of one rank.
 */
export function batchGrowth(
  plan: TrainingPlan,
  reference: TrainingPlan,
): (Growth & { readonly perRank: boolean }) | undefined {
  const whole = growthOf('batch.global', plan, reference);
  if (whole !== undefined) return { ...whole, perRank: false };
  if (knowsRanks(plan) || knowsRanks(reference)) return undefined;
  const before = rankBatch(reference);
  const now = rankBatch(plan);
  if (before === undefined || now === undefined) return undefined;
  return { before, now, factor: now / before, perRank: true };
}

type NumericField = { [F in FieldName]: PlanFields[F] extends number ? F : never }[FieldName];

function knowsRanks(plan: TrainingPlan): boolean {
  return plan.values['parallel.data'] !== undefined || plan.values['parallel.world'] !== undefined;
}

function rankBatch(plan: TrainingPlan): number | undefined {
  const micro = plan.values['batch.micro']?.value;
  const accumulation = plan.values['batch.gradientAccumulation']?.value;
  if (micro === undefined || accumulation === undefined || micro <= 0 || accumulation <= 0) return undefined;
  return micro * accumulation;
}
