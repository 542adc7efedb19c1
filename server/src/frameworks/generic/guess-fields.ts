import { findModel, findOptimizer } from '../../facts/index.ts';
import type { FieldName, TensorDtype } from '../../plan/index.ts';
import type { ConfigNode, ConfigTree, MapNode, ScalarNode } from '../../text/index.ts';
import { readDuration } from '../kit/duration.ts';
import { castNumber } from '../kit/key.ts';
import { ASIDE_BRANCH, FOREIGN_BRANCH, FOREIGN_KEYS } from './branch-names.ts';
import {
  CLASS_NAMES,
  GUESSED_FIELDS,
  OPEN_BATCH_NAMES,
  OPTIMIZER_NAMES,
  PRECISION_NAMES,
  RATE_NAMES,
} from './field-names.ts';
import type { GuessedField } from './guessed-field.ts';
import { CLASS_PATHS, SMALL_PARTS } from './model-names.ts';

/** A value that may be a field's, where it stands. */
export interface Guess {
  readonly field: FieldName;
  readonly value: number | string;
  readonly node: ScalarNode;
}

/** Deeper maps, longer lists and larger files than training configs have. */
const MAX_DEPTH = 8;
const MAX_ITEMS = 16;
const MAX_ENTRIES = 4000;

/**
 * What a file of an unknown framework says under the names that are common in the field, at any depth. A field whose
 * names state unlike values stays unknown. Undefined: the file is no training config as far as can be told.
 */
export function guessFields(tree: ConfigTree): readonly Guess[] | undefined {
  if (tree.root?.kind !== 'map' || isForeign(tree.root)) return undefined;
  const seen = new Collector().collect(tree.root);
  if (seen === undefined) return undefined;
  const own = seen.filter(({ aside }) => aside !== true);
  const guesses = [
    ...GUESSED_FIELDS.flatMap((field) => fieldOf(field, field.field === 'data.sequenceLength' ? seen : own)),
    ...optimizerOf(own),
    ...precisionOf(own),
    ...durationOf(own),
  ];
  return isEnough(guesses, own) ? withoutDoubt([...guesses, ...openBatchOf(guesses, own)]) : undefined;
}

function isForeign(root: MapNode): boolean {
  return root.entries.some(({ key }) => FOREIGN_KEYS.has(key));
}

/** Two of batch, learning rate, optimizer and length: fewer are found in many a file that trains nothing. */
function isEnough(guesses: readonly Guess[], seen: readonly Seen[]): boolean {
  const has = (...fields: readonly FieldName[]): boolean => guesses.some(({ field }) => fields.includes(field));
  // Several rates that differ are no one's rate, and a base rate is rescaled by some; but they are rates.
  const rate = seen.some(({ name, node }) => RATE_NAMES.has(name) && readAs(node, 'rate') !== undefined);
  const optimizer = has('optimizer.name');
  const batch =
    has('batch.micro', 'batch.global') || seen.some(({ name, node }) => OPEN_BATCH_NAMES.has(name) && isCount(node));
  const length = has('schedule.totalSteps', 'schedule.epochs') || ((rate || optimizer) && has('data.sequenceLength'));
  return [rate || has('optimizer.peakLearningRate'), optimizer, batch, length].filter(Boolean).length >= 2;
}

interface Seen {
  /** The key without case and separators. */
  readonly name: string;
  /** The same of the key above. */
  readonly above: string;
  readonly node: ScalarNode;
  /** It stands in a branch that says of the run no more than a length. */
  readonly aside?: true;
}

class Collector {
  private readonly seen: Seen[] = [];
  private left = MAX_ENTRIES;

  /** Every value with its names; undefined where the file is larger than a config. */
  collect(root: MapNode): readonly Seen[] | undefined {
    this.visit(root, '', 0, false);
    return this.left < 0 ? undefined : this.seen;
  }

  private visit(node: ConfigNode, above: string, depth: number, aside: boolean): void {
    if (depth > MAX_DEPTH || this.left < 0 || node.kind === 'scalar') return;
    if (node.kind === 'seq') {
      for (const item of node.items.slice(0, MAX_ITEMS))
        if (item.kind === 'map') this.visit(item, above, depth + 1, aside);
      return;
    }
    for (const { key, value, overwritten } of node.entries) {
      this.left -= 1;
      if (overwritten === true) continue;
      const name = tidied(key);
      const scalar = soleScalar(value);
      if (scalar !== undefined) this.add({ name, above, node: scalar, ...(aside ? { aside } : {}) });
      else if (!FOREIGN_BRANCH.test(name)) this.visit(value, name, depth + 1, aside || ASIDE_BRANCH.test(name));
    }
  }

