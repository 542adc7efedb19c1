import { roundToBlock } from '../block-size.ts';
import { TERM_INDEX } from '../terms.ts';
import type { TermName } from '../types.ts';
import type { CompiledProgram, CompileOptions, SlotTable, Trace } from './compiled-program.ts';
import { DTYPE_BYTES } from './dtype.ts';
import { keptValues } from './kept-ops.ts';
import type { Parameter } from './parameter.ts';
import type { Op, Program, Value } from './tape.ts';

/** Works out when each of a program's tensors is allocated and freed. */
export function compile(program: Program, options: CompileOptions): CompiledProgram {
  return new Compiler(program, options).run();
}

/** A gradient's buffer, which addition may share between several values. */
interface GradientBuffer {
  readonly slot: number;
  references: number;
}

class Compiler {
  readonly #program: Program;
  readonly #options: CompileOptions;
  readonly #slots: SlotTable = { bytes: [], exactBytes: [], terms: [] };
  readonly #saveCounts: number[];
  /** Left by the first pass of selective checkpointing: live before the second begins. */
  readonly #kept: ReadonlySet<Value>;
  readonly #live: boolean[];
  #events: number[] = [];
  readonly #parameterGradients: number[] = [];
  #tiedGradient: number | undefined;

  constructor(program: Program, options: CompileOptions) {
    this.#program = program;
    this.#options = options;
    this.#saveCounts = new Array<number>(program.valueCount).fill(0);
    this.#live = new Array<boolean>(program.valueCount).fill(false);
    this.#kept = keptValues(program, options.kept);
    if (options.saves) this.#countSaves();
    this.#layOutValues();
  }

  run(): CompiledProgram {
    const forward = this.#forward();
    const cached = this.#dropUnsaved();
    const leaveAutocast = this.#trace(cached.map((value) => value.id * 2 + 1));
    for (const value of cached) this.#live[value.id] = false;
    // From here on the output is the caller's, also where an op of the program keeps it.
    this.#live[this.#program.output.id] = false;
    const savedSlots = this.#liveSlots();
    const savesInput = this.#program.inputs.map((value) => this.#isSaved(value));
    const { outputGradient, inputGradients } = this.#options.saves
      ? this.#backward()
      : { outputGradient: this.#slot(0, 'temporaries'), inputGradients: [] };
    return {
      program: this.#program,
      slots: this.#slots,
      forward,
      leaveAutocast,
      savedSlots,
      savesInput,
      backward: this.#takeTrace(),
      outputGradient,
      inputGradients,
      parameterGradients: this.#parameterGradients,
      tiedGradient: this.#tiedGradient,
    };
  }

  #countSaves(): void {
    for (const op of this.#program.ops) {
      if (!op.outputs.some((value) => value.needsGradient)) continue;
      for (const value of op.saves) this.#saveCounts[value.id] = (this.#saveCounts[value.id] ?? 0) + 1;
    }
  }

