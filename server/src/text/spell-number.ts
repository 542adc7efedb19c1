import { readPlain } from './plain-scalar.ts';
import type { Format, Loader } from './types.ts';

/** How numbers are spelled around the place of an edit. */
export interface NumberHabit {
  readonly format: Format;
  readonly loader: Loader;
  /** A number of the file to spell alike: best the one that is replaced. */
  readonly model?: string | undefined;
}

/**
 * The number in the file's own spelling, or undefined where the format has none for it.
 * What is returned is a number to the loader: PyYAML needs a dot and a signed exponent.
 */
export function spellNumber(value: number, habit: NumberHabit): string | undefined {
  if (!Number.isFinite(value)) return spellNonFinite(value, habit.format);
  const candidates = [
    ...(habit.model === undefined ? [] : spellLike(value, habit.model)),
    isSmallOrLarge(value) ? exponential(value, PLAIN_EXPONENT) : decimal(value),
    exponential(value, DOTTED_EXPONENT),
    decimal(value),
    String(value),
  ];
  return candidates.find((candidate) => readNumber(candidate, habit) === value);
}

function spellNonFinite(value: number, format: Format): string | undefined {
  if (format === 'json') return undefined;
  const word = Number.isNaN(value) ? 'nan' : 'inf';
  const sign = value < 0 ? '-' : '';
  return format === 'yaml' ? `${sign}.${word}` : `${sign}${word}`;
}

/** Below and above, a decimal has more zeros than anyone counts. Integers are written out further up. */
function isSmallOrLarge(value: number): boolean {
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= (Number.isInteger(value) ? 1e15 : 1e7));
}

interface ExponentForm {
  readonly letter: string;
  readonly plus: string;
  readonly digits: number;
  readonly dotted: boolean;
}

const PLAIN_EXPONENT: ExponentForm = { letter: 'e', plus: '', digits: 1, dotted: false };
const DOTTED_EXPONENT: ExponentForm = { letter: 'e', plus: '+', digits: 1, dotted: true };

function spellLike(value: number, model: string): readonly string[] {
  const parts = /^[-+]?[0-9_]*(\.?)[0-9_]*([eE])([-+]?)([0-9]+)$/.exec(model);
  if (parts === null) return spellLikeDecimal(value, model);

  const [, dot, letter = 'e', sign, digits = ''] = parts;
  const size = Math.abs(value);
  if (value === 0 || (size >= 0.01 && size < 10_000)) return [withDot(decimal(value))];
  const form = { letter, plus: sign === '' ? '' : '+', digits: digits.length, dotted: dot === '.' };
  return [exponential(value, form), exponential(value, { ...form, dotted: true, plus: '+' })];
}

/** Longer decimals than this are nobody's habit. */
const LONGEST_DECIMAL = 14;

function spellLikeDecimal(value: number, model: string): readonly string[] {
  const spelled = decimal(value);
  if (spelled.length > LONGEST_DECIMAL) return [];
  if (model.includes('.')) return [withDot(spelled)];
  if (!Number.isInteger(value)) return Math.abs(value) < 1e-3 ? [] : [spelled];
  return model.includes('_') ? [spelled.replace(/\B(?=(?:[0-9]{3})+$)/g, '_')] : [spelled];
}

function withDot(spelled: string): string {
  return spelled.includes('.') ? spelled : `${spelled}.0`;
}

function exponential(value: number, form: ExponentForm): string {
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  const digits = exponent.replace(/^[-+]/, '').padStart(form.digits, '0');
  const sign = exponent.startsWith('-') ? '-' : form.plus;
  return `${form.dotted ? withDot(mantissa) : mantissa}${form.letter}${sign}${digits}`;
}

/** The shortest decimal without an exponent that reads as the same number. */
function decimal(value: number): string {
  const shortest = String(value);
  if (!shortest.includes('e')) return shortest;

  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  const point = Number(exponent) + 1;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}`;
}

const JSON_NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;
/** TOML 1.0, sections Integer and Float, as far as we write them. */
const TOML_NUMBER = /^[-+]?(?:0|[1-9](?:_?[0-9])*)(?:\.[0-9](?:_?[0-9])*)?(?:[eE][-+]?[0-9]+)?$/;

function readNumber(source: string, { format, loader }: NumberHabit): unknown {
  switch (format) {
    case 'yaml':
      return readPlain(source, loader);
    case 'json':
    case 'shell':
    case 'python':
      return JSON_NUMBER.test(source) ? Number(source) : undefined;
    case 'toml':
      return TOML_NUMBER.test(source) ? Number(source.replaceAll('_', '')) : undefined;
    default:
      return format satisfies never;
  }
}
