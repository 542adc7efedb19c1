import type { Analysis, Finding, PlanAnalysis } from '../../engine/index.ts';
import { type CheckedFile, type CheckResult, countsOf, shownPath, spanReader } from './reporter.ts';

/** The report's version: raised when a reader of the old form would misread the new one. */
const VERSION = 1;

/** One object for programs, stable under `version`. */
export function jsonReport(result: CheckResult): string {
  const spanOf = spanReader(result);
  const { files, recognised, errors, warnings } = countsOf(result);
  const report = {
    version: VERSION,
    files: result.files.map((file) => jsonFile(file, spanOf)),
    summary: { files, recognised, errors, warnings, milliseconds: result.milliseconds },
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

type SpanOf = ReturnType<typeof spanReader>;

function jsonFile({ file, analysis, unreadable }: CheckedFile, spanOf: SpanOf) {
  const problems =
    unreadable === undefined
      ? (analysis?.problems ?? []).map((problem) => ({
          message: problem.message,
          kind: problem.kind,
          ...spanOf(problem.at),
        }))
      : [{ message: unreadable, kind: 'unreadable' }];
  return {
    path: shownPath(file),
    framework: analysis?.framework?.id ?? null,
    problems,
    plans: (analysis?.plans ?? []).map((plan) => jsonPlan(plan, analysis, spanOf)),
    findings: (analysis?.findings ?? []).map((finding) => jsonFinding(finding, spanOf)),
  };
}

/** A plan's fields and memory, as in `check --format json`. */
export function jsonPlan(plan: PlanAnalysis, analysis: Analysis | undefined, spanOf: SpanOf) {
  const fields = Object.entries(plan.plan.values).map(([field, sourced]) => {
    const own = sourced.origin === 'explicit' ? sourced.at : undefined;
    const place =
      own === undefined
        ? {}
        : { line: spanOf(own).line, ...(own.file === analysis?.file ? {} : { path: shownPath(own.file) }) };
    return [field, { value: sourced.value, origin: sourced.origin, ...place }];
  });
  return {
    name: plan.plan.name,
    partial: plan.plan.partial,
    fields: Object.fromEntries(fields),
    memory: jsonMemory(plan),
  };
}

function jsonMemory(plan: PlanAnalysis) {
  const outcome = plan.memory();
  if (!outcome.known)
    return {
      verdict: 'unknown',
      terms: [],
      missing: outcome.missing,
      ...(outcome.reason === undefined ? {} : { reason: outcome.reason }),
      ...(outcome.least === undefined ? {} : { lowBytes: Math.round(outcome.least.lowBytes) }),
    };
  const { estimate } = outcome;
  return {
    gpu: estimate.gpu ?? null,
    capacityBytes: estimate.capacityBytes ?? null,
    lowBytes: Math.round(estimate.lowBytes),
    expectedBytes: Math.round(estimate.expectedBytes),
    highBytes: Math.round(estimate.highBytes),
    verdict: estimate.verdict,
    terms: estimate.terms.map((term) => ({
      name: term.name,
      bytes: Math.round(term.bytes),
      atPeak: term.atPeak,
      drivers: term.drivers,
    })),
    regime: estimate.regime.id,
    peakPhase: estimate.peakPhase,
    assumptions: estimate.assumptions,
    missing: [],
  };
}

function jsonFinding(finding: Finding, spanOf: SpanOf) {
  return {
    rule: finding.rule,
    severity: finding.severity,
    message: finding.message,
    ...(finding.plan === undefined ? {} : { plan: finding.plan }),
    ...spanOf(finding.at),
    related: finding.related.map(({ at, message }) => ({ path: shownPath(at.file), line: spanOf(at).line, message })),
    fixes: finding.fixes.map((fix) => ({
      title: fix.title,
      safety: fix.safety,
      edits: fix.edits.map((edit) => ({
        path: shownPath(edit.file),
        start: edit.start,
        end: edit.end,
        text: edit.text,
      })),
    })),
  };
}