  #layOutValues(): void {
    const place = (value: Value): void => {
      this.#slots.bytes[value.id] = roundToBlock(value.bytes);
      this.#slots.exactBytes[value.id] = value.bytes;
      this.#slots.terms[value.id] = TERM_INDEX[this.#termOf(value)];
    };
    for (const value of this.#program.inputs) place(value);
    for (const op of this.#program.ops) for (const value of op.outputs) place(value);
  }

  #termOf(value: Value): TermName {
    if (value.term !== undefined) return value.term;
    // What goes in and comes out is the residual stream, which belongs to the caller.
    if (this.#program.inputs.includes(value)) return 'activations';
    const stays = this.#isSaved(value) || this.#kept.has(value) || value === this.#program.output;
    return stays ? 'activations' : 'temporaries';
  }

  #forward(): Trace[] {
    const traces: Trace[] = [];
    const dying = this.#valuesByLastUse();
    for (const [index, op] of this.#program.ops.entries()) {
      if (op.kind === 'leave autocast') traces.push(this.#takeTrace());
      for (const value of op.outputs) this.#allocate(value);
      this.#scratch(op.forwardScratch);
      for (const value of op.outputs) if (value.lastUse < 0 && !this.#outlives(value)) this.#free(value);
      for (const value of dying[index] ?? []) if (!this.#outlives(value) && !isCached(value)) this.#free(value);
    }
    traces.push(this.#takeTrace());
    return traces;
  }

  #valuesByLastUse(): Value[][] {
    const dying: Value[][] = [];
    for (const op of this.#program.ops)
      for (const value of op.outputs) {
        if (value.lastUse < 0) continue;
        const bucket = dying[value.lastUse];
        if (bucket === undefined) dying[value.lastUse] = [value];
        else bucket.push(value);
      }
    return dying;
  }

  /** Weight casts that stay until autocast ends. */
  #dropUnsaved(): Value[] {
    const cached: Value[] = [];
    for (const op of this.#program.ops)
      for (const value of op.outputs)
        if (this.#live[value.id] && !this.#outlives(value) && isCached(value)) cached.push(value);
    return cached;
  }

  #liveSlots(): number[] {
    const slots: number[] = [];
    for (const [id, live] of this.#live.entries()) if (live) slots.push(id);
    return slots;
  }

  #backward(): Pick<CompiledProgram, 'outputGradient' | 'inputGradients'> {
    const { output, inputs, ops } = this.#program;
    const outputGradient = this.#slot(this.#slots.exactBytes[output.id] ?? 0, gradientTerm(output));
    const gradients: (GradientBuffer | undefined)[] = [];
    gradients[output.id] = { slot: outputGradient, references: 1 };
    for (let index = ops.length - 1; index >= 0; index -= 1) {
      const op = ops[index];
      if (op === undefined) continue;
      this.#backwardThrough(op, gradients);
      for (const value of op.saves) this.#releaseSaved(value);
    }
    for (const [id, live] of this.#live.entries()) if (live) this.#freeSlot(id);
    return { outputGradient, inputGradients: inputs.map((value) => gradients[value.id]?.slot) };
  }

  #backwardThrough(op: Op, gradients: (GradientBuffer | undefined)[]): void {
    const incoming: GradientBuffer[] = [];
    for (const value of op.outputs) {
      const gradient = gradients[value.id];
      if (gradient === undefined) continue;
      incoming.push(gradient);
      gradients[value.id] = undefined;
    }
    const first = incoming[0];
    if (first === undefined) return;
    const weightFirst = op.weightGradientFirst && (op.kind === 'linear' || op.kind === 'checkpointed loss');
    if (weightFirst) this.#parameterGradientsOf(op);
    const outgoing = this.#inputGradientsOf(op, first, weightFirst);
    this.#scratch(op.backwardScratch);
    if (!weightFirst) this.#parameterGradientsOf(op);
    for (const buffer of incoming) this.#drop(buffer);
    for (const [value, buffer] of outgoing) this.#accumulate(value, buffer, gradients);
  }

  #inputGradientsOf(op: Op, incoming: GradientBuffer, reversed: boolean): (readonly [Value, GradientBuffer])[] {
    const outgoing: (readonly [Value, GradientBuffer])[] = [];
    const inputs = reversed ? [...op.inputs].reverse() : op.inputs;
    for (const value of inputs) {
      if (!value.needsGradient) continue;
      const mayShare = op.sharesGradient === 'all' || (op.sharesGradient === 'first' && value === op.inputs[0]);
      if (mayShare && this.#slots.bytes[incoming.slot] === this.#slots.bytes[value.id]) {
        incoming.references += 1;
        outgoing.push([value, incoming]);
      } else {
        const slot = this.#slot(this.#slots.exactBytes[value.id] ?? 0, gradientTerm(value));
        this.#events.push(slot * 2);
        outgoing.push([value, { slot, references: 1 }]);
      }
    }
    return outgoing;
  }

  /** A second gradient of a value is added in place, or into a third buffer where the first one is shared. */
  #accumulate(value: Value, buffer: GradientBuffer, gradients: (GradientBuffer | undefined)[]): void {
    const present = gradients[value.id];
    if (present === undefined) {
      gradients[value.id] = buffer;
      return;
    }
    if (present.references > 1 && buffer !== present) {
      const slot = this.#slot(this.#slots.exactBytes[value.id] ?? 0, gradientTerm(value));
      this.#events.push(slot * 2);
      this.#drop(present);
      gradients[value.id] = { slot, references: 1 };
    }
    this.#drop(buffer);
  }

  #parameterGradientsOf(op: Op): void {
    for (const parameter of op.parameters)
      if (parameter.trainable && parameter.elements > 0) this.#parameterGradient(parameter);
  }

  #parameterGradient(parameter: Parameter): void {
    const keeps = parameter.shared !== true && (parameter.tied || this.#options.keepsGradients);
    const slot = this.#slot(parameter.elements * DTYPE_BYTES[parameter.dtype], keeps ? 'gradients' : 'temporaries');
    this.#events.push(slot * 2);
    if (parameter.tied) this.#tiedGradient = slot;
    else if (keeps) this.#parameterGradients.push(slot);
    else this.#freeSlot(slot);
  }

  #releaseSaved(value: Value): void {
    const count = this.#saveCounts[value.id] ?? 0;
    if (count === 0) return;
    this.#saveCounts[value.id] = count - 1;
    if (count === 1 && this.#live[value.id]) this.#free(value);
  }

  #isSaved(value: Value): boolean {
    return (this.#saveCounts[value.id] ?? 0) > 0;
  }

  #outlives(value: Value): boolean {
    if (value === this.#program.output || this.#isSaved(value)) return true;
    return !this.#options.saves && this.#kept.has(value);
  }

  #allocate(value: Value): void {
    if (value.bytes === 0) return;
    const isThere = this.#options.saves && this.#kept.has(value);
    if (!isThere) this.#events.push(value.id * 2);
    this.#live[value.id] = true;
  }

  #free(value: Value): void {
    if (!this.#live[value.id]) return;
    this.#live[value.id] = false;
    this.#freeSlot(value.id);
  }

  #freeSlot(slot: number): void {
    this.#events.push(slot * 2 + 1);
  }

  #drop(buffer: GradientBuffer): void {
    buffer.references -= 1;
    if (buffer.references === 0) this.#freeSlot(buffer.slot);
  }

  #scratch(bytes: number): void {
    if (bytes === 0) return;
    const slot = this.#slot(bytes, 'temporaries');
    this.#events.push(slot * 2, slot * 2 + 1);
  }

  #slot(bytes: number, term: TermName): number {
    const { bytes: sizes, exactBytes, terms } = this.#slots;
    const slot = Math.max(sizes.length, this.#program.valueCount);
    sizes[slot] = roundToBlock(bytes);
    exactBytes[slot] = bytes;
    terms[slot] = TERM_INDEX[term];
    return slot;
  }

  #takeTrace(): Trace {
    const trace = this.#trace(this.#events);
    this.#events = [];
    return trace;
  }

  #trace(events: readonly number[]): Trace {
    return { slots: this.#slots, events, summary: undefined };
  }
}

function isCached(value: Value): boolean {
  return value.cachedCast && value.needsGradient;
}

function gradientTerm(value: Value): TermName {
  return value.term === 'logits and loss' ? 'logits and loss' : 'temporaries';
}
