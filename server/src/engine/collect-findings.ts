import type { KeyIssue, Reading } from '../frameworks/index.ts';
import { estimateMemory, largestMicroBatch, remedies } from '../memory/index.ts';
import { type TrainingPlan, withEdits } from '../plan/index.ts';
import {
  describeKeyIssue,
  type Fix,
  RULES,
  type RuleContext,
  type RuleFinding,
  type Severity,
} from '../rules/index.ts';
import type { ConfigTree } from '../text/index.ts';
import { placeFinding } from './place-finding.ts';
import { memoryOf } from './plan-memory.ts';
import type { TextFixer } from './text-fix.ts';
import type { FileLink, Finding, PlanAnalysis, TextFix } from './types.ts';

export interface FindingInputs {
  readonly tree: ConfigTree;
  readonly reading: Reading;
  readonly plans: readonly PlanAnalysis[];
  readonly links: readonly FileLink[];
  readonly fixer: TextFixer;
  readonly severities: Readonly<Record<string, Severity | 'off'>>;
  /** The framework is not known, so nothing found is surer than information. */
  readonly guessed: boolean;
}

/** Findings of all rules on all plans and keys, at most one a rule and place, in the order of the text. */
export function collectFindings(inputs: FindingInputs): readonly Finding[] {
  const fromKeys = inputs.reading.issues.flatMap((issue) => findingOfIssue(issue, inputs));
  // A value that the framework refuses is judged no further.
  const refused = fromKeys.filter(({ severity }) => severity === 'error');
  const fromPlans = inputs.plans
    .flatMap((plan) => findingsOfPlan(plan, inputs))
    .filter(({ at }) => !refused.some((key) => key.at.start === at.start && key.at.end === at.end));
  return onePerPlace([...fromKeys, ...fromPlans]).sort(
    (one, other) => one.at.start - other.at.start || one.rule.localeCompare(other.rule),
  );
}

function findingOfIssue(issue: KeyIssue, { fixer, tree, severities, guessed }: FindingInputs): readonly Finding[] {
  const { rule, severity: usual, message } = describeKeyIssue(issue);
  const wanted = severities[rule] ?? usual;
  if (wanted === 'off') return [];
  const severity = capped(wanted, guessed);
  const at = issue.at.file === tree.file ? issue.at : { file: tree.file, start: 0, end: 0 };
  const { mend } = issue;
  const finding = lazy({ rule, severity, message, at, related: issue.related ?? [] }, () => {
    const edits = mend === undefined ? undefined : fixer.ofKeyEdits(mend.edits);
    if (mend === undefined || edits === undefined) return [];
    return [{ title: mend.title, safety: mend.safe ? 'safe' : 'changes-training', edits }];
  });
  return [finding];
}

function findingsOfPlan(analysis: PlanAnalysis, inputs: FindingInputs): readonly Finding[] {
  const found = runRules(ruleContext(analysis), inputs);
  const alarms = alarmsOf(found);
  const isSound = (after: TrainingPlan): boolean => {
    const context = ruleContext({ ...analysis, plan: after, memory: () => memoryOf(after, 'quick') });
    return [...alarmsOf(runRules(context, inputs))].every((rule) => alarms.has(rule));
  };
  return found.map((one) => findingOfRule(one, analysis, inputs, isSound));
}

function runRules(context: RuleContext, { severities }: FindingInputs): readonly RuleFinding[] {
  return RULES.filter((rule) => severities[rule.id] !== 'off').flatMap((rule) => rule.run(context));
}

/** Rules that warn or worse: a fix is no fix that adds one. */
function alarmsOf(found: readonly RuleFinding[]): ReadonlySet<string> {
  const loud = found.filter(({ severity }) => severity === 'error' || severity === 'warning');
  return new Set(loud.map(({ rule }) => rule));
}

function ruleContext(analysis: PlanAnalysis): RuleContext {
  const { plan } = analysis;
  return {
    plan,
    references: analysis.references,
    memory: analysis.memory,
    memoryAfter: (edits) => estimateMemory(withEdits(plan, edits)),
    largestMicroBatch: () => largestMicroBatch(plan),
    remedies: () =>
      remedies(plan, { simulates: true })
        .filter((remedy) => analysis.write(remedy.edits) !== undefined)
        .map(
          (remedy): Fix => ({
            title: remedy.title,
            safety: remedy.changesTraining ? 'changes-training' : 'safe',
            edits: remedy.edits,
          }),
        ),
  };
}

function findingOfRule(
  found: RuleFinding,
  analysis: PlanAnalysis,
  inputs: FindingInputs,
  isSound: (after: TrainingPlan) => boolean,
): Finding {
  const { at, related } = placeFinding(analysis.plan, found.at, found.related, inputs.tree, inputs.links);
  const wanted = inputs.severities[found.rule];
  const severity = capped(wanted === undefined || wanted === 'off' ? found.severity : wanted, inputs.guessed);
  const base = { rule: found.rule, severity, message: found.message, at, related, field: found.at };
  const named = inputs.plans.length > 1 ? { ...base, plan: analysis.plan.name } : base;
  return lazy(named, () => found.fixes.flatMap((fix) => textFix(fix, analysis, isSound)));
}

function capped(severity: Severity, guessed: boolean): Severity {
  return guessed && severity !== 'hint' ? 'information' : severity;
}

/** The fix as edits of text, unless it cannot be written or would bring a warning or error that is not there yet. */
function textFix(fix: Fix, analysis: PlanAnalysis, isSound: (after: TrainingPlan) => boolean): readonly TextFix[] {
  const edits = analysis.write(fix.edits, isSound);
  if (edits === undefined || edits.length === 0) return [];
  return [{ title: fix.title, safety: fix.safety, edits }];
}

function lazy(finding: Omit<Finding, 'fixes'>, solve: () => readonly TextFix[]): Finding {
  let solved: readonly TextFix[] | undefined;
  return Object.defineProperty({ ...finding, fixes: [] }, 'fixes', {
    enumerable: true,
    get: () => {
      solved ??= solve();
      return solved;
    },
  });
}

function onePerPlace(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter((finding) => {
    const place = `${finding.rule}:${finding.at.start}:${finding.at.end}:${finding.plan ?? ''}:${finding.message}`;
    if (seen.has(place)) return false;
    seen.add(place);
    return true;
  });
}