  private add(seen: Seen): void {
    if (seen.node.unresolved === undefined && seen.node.value !== null) this.seen.push(seen);
  }
}

function tidied(key: string): string {
  return key.length > 80 ? '' : key.replaceAll(/[^A-Za-z0-9]/g, '').toLowerCase();
}

/** A value, or the only one of a list: schedules by epoch are often written so. */
function soleScalar(node: ConfigNode): ScalarNode | undefined {
  if (node.kind === 'scalar') return node;
  const [only, ...more] = node.kind === 'seq' ? node.items : [];
  return only?.kind === 'scalar' && more.length === 0 ? only : undefined;
}

function fieldOf({ field, names, kind }: GuessedField, seen: readonly Seen[]): readonly Guess[] {
  for (const group of names) {
    const found = seen.flatMap((one) => {
      const isNamed = group.includes(one.name) || group.includes(`${one.above}/${one.name}`);
      if (!isNamed || (kind === 'count' && field.startsWith('model.') && SMALL_PARTS.test(one.above))) return [];
      const value = CLASS_PATHS.has(one.name) ? lastPart(readAs(one.node, kind)) : readAs(one.node, kind);
      return value === undefined ? [] : [{ field, value, node: one.node, above: one.above }];
    });
    // A rate beside a schedule's settings is its start or its end, unless there is no other.
    const own = found.filter(({ above }) => !/sched/.test(above));
    if (found.length > 0) return unanimous(own.length > 0 ? own : found);
  }
  return [];
}

function lastPart(value: number | string | undefined): number | string | undefined {
  return typeof value === 'string' ? value.slice(value.lastIndexOf('.') + 1) || undefined : value;
}

function readAs(node: ScalarNode, kind: GuessedField['kind']): number | string | undefined {
  if (kind === 'text')
    return typeof node.value === 'string' && /^[\w./:@-]{2,200}$/.test(node.value) ? node.value : undefined;
  const number = castNumber(node.value);
  if (number === undefined || typeof node.value === 'boolean') return undefined;
  switch (kind) {
    case 'count':
      return Number.isInteger(number) && number > 0 ? number : undefined;
    case 'rate':
      return number > 0 && number <= 10 ? number : undefined;
    case 'share':
      return number >= 0 && number < 1 ? number : undefined;
    case 'number':
      return number > 0 ? number : undefined;
    default:
      return kind satisfies never;
  }
}

function isCount(node: ScalarNode): boolean {
  return readAs(node, 'count') !== undefined;
}

/** The first of several statements that agree; none where they do not. */
function unanimous(found: readonly Guess[]): readonly Guess[] {
  const [first] = found;
  return first === undefined || found.some(({ value }) => value !== first.value) ? [] : [first];
}

function optimizerOf(seen: readonly Seen[]): readonly Guess[] {
  const found = seen.flatMap(({ name, above, node }): readonly Guess[] => {
    const names = OPTIMIZER_NAMES.has(name) || (CLASS_NAMES.has(name) && OPTIMIZER_NAMES.has(above));
    const { value } = node;
    return names && typeof value === 'string' && findOptimizer(value) !== undefined
      ? [{ field: 'optimizer.name', value, node }]
      : [];
  });
  return unanimous(found);
}

/** Lengths with a unit, as Composer and OLMo write them. */
function durationOf(seen: readonly Seen[]): readonly Guess[] {
  return unanimous(
    seen.flatMap(({ name, node }): readonly Guess[] => {
      const length = name === 'maxduration' && typeof node.value === 'string' ? readDuration(node.value) : undefined;
      const field = length === undefined ? undefined : LENGTHS[length.unit];
      return length === undefined || field === undefined ? [] : [{ field, value: length.amount, node }];
    }),
  );
}

const LENGTHS: Readonly<Partial<Record<string, FieldName>>> = {
  steps: 'schedule.totalSteps',
  epochs: 'schedule.epochs',
  tokens: 'schedule.totalTokens',
};

