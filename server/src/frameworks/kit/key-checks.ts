import type { ConfigTree, ConfigValue } from '../../text/index.ts';
import type { Around, KeyIssue } from '../types.ts';
import { aroundOf, pathOf } from './around.ts';

/** One thing a framework checks of its keys when it starts, as data: where, what is wrong with it, and who says so. */
export interface KeyCheck {
  /** The dotted key the finding points at; it is checked only where it is written. */
  readonly key: string;
  /** What is wrong with the key; undefined: nothing, or what would tell is unknown. */
  readonly wrong: (around: Around) => Wrong | undefined;
  /** The framework's source file that checks it. */
  readonly cite: string;
}

export interface Wrong {
  readonly kind: 'not-allowed' | 'needs-other-key';
  readonly data: KeyIssue['data'];
  readonly effect: KeyIssue['effect'];
}

/** Keys that a document may write in another way than the checks name them. */
export interface OtherSpelling {
  /** The document's values under the names of the checks. */
  readonly view: (around: FullAround) => FullAround;
  /** The dotted key that the document has for a name. */
  readonly spelled: (around: FullAround, name: string) => string;
}

type FullAround = ReturnType<typeof aroundOf>;

/** The issues of a table of checks on one document. */
export function checkKeys(tree: ConfigTree, checks: readonly KeyCheck[], other?: OtherSpelling): readonly KeyIssue[] {
  const written = aroundOf(tree);
  const around = other?.view(written) ?? written;
  return checks.flatMap((check): readonly KeyIssue[] => {
    const node = around.node(check.key);
    // What another file says is that file's to answer for.
    if (node === undefined || node.file !== undefined) return [];
    const wrong = check.wrong(around);
    if (wrong === undefined) return [];
    const path = pathOf(other?.spelled(written, check.key) ?? check.key);
    return [{ ...wrong, at: { file: tree.file, ...node.range }, path, key: path.join('.') }];
  });
}

/** The key is refused beside another that says the same thing, or its opposite. */
export function excludes(key: string, other: string, cite: string, isOn: (value: ConfigValue) => boolean): KeyCheck {
  return {
    key,
    cite,
    wrong: (around) => {
      const [own, beside] = [around.get(key), around.get(other)];
      if (own === undefined || beside === undefined || !isOn(own) || !isOn(beside)) return undefined;
      const name = /(?:^|\.)(--[\w-]+)$/.exec(other)?.[1] ?? other;
      const whole = `nothing beside ${name}: ${shownValue(beside)}`;
      // A message has room for so much; the key says more than its value.
      const expected = whole.length <= 40 ? whole : `nothing beside ${name.slice(name.lastIndexOf('.') + 1)}`;
      const data = { found: shownValue(own), expected };
      return { kind: 'not-allowed', data, effect: 'refused' };
    },
  };
}

/** The key, where it is on, asks for something that another key does not give. */
export function requires(
  key: string,
  need: {
    readonly when: (value: ConfigValue, around: Around) => boolean;
    /** What stands there instead; undefined: the need is met, or nobody can tell. */
    readonly found: (around: Around) => string | undefined;
    readonly requires: string;
    readonly effect: KeyIssue['effect'];
    readonly cite: string;
  },
): KeyCheck {
  return {
    key,
    cite: need.cite,
    wrong: (around) => {
      const own = around.get(key);
      if (own === undefined || !need.when(own, around)) return undefined;
      const found = need.found(around);
      if (found === undefined) return undefined;
      return { kind: 'needs-other-key', data: { requires: need.requires, found }, effect: need.effect };
    },
  };
}

/** The key takes certain values alone, by the method that another key chooses. */
export function takesOneOf(
  key: string,
  rule: {
    /** Undefined: nobody can tell what is taken. */
    readonly values: (around: Around) => readonly ConfigValue[] | undefined;
    /** How the values are named, where their list is not said as it is. */
    readonly named?: (around: Around) => string;
    readonly cite: string;
  },
): KeyCheck {
  return {
    key,
    cite: rule.cite,
    wrong: (around) => {
      const own = around.get(key);
      const taken = rule.values(around);
      if (own === undefined || own === null || taken === undefined) return undefined;
      if (taken.some((value) => String(value) === String(own))) return undefined;
      const data = { found: shownValue(own), expected: rule.named?.(around) ?? listed(taken.map(String)) };
      return { kind: 'not-allowed', data, effect: 'refused' };
    },
  };
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** A value that switches something on. */
export function isSet(value: ConfigValue): boolean {
  return value !== null && value !== false && value !== '' && value !== 'null';
}

/** A value that is the truth itself. */
export function isTrue(value: ConfigValue): boolean {
  return value === true || value === 'true' || value === 'True';
}

/** `key: value` of an option, or that it is not there. */
export function foundAt(around: Around, key: string): string {
  return around.has(key) ? `${key}: ${shownValue(around.get(key) ?? null)}` : `no ${key}`;
}

function shownValue(value: ConfigValue): string {
  return typeof value === 'object' && value !== null ? (Array.isArray(value) ? 'a list' : 'a section') : String(value);
}
