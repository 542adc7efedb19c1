import type { Loader } from './types.ts';

/** What a plain (unquoted) YAML scalar becomes. Text that matches no pattern is a string. */
export type PlainValue = string | number | boolean | null;

/** The value that the loader reads from a plain scalar. JSON and TOML loaders read YAML as YAML 1.2 does. */
export function readPlain(source: string, loader: Loader): PlainValue {
  // Most plain scalars are words: their first character rules out every number.
  const word = source === '' || !NUMBER_START.test(source);
  switch (loader) {
    case 'pyyaml':
      return word ? readWord(source, YAML_1_1_WORDS) : (readPyYamlNumber(source) ?? source);
    case 'omegaconf':
      return word ? readWord(source, YAML_1_1_WORDS) : (readOmegaConfNumber(source) ?? source);
    case 'yaml-1.2':
    case 'json':
    case 'toml':
    case 'shell':
    case 'python':
      return word ? readWord(source, YAML_1_2_WORDS) : (readCoreNumber(source) ?? source);
    default:
      return loader satisfies never;
  }
}

/** The number that a YAML 1.2 reader sees in the text, if it sees one. */
export function readCoreNumber(source: string): number | undefined {
  if (CORE_INTEGER.test(source)) return Number(source);
  if (CORE_OCTAL.test(source) || CORE_HEXADECIMAL.test(source)) return Number(source);
  if (CORE_FLOAT.test(source)) return Number(source);
  return readInfinityOrNaN(source);
}

const NUMBER_START = /^[-+.0-9]/;

const NULLS: readonly string[] = ['', '~', 'null', 'Null', 'NULL'];

/** Three casings each, as both YAML versions have them. */
function booleanWords(truths: readonly string[], falsehoods: readonly string[]): ReadonlyMap<string, boolean | null> {
  const words = new Map<string, boolean | null>(NULLS.map((word) => [word, null]));
  for (const [list, value] of [
    [truths, true],
    [falsehoods, false],
  ] as const) {
    for (const word of list) {
      words.set(word, value);
      words.set(word.toUpperCase(), value);
      words.set(word.charAt(0).toUpperCase() + word.slice(1), value);
    }
  }
  return words;
}

/** PyYAML: lib/yaml/resolver.py; unlike the YAML 1.1 type registry it leaves `y` and `n` as strings. */
const YAML_1_1_WORDS = booleanWords(['true', 'yes', 'on'], ['false', 'no', 'off']);

/** YAML 1.2.2, section 10.3.2 (core schema). */
const YAML_1_2_WORDS = booleanWords(['true'], ['false']);

function readWord(source: string, words: ReadonlyMap<string, boolean | null>): PlainValue {
  const value = words.get(source);
  return value === undefined ? source : value;
}

/** YAML 1.2.2, section 10.3.2 (core schema). */
const CORE_INTEGER = /^[-+]?[0-9]+$/;
const CORE_OCTAL = /^0o[0-7]+$/;
const CORE_HEXADECIMAL = /^0x[0-9a-fA-F]+$/;
const CORE_FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** PyYAML: lib/yaml/resolver.py, Resolver.add_implicit_resolver for int and float. */
const PYYAML_BINARY = /^[-+]?0b[0-1_]+$/;
const PYYAML_OCTAL = /^[-+]?0[0-7_]+$/;
const PYYAML_DECIMAL = /^[-+]?(?:0|[1-9][0-9_]*)$/;
const PYYAML_HEXADECIMAL = /^[-+]?0x[0-9a-fA-F_]+$/;
const PYYAML_BASE_60 = /^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$/;
const PYYAML_FLOAT = /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)$/;
const BASE_60_FLOAT = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$/;

/** OmegaConf: omegaconf/_utils.py, get_yaml_loader; it comes on top of PyYAML's own patterns. */
const OMEGACONF_FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|\.[0-9_]+(?:[eE][-+][0-9]+)?)$/;

function readPyYamlNumber(source: string): number | undefined {
  if (PYYAML_FLOAT.test(source)) return finite(Number(source.replaceAll('_', '')));
  return readPyYamlInteger(source) ?? readBase60(source, BASE_60_FLOAT) ?? readInfinityOrNaN(source);
}

function readOmegaConfNumber(source: string): number | undefined {
  return OMEGACONF_FLOAT.test(source) ? finite(Number(source.replaceAll('_', ''))) : readPyYamlNumber(source);
}

function readPyYamlInteger(source: string): number | undefined {
  if (PYYAML_DECIMAL.test(source)) return Number(source.replaceAll('_', ''));
  if (PYYAML_BINARY.test(source)) return inBase(source, 2);
  if (PYYAML_OCTAL.test(source)) return inBase(source, 8);
  if (PYYAML_HEXADECIMAL.test(source)) return inBase(source, 16);
  return readBase60(source, PYYAML_BASE_60);
}

function inBase(source: string, base: number): number | undefined {
  const sign = source.startsWith('-') ? -1 : 1;
  const digits = source
    .replaceAll('_', '')
    .replace(/^[-+]/, '')
    .replace(/^0[bx]/, '');
  return finite(sign * Number.parseInt(digits, base));
}

/** `04:00:00` is a string but `4:00:00` is 14400: the first digit of a base-60 integer is not zero. */
function readBase60(source: string, pattern: RegExp): number | undefined {
  if (!pattern.test(source)) return undefined;
  const sign = source.startsWith('-') ? -1 : 1;
  const parts = source.replaceAll('_', '').replace(/^[-+]/, '').split(':');
  return finite(sign * parts.reduce((total, part) => total * 60 + Number(part), 0));
}

/** A text such as `0x_` matches PyYAML's pattern and then makes its constructor fail: no number either way. */
function finite(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

function readInfinityOrNaN(source: string): number | undefined {
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(source)) {
    return source.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  return /^\.(?:nan|NaN|NAN)$/.test(source) ? Number.NaN : undefined;
}
