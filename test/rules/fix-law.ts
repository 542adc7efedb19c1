import {
  type Analysis,
  type AnalyzeRequest,
  analyze,
  applyEdits,
  type FileProvider,
  type Finding,
  type TextFix,
} from '../../server/src/engine/index.ts';

/** Breaches of the fix law in one text: after each offered fix its finding is gone, and no warning or error is new. */
export function breaches(request: AnalyzeRequest): readonly string[] {
  const before = analyze(request);
  return before.findings.flatMap((finding) =>
    finding.fixes.flatMap((fix) => {
      const complaint = complaintOf(before, finding, analyze(fixed(request, fix)));
      return complaint === undefined ? [] : [`${request.file}: "${fix.title}" (${finding.rule}): ${complaint}`];
    }),
  );
}

function complaintOf(before: Analysis, finding: Finding, after: Analysis): string | undefined {
  if (after.problems.length > before.problems.length) return `breaks the file: ${after.problems[0]?.message}`;
  if (countOf(after, finding.rule, finding.field) >= countOf(before, finding.rule, finding.field))
    return 'the finding stays';
  const fresh = after.findings.find(
    ({ rule, severity, field }) =>
      (severity === 'warning' || severity === 'error') && countOf(after, rule, field) > countOf(before, rule, field),
  );
  return fresh === undefined ? undefined : `brings ${fresh.rule}: ${fresh.message}`;
}

function countOf(analysis: Analysis, rule: string, field: string | undefined): number {
  return analysis.findings.filter((finding) => finding.rule === rule && finding.field === field).length;
}

/** The request with the fix's edits in the text and in the files it names. */
function fixed(request: AnalyzeRequest, fix: TextFix): AnalyzeRequest {
  const edited = (file: string, text: string) =>
    applyEdits(
      text,
      fix.edits.filter((edit) => edit.file === file),
    );
  const files: FileProvider = {
    ...request.files,
    read: (file) => {
      const state = request.files.read(file);
      return state.kind === 'text' ? { kind: 'text', text: edited(file, state.text) } : state;
    },
  };
  return { ...request, text: edited(request.file, request.text), files };
}
