import {
  largestMicroBatch,
  type MemoryEstimate,
  type MemoryOutcome,
  type MemoryTerm,
  remedies,
  sweepMicroBatch,
} from '../memory/index.ts';
import {
  FIELD_INFO,
  type FieldName,
  type Location,
  type PlanEdit,
  type TrainingPlan,
  withEdits,
} from '../plan/index.ts';
import type { PanelDriver, PanelMemory, PanelRemedy, PanelState, PanelTerm, WhatIf } from '../protocol/index.ts';
import { budgetControls } from './budget-controls.ts';
import { hardwareText } from './code-lens.ts';
import type { LineOf } from './hover.ts';
import { optional } from './optional.ts';
import { originText } from './origin-text.ts';
import { baseName } from './paths.ts';
import { placeOfField } from './place-finding.ts';
import { memoryOf } from './plan-memory.ts';
import { rateChart } from './rate-chart.ts';
import type { Analysis, PlanAnalysis } from './types.ts';
import { batchText, countText, valueText } from './value-text.ts';
import { editsOfWhatIf, whatIfOfEdits } from './what-if.ts';

/** The panel's state with places as offsets; the language server turns them into lines. */
export type BudgetState = PanelState<Location>;

export interface BudgetRequest {
  readonly analysis: Analysis;
  readonly version: number;
  readonly plan?: string | undefined;
  readonly whatIf: WhatIf;
  readonly lineOf: LineOf;
}

/** Sizes tried for the curve of memory against micro batch. */
const SWEEP_POINTS = 24;

/** Everything the memory-budget panel shows of one plan, with the user's what-if on top of the file. */
export function budgetState(request: BudgetRequest): BudgetState {
  const { analysis, version } = request;
  const head = { uri: analysis.file, version, fileName: baseName(analysis.file) };
  const shown = analysis.plans.find(({ plan }) => plan.name === request.plan) ?? analysis.plans[0];
  if (analysis.framework === undefined || shown === undefined) {
    return { ...head, ...EMPTY, message: `${head.fileName} is no training config that Batchwise knows.` };
  }
  const edits = editsOfWhatIf(request.whatIf);
  const plan = withEdits(shown.plan, edits, 'tried in the panel');
  const outcome = edits.length === 0 ? shown.memory() : memoryOf(plan, 'quick');
  const inFile = shown.memory();
  const tried: PlanAnalysis = { ...shown, plan, memory: () => outcome };
  const driver = driverOf(tried, analysis, request.lineOf);
  const state: BudgetState = {
    ...head,
    ...EMPTY,
    framework: analysis.framework.title,
    plans: analysis.plans.map((one) => one.plan.name),
    plan: shown.plan.name,
    summary: summaryOf(tried),
    hardware: hardwareOf(tried, analysis, request.lineOf),
    missing: outcome.known ? [] : outcome.missing.map(driver),
    controls: budgetControls(shown, tried, (edit) => shown.write([edit]) !== undefined),
    whatIf: request.whatIf,
    applicableChanges: applicableEdits(edits, shown).length,
    ...optional('least', leastOf(outcome)),
    ...optional('batch', stepText(tried)),
    ...optional('rates', rateChart(tried)),
    ...(edits.length > 0 && inFile.known
      ? { fileMemory: { expectedBytes: inFile.estimate.expectedBytes, verdict: inFile.estimate.verdict } }
      : {}),
  };
  return outcome.known ? { ...state, ...memoryParts(tried, outcome.estimate, driver) } : state;
}

function leastOf(outcome: MemoryOutcome): BudgetState['least'] {
  if (outcome.known || outcome.least === undefined) return undefined;
  const { lowBytes, capacityBytes } = outcome.least;
  return { bytes: lowBytes, ...optional('capacityBytes', capacityBytes) };
}

/** The edits of a what-if that the file's format can say; the others can be tried but not applied. */
export function applicableEdits(edits: readonly PlanEdit[], plan: PlanAnalysis): readonly PlanEdit[] {
  return edits.filter((edit) => plan.write([edit]) !== undefined);
}

const EMPTY = {
  plans: [],
  missing: [],
  sweep: [],
  remedies: [],
  controls: [],
  whatIf: {},
  applicableChanges: 0,
} as const;

function memoryParts(
  analysis: PlanAnalysis,
  estimate: MemoryEstimate,
  driver: (field: FieldName) => PanelDriver<Location>,
): Partial<BudgetState> {
  const { plan } = analysis;
  const largest = largestMicroBatch(plan, { simulates: true });
  return {
    memory: panelMemory(estimate, plan, driver),
    sweep: sweepMicroBatch(plan, sweepSizes(plan.values['batch.micro']?.value ?? 1, largest)).flatMap(
      ({ microBatch, outcome }) =>
        outcome.known
          ? [
              {
                microBatch,
                lowBytes: outcome.estimate.lowBytes,
                expectedBytes: outcome.estimate.expectedBytes,
                highBytes: outcome.estimate.highBytes,
              },
            ]
          : [],
    ),
    remedies: estimate.verdict === 'fits' ? [] : remediesOf(analysis),
    ...optional('largestMicroBatch', largest),
  };
}

