import type { Op, Program, Value } from './tape.ts';

/** Ops that torch.compile leaves to kernels of their own; all else is fused into what reads it (pytorch: torch/_functorch/partitioners.py, get_default_op_list). */
const HEAVY: ReadonlySet<string> = new Set([
  'linear',
  'attention',
  'batched product',
  'grouped product',
  'position projection',
  'convolution',
  'embedding',
  'positions',
  'adapted weight',
  'magnitude',
  'checkpointed loss',
  'fused loss',
  'head gradient',
  'convert outputs',
  'gather',
  'receive',
]);
/** Made by a random number or a reduction: kept, never made again. */
const KEPT_RESULTS: ReadonlySet<string> = new Set(['dropout', 'rsqrt', 'top k', 'layer norm']);

/** What compiled losses were seen to need beyond their kernels' inputs and outputs. */
export interface FusedLoss {
  /** Blocks of logits beside the gradient's own, in backward. */
  readonly gradientBlocks: number;
  /** Rows that matrix products copy to pad them to whole vectors, forward and backward (pytorch: torch/_inductor/fx_passes/pad_mm.py). */
  readonly pads: boolean;
}

/** The same program as torch.compile runs it: chains of light ops are single kernels, and backward makes again what is cheap. */
export function fuse(program: Program, loss?: FusedLoss): Program {
  return new Fuser(program, loss).run();
}

/** What a chain of light ops becomes. */
export const FUSED_KERNEL = 'fused kernel';

interface Group {
  readonly level: number;
  readonly ops: Op[];
}

class Fuser {
  readonly #program: Program;
  readonly #loss: FusedLoss | undefined;
  readonly #makers = new Map<Value, Op>();
  /** Equal casts are made once. */
  readonly #same = new Map<Value, Value>();
  readonly #levels = new Map<Value, number>();
  readonly #groups: Group[] = [];
  readonly #groupOf = new Map<Op, Group>();
  readonly #heavy: { readonly op: Op; readonly level: number }[] = [];
  readonly #saved = new Set<Value>();
  readonly #fresh = new Map<Value, Value>();
  readonly #ops: Op[] = [];

  constructor(program: Program, loss: FusedLoss | undefined) {
    this.#program = program;
    this.#loss = loss;
  }

