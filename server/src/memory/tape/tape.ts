import type { TermName } from '../types.ts';
import type { Dtype } from '../workload.ts';
import { DTYPE_BYTES } from './dtype.ts';
import type { Parameter } from './parameter.ts';
import type { TapeContext } from './tape-context.ts';

/** One tensor's storage. Views (transpose, reshape, chunk) are the same value, so a slice keeps its whole buffer alive. */
export interface Value {
  readonly id: number;
  readonly elements: number;
  readonly dtype: Dtype;
  bytes: number;
  needsGradient: boolean;
  /** Index of the last op that reads it, or at whose end the Python local that holds it goes away; -1 for never read. */
  lastUse: number;
  /** The part of the peak it counts to; undefined: an activation where it is saved, else a temporary. */
  readonly term: TermName | undefined;
  /** The 16-bit copy of a trainable fp32 weight, which autocast keeps until it ends. */
  readonly cachedCast: boolean;
}

export interface Op {
  readonly kind: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly saves: Value[];
  readonly parameters: readonly Parameter[];
  /** Bytes that live during the op alone. */
  forwardScratch: number;
  backwardScratch: number;
  /** Addition hands its gradient's buffer on to its inputs: to all of them, to the first, or to none. */
  readonly sharesGradient: 'none' | 'all' | 'first';
  readonly weightGradientFirst: boolean;
  /** It is of the layer's feed-forward or its experts, which checkpointing may take by themselves. */
  readonly inFeedForward: boolean;
}

export interface OpRequest {
  readonly kind: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly elements: number;
  readonly dtype: Dtype;
  readonly saves?: readonly Value[];
  readonly parameters?: readonly Parameter[];
  readonly forwardScratch?: number;
  readonly backwardScratch?: number;
  readonly sharesGradient?: Op['sharesGradient'];
  readonly weightGradientFirst?: boolean;
  readonly cachedCast?: boolean;
}

/** A finished list of ops: one layer, the embedding, or the head. */
export interface Program {
  readonly ops: readonly Op[];
  readonly valueCount: number;
  readonly inputs: readonly Value[];
  readonly output: Value;
}

/** Keeps a value alive until the Python function ends that holds it in a local variable. */
export type Hold = <V extends Value | undefined>(value: V) => V;

/** Records ops in the order the model's forward runs them. */
export class Tape {
  readonly context: TapeContext;
  readonly #ops: Op[] = [];
  readonly #inputs: Value[] = [];
  readonly #heldToTheEnd: Value[] = [];
  #nextId = 0;
  #term: TermName | undefined;
  #inFeedForward = false;

  constructor(context: TapeContext) {
    this.context = context;
  }

  /** A tensor the caller owns. */
  input(elements: number, dtype: Dtype, needsGradient = this.context.inputNeedsGradient): Value {
    const value = this.#value(elements, dtype, needsGradient, false);
    this.#inputs.push(value);
    return value;
  }

  /** Appends an op with one output. */
  op(request: OpRequest): Value {
    const output = this.#append(request);
    return output;
  }

  /** Appends an op with further outputs beside the main one, such as a mask or per-row statistics. */
  opWithExtras(request: OpRequest, extras: readonly { readonly elements: number; readonly dtype: Dtype }[]): Value[] {
    const main = this.#append(request, extras);
    const last = this.lastOp;
    return [main, ...last.outputs.slice(1)];
  }

  get lastOp(): Op {
    const op = this.#ops.at(-1);
    if (op === undefined) throw new Error('The tape is empty.');
    return op;
  }

  /** Adds to what the last op keeps for backward; for values which the op itself made. */
  saveWithLast(...values: readonly Value[]): void {
    this.lastOp.saves.push(...values);
  }

  /** Everything recorded inside counts to one part of the peak. */
  inTerm<T>(term: TermName, body: () => T): T {
    const outer = this.#term;
    this.#term = term;
    const result = body();
    this.#term = outer;
    return result;
  }

  /** Everything recorded inside is of the layer's feed-forward or its experts. */
  inFeedForward<T>(body: () => T): T {
    this.#inFeedForward = true;
    const result = body();
    this.#inFeedForward = false;
    return result;
  }

  /** A Python function: what its locals hold lives until it returns. */
  call<T>(body: (hold: Hold) => T): T {
    const held: Value[] = [];
    const result = body((value) => {
      if (value !== undefined) held.push(value);
      return value;
    });
    for (const value of held) this.holdUntilNow(value);
    return result;
  }

  /** A local variable that is rebound only after the latest op. */
  holdUntilNow(value: Value): void {
    value.lastUse = Math.max(value.lastUse, this.#ops.length - 1);
  }

  /** A value that a local of the program's own function holds until the end. */
  holdToTheEnd(value: Value): void {
    this.#heldToTheEnd.push(value);
  }

  finish(output: Value): Program {
    for (const value of this.#heldToTheEnd) this.holdUntilNow(value);
    return { ops: this.#ops, valueCount: this.#nextId, inputs: this.#inputs, output };
  }

  #append(request: OpRequest, extras: readonly { readonly elements: number; readonly dtype: Dtype }[] = []): Value {
    const inputs = request.inputs.filter((value) => value !== undefined);
    const parameters = request.parameters ?? [];
    const needsGradient = inputs.some((value) => value.needsGradient) || parameters.some((p) => p.trainable);
    const main = this.#value(request.elements, request.dtype, needsGradient, request.cachedCast ?? false);
    const outputs = [main];
    for (const extra of extras) outputs.push(this.#value(extra.elements, extra.dtype, needsGradient, false));

    const index = this.#ops.length;
    for (const value of inputs) value.lastUse = index;
    this.#ops.push({
      kind: request.kind,
      inputs,
      outputs,
      saves: request.saves === undefined ? [] : [...request.saves],
      parameters,
      forwardScratch: request.forwardScratch ?? 0,
      backwardScratch: request.backwardScratch ?? 0,
      sharesGradient: request.sharesGradient ?? 'none',
      weightGradientFirst: request.weightGradientFirst ?? false,
      inFeedForward: this.#inFeedForward,
    });
    return main;
  }

  #value(elements: number, dtype: Dtype, needsGradient: boolean, cachedCast: boolean): Value {
    const id = this.#nextId;
    this.#nextId += 1;
    return {
      id,
      elements,
      dtype,
      bytes: elements * DTYPE_BYTES[dtype],
      needsGradient: needsGradient && dtype !== 'bool' && dtype !== 'i64' && dtype !== 'int8',
      lastUse: -1,
      term: cachedCast ? 'weight casts' : this.#term,
      cachedCast,
    };
  }
}