function remediesOf({ plan }: PlanAnalysis): readonly PanelRemedy[] {
  return remedies(plan, { simulates: true }).map((remedy, index) => ({
    id: String(index),
    title: remedy.title,
    note: remedy.note,
    expectedBytes: remedy.estimate.expectedBytes,
    whatIf: whatIfOfEdits(remedy.edits),
  }));
}

/** Micro batches from 1 to somewhat past the larger of the current one and the largest that fits. */
function sweepSizes(current: number, largest: number | undefined): readonly number[] {
  const end = Math.max(4, Math.ceil(Math.max(current, largest ?? 0) * 1.25));
  const step = Math.max(1, Math.ceil(end / SWEEP_POINTS));
  const sizes = new Set([1, current, ...(largest === undefined || largest < 1 ? [] : [largest])]);
  for (let size = step; size <= end; size += step) sizes.add(size);
  return [...sizes].sort((one, other) => one - other);
}

function panelMemory(
  estimate: MemoryEstimate,
  plan: TrainingPlan,
  driver: (field: FieldName) => PanelDriver<Location>,
): PanelMemory<Location> {
  return {
    verdict: estimate.verdict,
    lowBytes: estimate.lowBytes,
    expectedBytes: estimate.expectedBytes,
    highBytes: estimate.highBytes,
    terms: estimate.terms.map((term) => panelTerm(term, plan, driver)),
    phases: estimate.phases,
    peakPhase: estimate.peakPhase,
    regimeNote: estimate.regime.note,
    regimeChecked: estimate.regime.checked !== 'unchecked',
    assumptions: estimate.assumptions,
    hostBytes: estimate.hostBytes,
    ...optional('capacityBytes', estimate.capacityBytes),
  };
}

function panelTerm(
  term: MemoryTerm,
  plan: TrainingPlan,
  driver: (field: FieldName) => PanelDriver<Location>,
): PanelTerm<Location> {
  return {
    name: term.name,
    bytes: term.bytes,
    atPeak: term.atPeak,
    drivers: term.drivers.filter((field) => plan.values[field] !== undefined).map(driver),
  };
}

/** A field as a link: the key as the file spells it where it is written, its value and origin. */
function driverOf(
  { plan, places }: PlanAnalysis,
  analysis: Analysis,
  lineOf: LineOf,
): (field: FieldName) => PanelDriver<Location> {
  return (field) => {
    const sourced = plan.values[field];
    const place = placeOfField(plan, field);
    const written =
      sourced?.origin === 'explicit'
        ? places
            .get(field)
            ?.path.filter((step) => typeof step === 'string')
            .join('.')
        : undefined;
    return {
      field,
      label: written ?? FIELD_INFO[field].label,
      value: sourced === undefined ? 'not known' : valueText(field, sourced),
      origin: originText(plan, field, analysis.file, lineOf),
      ...optional('place', place),
    };
  };
}

function hardwareOf({ plan }: PlanAnalysis, analysis: Analysis, lineOf: LineOf): NonNullable<BudgetState['hardware']> {
  const known = plan.values['hardware.gpu'] !== undefined;
  const field = known ? 'hardware.gpu' : 'parallel.world';
  const label = hardwareText(plan);
  return {
    label: known ? (label ?? 'GPU') : `GPU not known${label === undefined ? '' : `, ${label}`}`,
    origin: originText(plan, field, analysis.file, lineOf),
    known,
  };
}

/** "full fine-tune · Llama-3.1-8B, 8.03B parameters". */
function summaryOf({ plan }: PlanAnalysis): string {
  const adapter = plan.values['adapter.kind']?.value;
  const rank = plan.values['adapter.rank']?.value;
  const quantised = plan.values['adapter.quantization']?.value;
  const name = plan.values['model.name']?.value;
  const count = plan.values['model.parameterCount']?.value;
  const method = methodText(adapter, rank, quantised);
  const model = [
    name === undefined ? undefined : name.slice(name.lastIndexOf('/') + 1),
    count === undefined ? undefined : `${countText(count)} parameters`,
  ];
  return [method, model.filter((part) => part !== undefined).join(', ')]
    .filter((part) => part !== undefined && part !== '')
    .join(' · ');
}

function methodText(
  adapter: string | undefined,
  rank: number | undefined,
  quantised: string | undefined,
): string | undefined {
  if (adapter === undefined) return undefined;
  if (adapter === 'none') return 'full training';
  const label =
    adapter === 'lora' && quantised !== undefined && quantised !== 'none'
      ? 'QLoRA'
      : { lora: 'LoRA', dora: 'DoRA', oft: 'OFT' }[adapter];
  return `${label ?? 'adapter'}${rank === undefined ? '' : ` rank ${rank}`}`;
}

/** "640 sequences · 2.6M tokens a step". */
function stepText({ plan }: PlanAnalysis): string | undefined {
  const tokens = plan.values['batch.tokensPerStep']?.value;
  const parts = [batchText(plan), tokens === undefined ? undefined : `${countText(tokens)} tokens a step`].filter(
    (part) => part !== undefined,
  );
  return parts.length === 0 ? undefined : parts.join(' · ');
}
