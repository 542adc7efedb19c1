import type { FieldName, PlanFields, TrainingPlan } from '../../plan/index.ts';
import type { ReferencePlan, RuleContext, Severity } from '../types.ts';

/** The surest first: a person's own edit, what they compare with, what the file builds on, a published run. */
const KINDS: readonly ReferencePlan['kind'][] = ['head', 'named', 'parent', 'recipe'];

/** What a relative finding hangs on; a reference equal in all of it has nothing to say. */
const DRIVING: readonly FieldName[] = [
  'batch.global',
  'batch.micro',
  'batch.gradientAccumulation',
  'batch.tokensPerStep',
  'data.packing',
  'schedule.totalTokens',
  'schedule.epochs',
  'optimizer.name',
  'optimizer.peakLearningRate',
  'optimizer.emaDecay',
  'rollout.steps',
  'rollout.environments',
];

/** The reference that relative rules compare with: the surest one that says anything else than the plan. */
export function ownReference({ plan, references }: RuleContext): ReferencePlan | undefined {
  return KINDS.flatMap((kind) => references.filter((reference) => reference.kind === kind)).find((reference) =>
    DRIVING.some((field) => {
      const before = reference.plan.values[field]?.value;
      return before !== undefined && before !== plan.values[field]?.value;
    }),
  );
}

/** A finding's severity against a reference: what nobody changed by hand is no slip, and others' runs are hints. */
export function severityAgainst({ kind }: ReferencePlan, severity: Severity): Severity {
  if (kind === 'recipe') return 'hint';
  return kind === 'parent' && severity !== 'hint' ? 'information' : severity;
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

/** The first of the fields that this file itself writes, which is what sets it apart from a parent. */
export function writtenHere<F extends FieldName>({ at, values }: TrainingPlan, fields: readonly F[]): F | undefined {
  return fields.find((field) => {
    const source = values[field];
    return source?.origin === 'explicit' && source.at.file === at.file;
  });
}

/** Growth of a batch, and what it was counted in, as a message begins with it. */
export interface BatchGrowth extends Growth {
  readonly counted: 'Global batch' | 'Per-rank batch' | 'Tokens per step';
}

/**
 * Growth of the global batch, in tokens where one side knows no other count. Without a known world size on either side,
 * equal unknown ranks cancel out, so micro batch × accumulation stands for the batch of one rank.
 */
export function batchGrowth(plan: TrainingPlan, reference: TrainingPlan): BatchGrowth | undefined {
  const whole = growthOf('batch.global', plan, reference);
  if (whole !== undefined) return { ...whole, counted: 'Global batch' };
  const tokens = growthOf('batch.tokensPerStep', plan, reference);
  if (tokens !== undefined) return { ...tokens, counted: 'Tokens per step' };
  if (knowsRanks(plan) || knowsRanks(reference)) return undefined;
  const before = rankBatch(reference);
  const now = rankBatch(plan);
  if (before === undefined || now === undefined) return undefined;
  return { before, now, factor: now / before, counted: 'Per-rank batch' };
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
