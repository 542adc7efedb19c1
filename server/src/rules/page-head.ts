import type { KeyRule } from './define-key-rule.ts';
import type { Rule } from './types.ts';

/** The generated first line of a rule's page (docs/rules/<id>.md): its metadata in one comment. */
export function pageHead(rule: Rule | KeyRule): string {
  const parts: readonly string[] = [
    rule.severity,
    `since ${rule.since}`,
    ...('needs' in rule ? fieldParts(rule) : ['reads keys']),
  ];
  return `<!-- generated: ${parts.join(' · ')} -->`;
}

function fieldParts(rule: Rule): readonly string[] {
  return [
    ...(rule.preview ? ['preview'] : []),
    ...(rule.needs.length > 0 ? [`needs ${rule.needs.join(', ')}`] : ['looks at every field']),
    ...(rule.readsAbsence ? ['silent in files that inherit'] : []),
  ];
}
