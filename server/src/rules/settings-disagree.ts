import {
  FIELD_INFO,
  FIELD_NAMES,
  type FieldName,
  type Location,
  type PlanFields,
  type PlanValues,
  type Provenance,
  type Sourced,
  setField,
} from '../plan/index.ts';
import { defineRule, formatNumber } from './support/define-rule.ts';
import type { Fix } from './types.ts';

/** Fields a DeepSpeed file and the trainer must agree on, or the run stops. transformers: integrations/deepspeed.py, fill_match. */
const MATCHED_BY_DEEPSPEED: ReadonlySet<FieldName> = new Set<FieldName>([
  'batch.micro',
  'batch.gradientAccumulation',
  'batch.global',
  'optimizer.peakLearningRate',
  'optimizer.weightDecay',
  'optimizer.beta1',
  'optimizer.beta2',
  'optimizer.epsilon',
  'optimizer.maxGradNorm',
  'schedule.warmupSteps',
  'schedule.totalSteps',
  'precision.fp16Flag',
  'precision.bf16Flag',
]);

/** Flags whose default hangs on the trainer and its version: what the trainer would take is not known. */
const UNSURE_BY_DEFAULT: ReadonlySet<FieldName> = new Set<FieldName>(['precision.fp16Flag', 'precision.bf16Flag']);

/** Fields whose statements add up instead of competing. */
const ADDITIVE: ReadonlySet<FieldName> = new Set<FieldName>(['adapter.targets', 'adapter.savedModules']);

/** Two numbers this close were meant to be one. */
const RELATIVE_TOLERANCE = 1e-6;

export const settingsDisagree = defineRule({
  id: 'settings-disagree',
  severity: 'error',
  summary: 'Two places state one setting differently',
  since: '0.1.0',
  needs: [],
  wants: FIELD_NAMES,
  messages: {
    refused: 'The {label} is {used} in {here} and {other} in {there}: the run stops at start.',
    refusedDefault:
      'The {label} is {other} in {there} and {used} by default in the trainer, which must agree: the run stops at start.',
    ignored: 'The {label} is {used} in {here} and {other} in {there}: {used} is used and {other} is ignored.',
  },
  sources: [
    'transformers: src/transformers/integrations/deepspeed.py, trainer_config_finalize',
    'accelerate: src/accelerate/accelerator.py, deepspeed_config_process',
  ],

  check(_fields, report, { plan }) {
    const isDeepSpeed = plan.values['sharding.engine']?.value === 'deepspeed';
    for (const field of FIELD_NAMES) {
      const winner = plan.values[field];
      const clash =
        winner?.origin === 'default' && isDeepSpeed ? clashWithDefault(field, winner, plan.values) : undefined;
      if (clash !== undefined) report(clash);
      if (winner?.origin !== 'explicit' || ADDITIVE.has(field)) continue;
      const loser = winner.overridden?.find(
        (other) => other.origin === 'explicit' && !isSame(winner.value, other.value),
      );
      if (loser?.origin !== 'explicit') continue;
      const isRefused = isDeepSpeed && MATCHED_BY_DEEPSPEED.has(field) && areMatched(winner, loser, plan.values);
      report({
        at: field,
        message: isRefused ? 'refused' : 'ignored',
        data: {
          label: FIELD_INFO[field].label,
          used: valueText(winner),
          other: valueText(loser),
          ...placesOf(winner, loser),
        },
        severity: isRefused ? 'error' : 'warning',
        related: [field],
        fixes: isRefused ? agreements(field, winner, loser) : [],
      });
    }
  },
});

/** Whether one of two places is DeepSpeed's: another file, or the mapping that stands in for it. */
function areMatched(winner: Written, loser: Written, { 'sharding.engine': engine }: PlanValues): boolean {
  if (winner.at.file !== loser.at.file) return true;
  if (engine?.origin !== 'explicit') return false;
  return isWithin(winner.at, engine.at) !== isWithin(loser.at, engine.at);
}

function isWithin(inner: Location, outer: Location): boolean {
  return inner.file === outer.file && inner.start >= outer.start && inner.end <= outer.end;
}

/** A trainer passes its defaults on as well, and DeepSpeed's file is matched with them. */
function clashWithDefault(field: FieldName, winner: Sourced<PlanFields[FieldName]>, values: PlanValues) {
  const isLeftOff = field === 'precision.fp16Flag' && isBf16Asked(values);
  if (!MATCHED_BY_DEEPSPEED.has(field) || (UNSURE_BY_DEFAULT.has(field) && !isLeftOff)) return undefined;
  const loser = winner.overridden?.find((other) => other.origin === 'explicit' && !isSame(winner.value, other.value));
  if (loser?.origin !== 'explicit') return undefined;
  const { label } = FIELD_INFO[field];
  const [used, other] = [valueText(winner), valueText(loser)];
  const fix: Fix = {
    title: `Set ${label} ${other} for the trainer too`,
    safety: 'changes-training',
    edits: [setField(field, loser.value)],
  };
  return {
    at: field,
    message: 'refusedDefault',
    data: { label, used, other, there: shortened(baseName(loser.at.file)) },
    severity: 'error',
    related: ['sharding.deepspeedConfig', 'sharding.engine'],
    // Turned on too, fp16 would stand beside bf16.
    fixes: isLeftOff ? [] : [fix],
  } as const;
}

/** The trainer's own bf16 leaves no room for fp16, whatever its version. */
function isBf16Asked({ 'precision.bf16Flag': flag }: PlanValues): boolean {
  return flag?.origin === 'explicit' && flag.value === true;
}

/** Either value in both places; what a field's edit is written to is the adapter's knowledge. */
function agreements(field: FieldName, winner: Sourced<PlanFields[FieldName]>, loser: Sourced<PlanFields[FieldName]>) {
  const { label } = FIELD_INFO[field];
  return [winner, loser].flatMap((kept, index): readonly Fix[] => {
    const other = index === 0 ? loser : winner;
    if (kept.origin !== 'explicit' || other.origin !== 'explicit') return [];
    return [
      {
        title: `Set ${label} ${valueText(kept)} in ${shortened(baseName(other.at.file))} too`,
        safety: 'changes-training',
        edits: [setField(field, kept.value)],
      },
    ];
  });
}

function isSame(one: unknown, other: unknown): boolean {
  if (typeof one === 'number' && typeof other === 'number') {
    return Math.abs(one - other) <= RELATIVE_TOLERANCE * Math.max(Math.abs(one), Math.abs(other));
  }
  return one === other;
}

function valueText(source: Sourced<unknown>): string {
  const { value } = source;
  if (typeof value === 'number') return formatNumber(value);
  return String(value);
}

/** A place's name in a message is cut to this length, its end kept. */
const LONGEST_PLACE = 32;

/** How the two places are told apart: by their files, or by their keys where the file is the same. */
function placesOf(winner: Written, loser: Written): { readonly here: string; readonly there: string } {
  if (loser.at.file !== winner.at.file) {
    const [here, there] = [baseName(winner.at.file), baseName(loser.at.file)];
    if (here !== there) return { here: shortened(here), there: shortened(there) };
  }
  if (winner.key === undefined || loser.key === undefined || winner.key === loser.key)
    return { here: 'one key', there: 'another' };
  return { here: shortened(winner.key), there: shortened(loser.key) };
}

type Written = Extract<Provenance, { readonly origin: 'explicit' }>;

function shortened(name: string): string {
  return name.length <= LONGEST_PLACE ? name : `…${name.slice(1 - LONGEST_PLACE)}`;
}

function baseName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}
