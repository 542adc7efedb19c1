import type { ConfigValue } from '../../text/index.ts';
import { calculate } from './arithmetic.ts';

type Resolver = (args: readonly ConfigValue[]) => ConfigValue | undefined;

/** A resolver over numbers; one argument that is none leaves the result unknown. */
function ofNumbers(compute: (numbers: readonly number[]) => number | undefined): Resolver {
  return (args) => {
    const numbers = args.map(asNumber);
    const known = numbers.filter((number) => number !== undefined);
    if (known.length !== numbers.length || known.length === 0) return undefined;
    const result = compute(known);
    return result !== undefined && Number.isFinite(result) ? result : undefined;
  };
}

function ofTwo(compute: (left: number, right: number) => number | undefined): Resolver {
  return ofNumbers(([left, right, ...more]) =>
    left === undefined || right === undefined || more.length > 0 ? undefined : compute(left, right),
  );
}

function asNumber(value: ConfigValue): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? calculate(value) : undefined;
}

const PRODUCT = ofNumbers((numbers) => numbers.reduce((product, number) => product * number, 1));
const SUM = ofNumbers((numbers) => numbers.reduce((sum, number) => sum + number, 0));
const FLOOR = ofTwo((left, right) => Math.floor(left / right));
const DIFFERENCE = ofTwo((left, right) => left - right);

/**
 * Resolvers that frameworks register under these names. `div` rounds in some and not in others, so it is known only
 * where it comes out even. Sources: omegaconf: omegaconf/resolvers/oc/__init__.py;
 * NeMo-RL: nemo_rl/utils/config.py; NeMo-Framework-Launcher: launcher_scripts/main.py.
 */
const RESOLVERS: ReadonlyMap<string, Resolver> = new Map([
  // What the environment holds is not in the text; the fallback is what the file alone says.
  ['oc.env', ([, fallback]) => fallback],
  ['oc.decode', ([value]) => (typeof value === 'string' ? (asNumber(value) ?? value) : value)],
  ['mul', PRODUCT],
  ['multiply', PRODUCT],
  ['add', SUM],
  ['sum', SUM],
  ['sub', DIFFERENCE],
  ['subtract', DIFFERENCE],
  ['divide_floor', FLOOR],
  ['floor_div', FLOOR],
  ['int_div', FLOOR],
  ['divide_ceil', ofTwo((left, right) => Math.ceil(left / right))],
  ['truediv', ofTwo((left, right) => left / right)],
  ['div', ofTwo((left, right) => (Number.isInteger(left / right) ? left / right : undefined))],
  ['divide', ofTwo((left, right) => (Number.isInteger(left / right) ? left / right : undefined))],
  ['max', ofNumbers((numbers) => Math.max(...numbers))],
  ['min', ofNumbers((numbers) => Math.min(...numbers))],
  ['eval', ([text, ...more]) => (more.length === 0 && text !== undefined ? asNumber(text) : undefined)],
]);

/** What a resolver call comes to; undefined where the resolver is not known or the arguments do not determine it. */
export function callResolver(name: string, args: readonly ConfigValue[]): ConfigValue | undefined {
  return RESOLVERS.get(name)?.(args);
}
