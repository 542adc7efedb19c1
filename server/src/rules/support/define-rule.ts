import type { FieldName } from '../../plan/index.ts';
import type { Fix, Known, Rule, RuleDefinition, RuleFinding, Wanted } from '../types.ts';

/**
 * Makes a rule from its definition. `needs` gates the call, types the argument, limits where a finding may point
 * and names the related places; a field nobody asked for, an unknown message or a missing slot is a type error.
 */
export function defineRule<
  const N extends readonly FieldName[],
  const M extends Readonly<Record<string, string>>,
  const W extends readonly FieldName[] = readonly [],
>(definition: RuleDefinition<N, W, M>): Rule {
  const wants: readonly FieldName[] = definition.wants ?? [];
  return {
    id: definition.id,
    severity: definition.severity,
    summary: definition.summary,
    since: definition.since,
    preview: definition.preview ?? false,
    needs: definition.needs,
    wants,
    readsAbsence: definition.readsAbsence ?? false,
    messages: definition.messages,
    sources: definition.sources,
    run(context) {
      const { values, partial } = context.plan;
      if (definition.needs.some((field) => values[field] === undefined)) return [];
      if (definition.readsAbsence && partial) return [];
      if (definition.judgesLearning && values['data.synthetic']?.value === true) return [];
      const findings: RuleFinding[] = [];
      // The gate above proves every needed field present, which the mapped type cannot see.
      const fields = values as Known<N> & Wanted<W>;
      definition.check(
        fields,
        (finding) => {
          // Arithmetic that left the finite numbers says nothing a user could act on.
          if (Object.values(finding.data).some((value) => typeof value === 'number' && !Number.isFinite(value))) return;
          const template = definition.messages[finding.message] ?? finding.message;
          findings.push(
            withFixes(finding.fixes ?? [], {
              rule: definition.id,
              severity: finding.severity ?? definition.severity,
              at: finding.at,
              messageId: finding.message,
              message: fillSlots(template, finding.data),
              related: finding.related ?? definition.needs,
            }),
          );
        },
        context,
      );
      return findings;
    },
  };
}

/** Adds a `fixes` property that is solved once, on first look. */
function withFixes(given: readonly Fix[] | (() => readonly Fix[]), finding: Omit<RuleFinding, 'fixes'>): RuleFinding {
  let solved: readonly Fix[] | undefined;
  return Object.defineProperty({ ...finding, fixes: [] }, 'fixes', {
    enumerable: true,
    get: () => {
      solved ??= (typeof given === 'function' ? given() : given).filter(isWritable);
      return solved;
    },
  });
}

/** Whether every edit writes a value that a file can hold. */
function isWritable(fix: Fix): boolean {
  return fix.edits.every((edit) => !('set' in edit) || typeof edit.to !== 'number' || Number.isFinite(edit.to));
}

function fillSlots(template: string, data: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (slot, name: string) => {
    const value = data[name];
    if (value === undefined) return slot;
    return typeof value === 'number' ? formatNumber(value) : value;
  });
}

/** Counts from here on are spelt with an exponent. */
const LARGEST_GROUPED = 1e15;

/** Numbers in messages: grouped thousands for counts, the shortest exact spelling for small rates. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < LARGEST_GROUPED) return value.toLocaleString('en-US');
  if (size >= 0.01 && size < 1e6) return String(Number(value.toPrecision(4)));
  return Number(value.toPrecision(3)).toExponential().replace('e+', 'e');
}
