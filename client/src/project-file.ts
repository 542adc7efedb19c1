import { applyEdits, modify, type ParseError, parse } from 'jsonc-parser';

export const PROJECT_FILE = 'batchwise.json';

/** Null is unknown. */
export interface Hardware {
  readonly gpu: string | null;
  readonly gpus: number | null;
}

const FORMAT = { formattingOptions: { insertSpaces: true, tabSize: 2 } };

/** The project file's text with other hardware, its comments and order kept; undefined where it is no JSON object. */
export function withHardware(text: string, { gpu, gpus }: Hardware): string | undefined {
  const before = text.trim() === '' ? '{}\n' : text;
  if (!isObject(before)) return undefined;
  return [['gpu', gpu] as const, ['gpus', gpus] as const].reduce(
    (current, [key, value]) => applyEdits(current, modify(current, ['hardware', key], value ?? undefined, FORMAT)),
    before,
  );
}

function isObject(text: string): boolean {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  return errors.length === 0 && typeof value === 'object' && value !== null && !Array.isArray(value);
}
