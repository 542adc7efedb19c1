import { documentedRules } from './rules.ts';

/** package.json with one property a rule in the setting `batchwise.rules`, so that editors complete and check them. */
export function manifestWithRules(manifest: string): string {
  const parsed: Manifest = JSON.parse(manifest);
  const setting = [parsed.contributes.configuration].flat().find((part) => part.properties['batchwise.rules'] !== undefined)?.properties['batchwise.rules'];
  if (setting === undefined) throw new Error('package.json has no setting batchwise.rules.');
  setting['properties'] = Object.fromEntries(
    documentedRules().map((rule) => [rule.id, { type: 'string', enum: ['off', 'hint', 'information', 'warning', 'error'], description: rule.summary }]),
  );
  setting['additionalProperties'] = false;
  return `${JSON.stringify(parsed, null, 2)}\n`;
}

interface Manifest {
  readonly contributes: { readonly configuration: Configuration | readonly Configuration[] };
}

interface Configuration {
  readonly properties: Record<string, Record<string, unknown>>;
}
