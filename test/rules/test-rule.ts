import { describe, expect, it } from 'vitest';
import type { MemoryOutcome } from '../../server/src/memory/index.ts';
import { COMMON_DERIVATIONS, deriveValues } from '../../server/src/plan/derive.ts';
import type {
  FieldName,
  PlanEdit,
  PlanFields,
  PlanValues,
  Sourced,
  TrainingPlan,
} from '../../server/src/plan/index.ts';
import type { Fix, ReferencePlan, Rule, RuleContext, RuleFinding, Severity } from '../../server/src/rules/types.ts';
import { UNKNOWN_MEMORY } from './memory-of.ts';

/** What a rule is asked about: a plan, and what it may look up. */
export interface Situation {
  readonly plan: TrainingPlan;
  readonly memory?: MemoryOutcome;
  /** What any edit makes of it. */
  readonly memoryAfter?: MemoryOutcome;
  readonly remedies?: readonly Fix[];
  readonly largestMicroBatch?: number;
  readonly references?: readonly ReferencePlan[];
}

interface Firing extends Situation {
  /** Message id. */
  readonly message: string;
  readonly at: FieldName;
  readonly severity?: Severity;
  /** Parts of the message text that a user must find in it. */
  readonly says?: readonly string[];
  /** Values after the first fix; the rule is then silent. `null`: the field is gone. */
  readonly fixed?: { readonly [F in FieldName]?: PlanFields[F] | null };
}

interface Table {
  readonly quiet: readonly (TrainingPlan | Situation)[];
  readonly fires: readonly Firing[];
}

/** The longest message that fits one line of an editor's problems list. */
const LONGEST_MESSAGE = 160;

/** Runs a rule over a table of plans on which it is silent and plans on which it fires. */
export function testRule(rule: Rule, { quiet, fires }: Table): void {
  describe(rule.id, () => {
    it.each(quiet.map((entry, index) => ({ index, situation: asSituation(entry) })))(
      'is silent on case $index',
      ({ situation }) => {
        expect(runRule(rule, situation)).toEqual([]);
      },
    );

    it.each(fires.map((firing, index) => ({ index, firing })))(
      'fires on case $index: $firing.message',
      ({ firing }) => {
        const findings = runRule(rule, firing);
        expect(findings.map(({ messageId, at }) => ({ messageId, at }))).toEqual([
          { messageId: firing.message, at: firing.at },
        ]);
        const [finding] = findings;
        if (finding === undefined) return;
        expect(finding.severity).toBe(firing.severity ?? rule.severity);
        expectHouseStyle(finding);
        for (const part of firing.says ?? []) expect(finding.message).toContain(part);
        if (firing.fixed !== undefined) expectFixed(rule, firing, finding, firing.fixed);
      },
    );
  });
}

export function runRule(rule: Rule, situation: Situation): readonly RuleFinding[] {
  const context: RuleContext = {
    plan: situation.plan,
    memory: () => situation.memory ?? UNKNOWN_MEMORY,
    memoryAfter: () => situation.memoryAfter ?? UNKNOWN_MEMORY,
    remedies: () => situation.remedies ?? [],
    largestMicroBatch: () => situation.largestMicroBatch,
    references: situation.references ?? [],
  };
  return rule.run(context);
}

/** Applies edits as the engine does: explicit values change, what was computed is computed anew. */
export function applyEdits(plan: TrainingPlan, edits: readonly PlanEdit[]): TrainingPlan {
  const values: { [F in FieldName]?: Sourced<unknown> } = {};
  for (const [field, source] of Object.entries(plan.values) as [FieldName, Sourced<unknown>][]) {
    if (source.origin !== 'inferred') values[field] = source;
  }
  for (const edit of edits) {
    if ('unset' in edit) delete values[edit.unset];
    else values[edit.set] = { value: edit.to, origin: 'explicit', at: plan.at };
  }
  const stated = values as PlanValues;
  // What the derivations cannot compute again (a model's shape from its name) stays.
  return {
    ...plan,
    values: {
      ...plan.values,
      ...Object.fromEntries(goneFields(plan, edits)),
      ...deriveValues(stated, COMMON_DERIVATIONS),
    },
  };
}

function goneFields(plan: TrainingPlan, edits: readonly PlanEdit[]): [FieldName, undefined][] {
  return edits.flatMap((edit) =>
    'unset' in edit && plan.values[edit.unset] !== undefined ? [[edit.unset, undefined]] : [],
  );
}

function expectFixed(rule: Rule, firing: Firing, finding: RuleFinding, fixed: NonNullable<Firing['fixed']>): void {
  const [fix] = finding.fixes;
  expect(fix, 'a first fix').toBeDefined();
  if (fix === undefined) return;
  const plan = applyEdits(firing.plan, fix.edits);
  for (const [field, value] of Object.entries(fixed) as [FieldName, unknown][]) {
    expect(plan.values[field]?.value, field).toEqual(value === null ? undefined : value);
  }
  expect(runRule(rule, { ...firing, plan })).toEqual([]);
}

function expectHouseStyle(finding: RuleFinding): void {
  const { message } = finding;
  expect(message.length, message).toBeLessThanOrEqual(LONGEST_MESSAGE);
  expect(message).toMatch(/\.$/);
  expect(message).not.toMatch(/\{\w+\}|\bshould\b|\bplease\b|error:|undefined|NaN/i);
  for (const fix of finding.fixes) {
    expect(fix.title).not.toMatch(/\.$|undefined|NaN/);
    expect(fix.edits.length).toBeGreaterThan(0);
  }
}

function asSituation(entry: TrainingPlan | Situation): Situation {
  return 'plan' in entry ? entry : { plan: entry };
}
