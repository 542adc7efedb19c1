import { readFileSync } from 'node:fs';

/** What `npm run corpus -- --update` stored: published configs, and the findings on them as "severity rule line". */
interface Snapshot {
  readonly files: number;
  readonly findings: Readonly<Record<string, readonly string[]>>;
}

/** Published configs in which a rule fires, by severity. */
export interface CorpusCounts {
  /** Configs analysed. */
  readonly files: number;
  readonly byRule: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

const SEVERITIES = ['error', 'warning', 'information', 'hint'];

export function corpusCounts(): CorpusCounts {
  const snapshot: Snapshot = JSON.parse(readFileSync('test/corpus-snapshot.json', 'utf8'));
  const byRule = new Map<string, Map<string, number>>();
  for (const findings of Object.values(snapshot.findings)) {
    const kinds = new Set(findings.map((finding) => finding.split(' ').slice(0, 2).join(' ')));
    for (const kind of kinds) {
      const [severity = '', rule = ''] = kind.split(' ');
      const counts = byRule.get(rule) ?? new Map<string, number>();
      byRule.set(rule, counts.set(severity, (counts.get(severity) ?? 0) + 1));
    }
  }
  return { files: snapshot.files, byRule };
}

/** A rule's cell of the table: "2 warning, 10 information"; "none" where it fires on no published config. */
export function corpusCell({ byRule }: CorpusCounts, rule: string): string {
  const counts = byRule.get(rule);
  if (counts === undefined) return 'none';
  return SEVERITIES.flatMap((severity) => {
    const files = counts.get(severity);
    return files === undefined ? [] : [`${files} ${severity}`];
  }).join(', ');
}
