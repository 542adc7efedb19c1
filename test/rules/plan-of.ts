import type {
  FieldName,
  PlanFields,
  PlanValues,
  Resident,
  Sourced,
  TrainingPlan,
} from '../../server/src/plan/index.ts';

const WRAPPED = Symbol('sourced');

/** A value with an origin other than "written in the file". */
export interface Wrapped<T> {
  readonly [WRAPPED]: Sourced<T>;
}

type Literal = { readonly [F in FieldName]?: PlanFields[F] | Wrapped<PlanFields[F]> };

/** Each plan field's place in the imagined file: its own offset, so that findings tell fields apart. */
const FILE = 'train.yaml';

/** A plan from a literal: plain values are written in `train.yaml`, others are wrapped by the functions below. */
export function planOf(
  literal: Literal,
  options: { readonly partial?: boolean; readonly residents?: readonly Resident[] } = {},
): TrainingPlan {
  const entries = Object.entries(literal).map(([field, value], index) => {
    const at = { file: FILE, start: index * 10, end: index * 10 + 5 };
    return [field, isWrapped(value) ? value[WRAPPED] : { value, origin: 'explicit', at }];
  });
  return {
    name: 'main',
    at: { file: FILE, start: 0, end: 0 },
    // The literal's type ties each field to its value; entries lose the tie.
    values: Object.fromEntries(entries) as PlanValues,
    residents: options.residents ?? [],
    derivations: [],
    partial: options.partial ?? false,
  };
}

/** The framework's default. */
export function byDefault<const T>(value: T): Wrapped<T> {
  return { [WRAPPED]: { value, origin: 'default', cite: 'the framework' } };
}

/** A value from a setting outside the file. */
export function bySetting<const T>(value: T): Wrapped<T> {
  return { [WRAPPED]: { value, origin: 'setting', setting: 'batchwise.json' } };
}

/** A value computed from other fields. */
export function inferred<const T>(value: T, from: readonly FieldName[] = []): Wrapped<T> {
  return { [WRAPPED]: { value, origin: 'inferred', from, how: 'computed' } };
}

/** A value written here that wins over one written in another file, or under another key of this one. */
export function overriding<const T, const L>(
  value: T,
  loser: L,
  loserFile = 'ds.json',
  [key, loserKey]: readonly string[] = [],
): Wrapped<T | L> {
  const named = (name: string | undefined) => (name === undefined ? {} : { key: name });
  return {
    [WRAPPED]: {
      value,
      origin: 'explicit',
      at: { file: FILE, start: 1, end: 2 },
      ...named(key),
      overridden: [{ value: loser, origin: 'explicit', at: { file: loserFile, start: 3, end: 4 }, ...named(loserKey) }],
    },
  };
}

/** The framework's default beside another value that is written in a file it is matched with. */
export function defaultBeside<const T, const L>(value: T, loser: L, loserFile = 'ds.json'): Wrapped<T | L> {
  const overridden = [{ value: loser, origin: 'explicit', at: { file: loserFile, start: 3, end: 4 } }] as const;
  return { [WRAPPED]: { value, origin: 'default', cite: 'the framework', overridden } };
}

function isWrapped(value: unknown): value is Wrapped<unknown> {
  return typeof value === 'object' && value !== null && WRAPPED in value;
}
