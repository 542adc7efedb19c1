import type { Location } from '../plan/index.ts';
import type { ConfigTree } from '../text/index.ts';
import type { ProjectFacts } from './project-file.ts';
import type { Finding } from './types.ts';

/** `# batchwise-disable-next-line rule-a, rule-b -- reason` and `# batchwise-disable rule-a -- reason` (whole file). */
const DIRECTIVE = /^batchwise-disable(-next-line)?\s+([\w-]+(?:\s*,\s*[\w-]+)*)\s*(?:--\s*(.*))?$/;

export const UNUSED_SUPPRESSION = 'unused-suppression';

interface Suppression {
  readonly rule: string;
  readonly at: Location;
  /** Offsets between which a finding must start; the whole file where absent. */
  readonly scope?: { readonly start: number; readonly end: number };
}

/** Findings less the suppressed ones, plus one for each suppression that silenced nothing. */
export function applySuppressions(
  findings: readonly Finding[],
  tree: ConfigTree,
  project: ProjectFacts | undefined,
): readonly Finding[] {
  const suppressions = tree.comments.flatMap((comment) => suppressionsOf(comment, tree));
  const byFile = new Set(project?.suppressions.map((entry) => entry.rule) ?? []);
  if (suppressions.length === 0 && byFile.size === 0) return findings;
  const used = new Set<Suppression>();
  const kept = findings.filter((finding) => {
    const match = suppressions.find((suppression) => covers(suppression, finding));
    if (match !== undefined) used.add(match);
    return match === undefined && !byFile.has(finding.rule);
  });
  const unused = suppressions.filter((suppression) => !used.has(suppression)).map(unusedFinding);
  return [...kept, ...unused];
}

function suppressionsOf(
  comment: { start: number; end: number; text: string },
  tree: ConfigTree,
): readonly Suppression[] {
  const match = DIRECTIVE.exec(comment.text);
  if (match === null) return [];
  const at = { file: tree.file, start: comment.start, end: comment.end };
  const rules = (match[2] ?? '').split(',').map((rule) => rule.trim());
  if (match[1] === undefined) return rules.map((rule) => ({ rule, at }));
  const lineStart = tree.text.indexOf('\n', comment.end) + 1;
  if (lineStart === 0)
    return rules.map((rule) => ({ rule, at, scope: { start: tree.text.length, end: tree.text.length } }));
  const lineEnd = tree.text.indexOf('\n', lineStart);
  const scope = { start: lineStart, end: lineEnd === -1 ? tree.text.length : lineEnd };
  return rules.map((rule) => ({ rule, at, scope }));
}

function covers(suppression: Suppression, finding: Finding): boolean {
  if (suppression.rule !== finding.rule) return false;
  const { scope } = suppression;
  return scope === undefined || (finding.at.start >= scope.start && finding.at.start <= scope.end);
}

function unusedFinding({ rule, at }: Suppression): Finding {
  return {
    rule: UNUSED_SUPPRESSION,
    severity: 'information',
    message: `Nothing to suppress: ${rule} finds nothing here.`,
    at,
    related: [],
    fixes: [],
  };
}
