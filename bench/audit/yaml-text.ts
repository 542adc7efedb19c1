/** What a key of a written config holds. */
export type Entry = string | number | boolean | null | readonly Entry[] | { readonly [key: string]: Entry };

/** Dotted keys and what they hold. */
export type Entries = Readonly<Record<string, Entry>>;

/** Dotted keys as a YAML document, nested, in the order they came in. */
export function yamlText(entries: Entries): string {
  return `${mapLines(nested(entries), '').join('\n')}\n`;
}

type Nested = Map<string, Entry | Nested>;

function nested(entries: Entries): Nested {
  const root: Nested = new Map();
  for (const [dotted, entry] of Object.entries(entries)) {
    const steps = dotted.split('.');
    const last = steps.pop() ?? '';
    let map = root;
    for (const step of steps) {
      const below = map.get(step);
      const next: Nested = below instanceof Map ? below : new Map();
      map.set(step, next);
      map = next;
    }
    map.set(last, entry);
  }
  return root;
}

function mapLines(map: Nested, indent: string): readonly string[] {
  return [...map].flatMap(([key, entry]) =>
    entry instanceof Map
      ? [`${indent}${key}:`, ...mapLines(entry, `${indent}  `)]
      : [`${indent}${key}: ${flow(entry)}`],
  );
}

function flow(entry: Entry): string {
  if (Array.isArray(entry)) return `[${entry.map(flow).join(', ')}]`;
  if (typeof entry === 'number') return numberText(entry);
  if (typeof entry === 'string') return /^[\w./][\w./ -]*$/.test(entry) && !isWord(entry) ? entry : `'${entry}'`;
  if (entry === null || typeof entry === 'boolean') return String(entry);
  const pairs = Object.entries(entry).map(([key, value]) => `${key}: ${flow(value)}`);
  return `{${pairs.join(', ')}}`;
}

/** Plain text that YAML would take for something else. */
function isWord(text: string): boolean {
  return /^(true|false|yes|no|on|off|null|[\d.+-][\d.e+-]*)$/i.test(text);
}

/** With a point and a signed exponent, which every reader of YAML takes for a number: `5.0e-07`. */
export function numberText(value: number): string {
  const text = String(value);
  if (!text.includes('e')) return text;
  const [mantissa = '', exponent = ''] = text.split('e');
  const sign = exponent.startsWith('-') ? '-' : '+';
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}e${sign}${exponent.replace(/^[+-]/, '').padStart(2, '0')}`;
}
