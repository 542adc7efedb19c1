import type { FieldName, Location, TrainingPlan } from '../plan/index.ts';
import { placeOfField } from './place-finding.ts';
import type { Analysis, PlanAnalysis } from './types.ts';
import { batchText, countedText, countText } from './value-text.ts';

/** A piece of an inlay hint; `jump` is where its number is written, `tooltip` where it came from. */
export interface HintPart {
  readonly text: string;
  readonly field?: FieldName;
  readonly jump?: Location;
}

export interface InlayHintData {
  /** The hint stands after this offset, at the end of a value. */
  readonly offset: number;
  readonly parts: readonly HintPart[];
  /** The fields whose origins the tooltip lists. */
  readonly fields: readonly FieldName[];
  readonly plan: string;
}

/** Numbers the file does not hold, after the values they belong to. */
export function inlayHints(analysis: Analysis): readonly InlayHintData[] {
  return analysis.plans.flatMap((plan) =>
    [batchHint, modelHint, scheduleHint, warmupHint].flatMap((hint) => hint(plan, analysis.file)),
  );
}

function batchHint({ plan }: PlanAnalysis, file: string): readonly InlayHintData[] {
  const at = writtenHere(plan, 'batch.micro', file);
  const { 'batch.global': global, 'batch.gradientAccumulation': accumulation, 'parallel.data': ranks } = plan.values;
  if (at === undefined) return [];
  const parts: HintPart[] = [];
  if (accumulation !== undefined && accumulation.value !== 1)
    parts.push(part(plan, ` × ${accumulation.value} accum`, 'batch.gradientAccumulation'));
  if (ranks !== undefined && ranks.value !== 1)
    parts.push(part(plan, ` × ${ranks.value} ${rankWord(plan)}`, 'parallel.data'));
  if (global !== undefined && global.origin !== 'explicit')
    parts.push(part(plan, ` = ${batchText(plan) ?? ''}`, 'batch.global'));
  const tokens = plan.values['batch.tokensPerStep'];
  if (tokens !== undefined && tokens.origin !== 'explicit')
    parts.push(part(plan, ` · ${countText(tokens.value)} tokens/step`, 'batch.tokensPerStep'));
  return parts.length === 0 ? [] : [hint(at, parts, plan)];
}

function modelHint({ plan }: PlanAnalysis, file: string): readonly InlayHintData[] {
  const at = writtenHere(plan, 'model.name', file);
  const count = plan.values['model.parameterCount'];
  if (at === undefined || count === undefined || count.origin === 'explicit') return [];
  const active = plan.values['model.activeParameterCount'];
  const experts =
    active !== undefined && active.value < count.value * 0.95 ? `, ${countText(active.value)} active` : '';
  return [hint(at, [part(plan, ` ${countText(count.value)} parameters${experts}`, 'model.parameterCount')], plan)];
}

function scheduleHint({ plan }: PlanAnalysis, file: string): readonly InlayHintData[] {
  const fields: readonly FieldName[] = ['schedule.totalSteps', 'schedule.epochs'];
  const written = fields.find((field) => writtenHere(plan, field, file) !== undefined);
  const at = written === undefined ? undefined : writtenHere(plan, written, file);
  if (at === undefined) return [];
  const parts: HintPart[] = [];
  const steps = plan.values['schedule.totalSteps'];
  const epochs = plan.values['schedule.epochs'];
  const tokens = plan.values['schedule.totalTokens'];
  if (steps !== undefined && steps.origin === 'inferred')
    parts.push(part(plan, ` = ${countedText(steps.value, 'steps')}`, 'schedule.totalSteps'));
  if (epochs !== undefined && epochs.origin === 'inferred')
    parts.push(part(plan, ` = ${countedText(epochs.value, 'epochs')}`, 'schedule.epochs'));
  if (tokens !== undefined && tokens.origin === 'inferred')
    parts.push(part(plan, ` · ${countedText(tokens.value, 'tokens')}`, 'schedule.totalTokens'));
  return parts.length === 0 ? [] : [hint(at, parts, plan)];
}

function warmupHint({ plan }: PlanAnalysis, file: string): readonly InlayHintData[] {
  const at = writtenHere(plan, 'schedule.warmupRatio', file);
  const steps = plan.values['schedule.warmupSteps'];
  if (at === undefined || steps === undefined || steps.origin !== 'inferred') return [];
  return [hint(at, [part(plan, ` = ${countedText(steps.value, 'steps')}`, 'schedule.warmupSteps')], plan)];
}

function hint(at: Location, parts: readonly HintPart[], plan: TrainingPlan): InlayHintData {
  return { offset: at.end, parts, fields: parts.flatMap((piece) => piece.field ?? []), plan: plan.name };
}

function part(plan: TrainingPlan, text: string, field: FieldName): HintPart {
  const jump = placeOfField(plan, field);
  return jump === undefined ? { text, field } : { text, field, jump };
}

function writtenHere(plan: TrainingPlan, field: FieldName, file: string): Location | undefined {
  const sourced = plan.values[field];
  return sourced?.origin === 'explicit' && sourced.at.file === file ? sourced.at : undefined;
}

/** Ranks are GPUs to people unless the model itself is split over several. */
function rankWord(plan: TrainingPlan): string {
  return plan.values['parallel.world']?.value === plan.values['parallel.data']?.value ? 'GPUs' : 'ranks';
}
