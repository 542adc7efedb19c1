import { existsSync, readFileSync } from 'node:fs';
import type { DrawnFinding } from './drawn-finding.ts';

/**
 * What a reader said of a finding. `right`: true, and worth a warning to somebody who would start this config on that
 * hardware. `arguable`: true as worded, but somebody who knows the data or the tools around may shrug. `wrong`: not true,
 * or about a config that is known to run there.
 */
export type Verdict = 'right' | 'arguable' | 'wrong';

export const VERDICTS: readonly Verdict[] = ['right', 'arguable', 'wrong'];

export interface Judged extends DrawnFinding {
  /** Absent where nobody has judged the finding yet. */
  readonly verdict?: Verdict;
  readonly why?: string;
}

/** Path, hardware, rule, line, verdict and reason, tab-separated; see bench/data/README.md. */
const FILE = 'bench/data/finding-verdicts.tsv';

/** Each finding with its verdict: that of the same rule, on the same line, under the same hardware. */
export function withVerdicts(findings: readonly DrawnFinding[]): readonly Judged[] {
  const verdicts = storedVerdicts();
  return findings.map((finding) => {
    const stored = verdicts.get(keyOf(finding.path, finding.hardware, finding.rule, String(finding.line)));
    return stored === undefined ? finding : { ...finding, ...stored };
  });
}

function storedVerdicts(): ReadonlyMap<string, { readonly verdict: Verdict; readonly why: string }> {
  if (!existsSync(FILE)) return new Map();
  const [, ...lines] = readFileSync(FILE, 'utf8').trimEnd().split('\n');
  return new Map(
    lines.map((line) => {
      const [path = '', hardware = '', rule = '', at = '', said, why = ''] = line.split('\t');
      const verdict = VERDICTS.find((known) => known === said);
      if (verdict === undefined) throw new Error(`${FILE}: no verdict in "${line}".`);
      return [keyOf(path, hardware, rule, at), { verdict, why }] as const;
    }),
  );
}

function keyOf(...parts: readonly string[]): string {
  return parts.join('\t');
}
