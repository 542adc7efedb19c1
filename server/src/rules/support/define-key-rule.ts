import type { Severity } from '../types.ts';
import { formatNumber } from './define-rule.ts';

/** A key or value that a framework treats otherwise than it looks, as an adapter reports it. */
export interface KeyProblem {
  readonly kind: KeyProblemKind;
  /** The key as the user knows it, dotted. */
  readonly key: string;
  /** Slots of the message: `found`, `expected`, `replacement`, … */
  readonly data: Readonly<Record<string, string | number>>;
  /** What the framework itself does about it. */
  readonly effect: KeyEffect;
  /** Nobody asked for what is lost: a constant or a switch that a template leaves behind. */
  readonly idle?: true;
}

export type KeyProblemKind =
  | 'unknown-key'
  | 'wrong-type'
  | 'not-allowed'
  | 'deprecated-key'
  | 'duplicate-key'
  | 'number-read-as-text'
  | 'missing-key'
  | 'lost-reference'
  | 'needs-other-key';

export type KeyEffect = 'refused' | 'dropped' | 'misread' | 'accepted';

/** Texts and severities of one kind of key problem. */
export interface KeyRule {
  readonly id: string;
  readonly kind: KeyProblemKind;
  readonly summary: string;
  readonly since: string;
  /** The severity where the framework does what it usually does, for lists. */
  readonly severity: Severity;
  readonly severityByEffect: Readonly<Record<KeyEffect, Severity>>;
  /** Templates by effect, `{key}` and data slots in them; the first whose slots are all known is used, so the last has `{key}` alone. */
  readonly messages: Readonly<Record<KeyEffect, readonly string[]>>;
  readonly sources: readonly string[];
}

export interface KeyFinding {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
}

/** Values longer than this are cut, so that a message keeps to one line. */
const LONGEST_SLOT = 40;

/** The finding a key problem comes to under its rule. */
export function findingOfKey(rule: KeyRule, problem: KeyProblem): KeyFinding {
  const slots: Readonly<Record<string, string | number>> = { ...problem.data, key: shortKey(problem.key) };
  const templates = rule.messages[problem.effect];
  const template = templates.find((candidate) => slotsOf(candidate).every((slot) => slots[slot] !== undefined));
  return {
    rule: rule.id,
    severity: severityOf(rule, problem),
    message: fill(template ?? templates.at(-1) ?? rule.summary, slots),
  };
}

function severityOf(rule: KeyRule, { effect, idle }: KeyProblem): Severity {
  const severity = rule.severityByEffect[effect];
  return idle === true && severity === 'warning' ? 'information' : severity;
}

function slotsOf(template: string): readonly string[] {
  return [...template.matchAll(/\{(\w+)\}/g)].flatMap(([, slot]) => (slot === undefined ? [] : [slot]));
}

function fill(template: string, slots: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (slot, name: string) => {
    const value = slots[name];
    return value === undefined ? slot : typeof value === 'number' ? formatNumber(value) : shorten(value);
  });
}

/** A command's flag as it is written, or the last part of a long dotted key, which is the one the user looks for. */
function shortKey(key: string): string {
  const flag = /(?:^|\.)(--[\w-]+)$/.exec(key)?.[1];
  if (flag !== undefined) return flag;
  return key.length <= LONGEST_SLOT ? key : key.slice(key.lastIndexOf('.') + 1);
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= LONGEST_SLOT ? line : `${line.slice(0, LONGEST_SLOT - 1)}…`;
}
