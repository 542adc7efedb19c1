import { KEY_RULES, RULES } from '../../server/src/engine/index.ts';

export interface DocumentedRule {
  readonly id: string;
  /** One word, or several where the severity depends on what the framework does. */
  readonly severity: string;
  readonly since: string;
  readonly summary: string;
  readonly preview: boolean;
  readonly needs: readonly string[];
}

/** Every rule, on plan fields and on keys alike, in order of name. */
export function documentedRules(): readonly DocumentedRule[] {
  const onPlans = RULES.map(({ id, severity, since, summary, preview, needs }) => ({ id, severity, since, summary, preview, needs }));
  const onKeys = KEY_RULES.map(({ id, severity, since, summary }) => ({
    id,
    severity: typeof severity === 'string' ? severity : [...new Set(Object.values(severity))].join(' or '),
    since,
    summary,
    preview: false,
    needs: [],
  }));
  return [...onPlans, ...onKeys].sort((one, other) => one.id.localeCompare(other.id));
}