/** Beside both batch sizes an accumulation of one is one nobody set: the batches say the real one. */
function withoutDoubt(guesses: readonly Guess[]): readonly Guess[] {
  const both = ['batch.micro', 'batch.global'].every((field) => guesses.some((guess) => guess.field === field));
  // A published model has its own dimensions; sizes beside its name are a part's.
  const isPublished = guesses.some(
    ({ field, value }) => field === 'model.name' && findModel(String(value)) !== undefined,
  );
  return guesses.filter(({ field, value }) => {
    if (field === 'batch.gradientAccumulation') return !both || value !== 1;
    return !isPublished || field === 'model.name' || !field.startsWith('model.');
  });
}

const DTYPES: readonly (readonly [RegExp, TensorDtype])[] = [
  [/^(torch\.|amp_)?(bf16|bfloat_?16)([-_](mixed|true))?$/, 'bf16'],
  [/^(torch\.|amp_)?(fp16|float_?16|16|half)([-_](mixed|true))?$/, 'fp16'],
  [/^(torch\.)?(fp32|float_?32|f32|32|no|full)([-_]true)?$/, 'fp32'],
];

/** The dtype of the multiplications, as one word or as the switch that is on. */
function precisionOf(seen: readonly Seen[]): readonly Guess[] {
  const found = seen.flatMap(({ name, node }): readonly Guess[] => {
    // Trainers that take `auto` use bf16 wherever the GPU has it.
    if ((name === 'bf16' || name === 'fp16') && (node.value === true || (name === 'bf16' && node.value === 'auto')))
      return [{ field: 'precision.compute', value: name, node }];
    if (!PRECISION_NAMES.has(name)) return [];
    const text = String(node.value).toLowerCase();
    // A policy for parameters, computation and output, of which the middle one is meant (jmp).
    const word = /(?:^|,)c(?:ompute)?=(\w+)/.exec(text)?.[1] ?? text;
    const dtype = DTYPES.find(([pattern]) => pattern.test(word))?.[1];
    return dtype === undefined ? [] : [{ field: 'precision.compute', value: dtype, node }];
  });
  return unanimous(found);
}

/** A batch that is filled up says how many samples are in it nowhere; of tokens it says how many. */
function filledBatchOf(type: string, seen: readonly Seen[]): readonly Guess[] {
  if (!type.startsWith('tok')) return [];
  return unanimous(seen.flatMap(({ name, node }) => (name === 'batchsize' ? countAs('batch.microTokens', node) : [])));
}

/** Words for batches that are filled up to a number of something else than samples. */
const FILLED = /tok|numel|length|frame|bin|duration|dynamic/;

/** A plain batch size is one device's where it stands alone, and all devices' beside a micro batch. */
function openBatchOf(guesses: readonly Guess[], seen: readonly Seen[]): readonly Guess[] {
  const type = seen.find(({ name }) => name === 'batchtype')?.node.value;
  if (typeof type === 'string' && FILLED.test(type.toLowerCase())) return filledBatchOf(type.toLowerCase(), seen);
  const known = (field: FieldName): boolean => guesses.some((guess) => guess.field === field);
  if (known('batch.global')) return [];
  const plain = seen.filter(({ name }) => OPEN_BATCH_NAMES.has(name));
  const isMicroNamed = seen.some(({ name }) => GUESSED_FIELDS[0]?.names.flat().includes(name));
  // Beside a key for one device's, set or not, a training batch is all devices'; a plain batch size may be either's.
  if (isMicroNamed) {
    const whole = plain.filter(({ name }) => name === 'trainbatchsize');
    return unanimous(whole.flatMap(({ node }) => countAs('batch.global', node)));
  }
  if (known('batch.micro')) return [];
  // Of a training batch only an accumulation tells that it is one device's: DeepSpeed and others count all of them.
  const isOneDevice =
    plain.every(({ name }) => name === 'batchsize' || name === 'bs') || known('batch.gradientAccumulation');
  return isOneDevice ? unanimous(plain.flatMap(({ node }) => countAs('batch.micro', node))) : [];
}

function countAs(field: FieldName, node: ScalarNode): readonly Guess[] {
  const value = readAs(node, 'count');
  return value === undefined ? [] : [{ field, value, node }];
}