  run(): Program {
    const { ops, inputs, output } = this.#program;
    for (const op of ops) this.#place(op);
    const heavySaves = new Map(this.#heavy.map(({ op }) => [op, this.#own(op.saves)]));
    for (const saves of heavySaves.values()) for (const value of saves) this.#saved.add(value);
    const groupSaves = new Map(this.#groups.map((group) => [group, this.#cheapest(group)]));
    const freshInputs = inputs.map((value) => this.#renew(value));
    const ordered = [
      ...this.#groups.map((group) => ({
        level: group.level,
        order: 0,
        emit: () => this.#emitGroup(group, groupSaves.get(group) ?? []),
      })),
      ...this.#heavy.map(({ op, level }) => ({
        level,
        order: 1,
        emit: () => this.#emitHeavy(op, heavySaves.get(op) ?? []),
      })),
    ];
    ordered.sort((a, b) => a.level - b.level || a.order - b.order);
    for (const { emit } of ordered) emit();
    return {
      ops: this.#ops,
      valueCount: this.#fresh.size,
      inputs: freshInputs,
      output: this.#renew(this.#alias(output)),
    };
  }

  #alias(value: Value): Value {
    return this.#same.get(value) ?? value;
  }

  #own(values: readonly Value[]): Value[] {
    return [...new Set(values.map((value) => this.#alias(value)))];
  }

  #level(value: Value): number {
    return this.#levels.get(this.#alias(value)) ?? 0;
  }

  #place(op: Op): void {
    if (op.kind === 'leave autocast') return;
    const level = Math.max(0, ...op.inputs.map((value) => this.#level(value)));
    if (HEAVY.has(op.kind)) {
      this.#heavy.push({ op, level });
      for (const value of op.outputs) this.#made(value, op, level + 1);
      return;
    }
    if (op.kind === 'cast' && this.#isRepeated(op)) return;
    this.#join(op, level);
    for (const value of op.outputs) this.#made(value, op, level);
  }

  #made(value: Value, op: Op, level: number): void {
    this.#makers.set(value, op);
    this.#levels.set(value, level);
  }

  #isRepeated(op: Op): boolean {
    const [input] = op.inputs;
    const [output] = op.outputs;
    if (input === undefined || output === undefined) return false;
    for (const [value, maker] of this.#makers) {
      const from = maker.inputs[0];
      if (maker.kind !== 'cast' || from === undefined || value.dtype !== output.dtype) continue;
      if (this.#alias(from) !== this.#alias(input) || value.elements !== output.elements) continue;
      this.#same.set(output, value);
      return true;
    }
    return false;
  }

  /** Into the group of the light ops beside it, which become one. */
  #join(op: Op, level: number): void {
    const neighbours = new Set<Group>();
    for (const value of op.inputs) {
      const maker = this.#makers.get(this.#alias(value));
      const group = maker === undefined ? undefined : this.#groupOf.get(maker);
      if (group?.level === level) neighbours.add(group);
    }
    const [first, ...others] = neighbours;
    const group = first ?? { level, ops: [] };
    if (first === undefined) this.#groups.push(group);
    for (const other of others) {
      group.ops.push(...other.ops);
      for (const moved of other.ops) this.#groupOf.set(moved, group);
      this.#groups.splice(this.#groups.indexOf(other), 1);
    }
    group.ops.push(op);
    this.#groupOf.set(op, group);
  }

  /** What a group's backward keeps: of each value it needs either that, or the unkept values it is made of where they are smaller. */
  #cheapest(group: Group): Value[] {
    const kept = new Set<Value>();
    const keep = (value: Value): void => {
      kept.add(value);
      this.#saved.add(value);
    };
    for (const op of group.ops) {
      if (!op.outputs.some((value) => value.needsGradient)) continue;
      for (const value of this.#own(op.saves)) {
        const sources = [...this.#sources(value)];
        const missing = sources.filter((source) => !this.#saved.has(source));
        const bytes = missing.reduce((total, source) => total + source.bytes, 0);
        if (bytes < value.bytes || this.#saved.has(value))
          for (const source of this.#saved.has(value) ? [value] : sources) keep(source);
        else keep(value);
      }
    }
    return [...kept];
  }

  /** The values that a light value is made of without any kernel of its own. */
  #sources(value: Value, found = new Set<Value>()): Set<Value> {
    const own = this.#alias(value);
    const maker = this.#makers.get(own);
    if (maker === undefined || HEAVY.has(maker.kind) || KEPT_RESULTS.has(maker.kind) || this.#saved.has(own))
      found.add(own);
    else for (const input of maker.inputs) this.#sources(input, found);
    return found;
  }

  #emitHeavy(op: Op, saves: readonly Value[]): void {
    const inputs = this.#own(op.inputs);
    const pads = this.#loss?.pads === true && op.outputs.some(({ term }) => term === 'logits and loss');
    const padding = pads && op.kind === 'linear' ? (op.outputs[0]?.bytes ?? 0) : 0;
    this.#emit({
      ...op,
      forwardScratch: op.forwardScratch + padding,
      inputs,
      outputs: op.outputs,
      saves: op.outputs.some((value) => value.needsGradient) ? [...saves] : [],
    });
  }

  #emitGroup(group: Group, saves: readonly Value[]): void {
    const inside = new Set(group.ops);
    const outside = (value: Value): boolean => {
      const maker = this.#makers.get(value);
      return maker === undefined || !inside.has(maker);
    };
    const inputs = this.#own(group.ops.flatMap((op) => op.inputs)).filter(outside);
    const outputs = group.ops.flatMap((op) => op.outputs).filter((value) => this.#isMade(value, inside));
    const parameters = group.ops.flatMap((op) => op.parameters);
    const adds = group.ops.every(({ kind }) => kind === 'add');
    this.#emit({
      kind: FUSED_KERNEL,
      inputs,
      outputs,
      saves: [...saves],
      parameters,
      forwardScratch: 0,
      backwardScratch: this.#lossScratch(group, inputs),
      sharesGradient: adds ? 'all' : 'none',
      weightGradientFirst: false,
      inFeedForward: group.ops.every(({ inFeedForward }) => inFeedForward),
    });
  }

  #lossScratch(group: Group, inputs: readonly Value[]): number {
    if (this.#loss === undefined || !group.ops.some(({ kind }) => kind === 'nll')) return 0;
    const logits = inputs.reduce((most, value) => Math.max(most, value.bytes), 0);
    return logits * (this.#loss.gradientBlocks + (this.#loss.pads ? 1 : 0));
  }

  /** Written to memory: read by another kernel, kept for backward, or the program's own output. */
  #isMade(value: Value, inside: ReadonlySet<Op>): boolean {
    if (this.#saved.has(value) || value === this.#alias(this.#program.output)) return true;
    return this.#program.ops.some((op) => !inside.has(op) && op.inputs.some((input) => this.#alias(input) === value));
  }

  #emit(op: Op): void {
    const index = this.#ops.length;
    const inputs = op.inputs.map((value) => this.#renew(value));
    for (const value of inputs) value.lastUse = index;
    this.#ops.push({
      ...op,
      inputs,
      outputs: op.outputs.map((value) => this.#renew(value)),
      saves: op.saves.map((value) => this.#renew(this.#alias(value))),
    });
  }

  #renew(value: Value): Value {
    const known = this.#fresh.get(value);
    if (known !== undefined) return known;
    const fresh = { ...value, id: this.#fresh.size, lastUse: -1, cachedCast: false };
    this.#fresh.set(value, fresh);
    return fresh;
  }
}
