import type { Allocation, Device, Frame } from './device.ts';
import { inputSlot, type MicroStepOptions, outputSlot, ProgramRunner } from './program-runner.ts';
import { T5_INPUTS } from './programs/t5-block.ts';
import type { Seq2SeqModel, Stack } from './seq2seq-model.ts';
import { compile } from './tape/compile.ts';
import type { CompiledProgram } from './tape/compiled-program.ts';
import { DTYPE_BYTES } from './tape/dtype.ts';
import type { Program } from './tape/tape.ts';
import { trains } from './tape/tape-context.ts';
import type { Workload } from './workload.ts';

export interface CompiledSeq2Seq {
  readonly model: Seq2SeqModel;
  readonly encoder: CompiledStack;
  readonly decoder: CompiledStack;
  readonly head: CompiledProgram;
}

interface CompiledStack {
  readonly embedding: CompiledProgram;
  readonly blocks: readonly CompiledProgram[];
  /** Forward that keeps nothing, where blocks are checkpointed. */
  readonly firstPasses: readonly (CompiledProgram | undefined)[];
  readonly finalNorm: CompiledProgram;
}

export function compileSeq2Seq(model: Seq2SeqModel, keepsGradients: boolean): CompiledSeq2Seq {
  const known = new Map<string, CompiledProgram>();
  const numbers = new Map<Program, number>();
  const compiled = (program: Program, saves: boolean): CompiledProgram => {
    const number = numbers.get(program) ?? numbers.size;
    numbers.set(program, number);
    const key = `${number} ${saves}`;
    const result = known.get(key) ?? compile(program, { saves, keepsGradients });
    known.set(key, result);
    return result;
  };
  const checkpoints = model.workload.checkpointing !== 'none';
  const saves = model.workload.inference === undefined;
  const stack = ({ embedding, blocks, finalNorm }: Stack): CompiledStack => ({
    embedding: compiled(embedding, saves),
    blocks: blocks.map((block) => compiled(block, saves)),
    firstPasses: blocks.map((block) => (checkpoints ? compiled(block, false) : undefined)),
    finalNorm: compiled(finalNorm, saves),
  });
  return { model, encoder: stack(model.encoder), decoder: stack(model.decoder), head: compiled(model.head, saves) };
}

/** The same step of another micro batch, with each program exchanged. */
export function mapSeq2Seq(
  { model, encoder, decoder, head }: CompiledSeq2Seq,
  workload: Workload,
  change: (program: CompiledProgram) => CompiledProgram,
): CompiledSeq2Seq {
  const stack = ({ embedding, blocks, firstPasses, finalNorm }: CompiledStack): CompiledStack => ({
    embedding: change(embedding),
    blocks: blocks.map(change),
    firstPasses: firstPasses.map((program) => (program === undefined ? undefined : change(program))),
    finalNorm: change(finalNorm),
  });
  return { model: { ...model, workload }, encoder: stack(encoder), decoder: stack(decoder), head: change(head) };
}

/** Forward and backward of one micro batch of an encoder-decoder. */
export function runSeq2SeqStep(
  device: Device,
  compiled: CompiledSeq2Seq,
  options: MicroStepOptions,
): readonly Allocation[] {
  const step = new Seq2SeqStep(device, compiled, options);
  if (compiled.model.workload.inference !== 'generation') return step.run();
  step.generate();
  return [];
}

interface StackRun {
  readonly embedding: Frame;
  readonly blocks: readonly { readonly frame: Frame; readonly full: CompiledProgram; readonly freedInput: boolean }[];
  readonly finalNorm: Frame;
}

/** A gradient several blocks add to: it stands in the frame of the first that made it. */
interface SharedGradient {
  frame: Frame | undefined;
}

class Seq2SeqStep {
  readonly #device: Device;
  readonly #compiled: CompiledSeq2Seq;
  readonly #options: MicroStepOptions;
  readonly #runner: ProgramRunner;

  constructor(device: Device, compiled: CompiledSeq2Seq, options: MicroStepOptions) {
    this.#device = device;
    this.#compiled = compiled;
    this.#options = options;
    this.#runner = new ProgramRunner(device, options);
  }

  /**
   * The encoder runs once, its output is repeated for every beam, and the decoder keeps its keys and values over it
   * beside those of its own tokens (transformers: cache_utils.py, EncoderDecoderCache).
   */
  generate(): void {
    const { model } = this.#compiled;
    const { shape, microBatch, generation } = model.workload;
    const { sequences, newTokens } = generation ?? { sequences: microBatch, newTokens: 0 };
    const { encoder, decoder, context } = model;
    const inputs = this.#device.allocate(8 * microBatch * 2 * encoder.length, 'inputs');
    const { run, biases } = this.#stackForward(this.#compiled.encoder, [encoder.length * encoder.length]);
    this.#runner.leaveAutocast();
    for (const bias of biases) this.#device.release(bias);
    const outputBytes = run.finalNorm.program.slots.bytes[outputSlot(run.finalNorm)] ?? 0;
    const repeated = this.#device.allocate((outputBytes * sequences) / microBatch, 'activations');
    this.#device.releaseSlot(run.finalNorm, outputSlot(run.finalNorm));
    const computeBytes = DTYPE_BYTES[context.autocast ?? context.weights];
    const tokenBytes = sequences * shape.kvHeads * shape.headDim * computeBytes;
    const caches = decoder.blocks.flatMap(() =>
      [encoder.length, encoder.length, newTokens, newTokens].map((length) =>
        this.#device.allocate(tokenBytes * length, 'key-value cache'),
      ),
    );
    // The last token's logits, their fp32 copy, the scores and their probabilities, as a decoder alone has them.
    const logits = this.#device.allocate(sequences * shape.vocabSize * (computeBytes + 3 * 4), 'logits and loss');
    for (const one of [logits, ...caches, repeated, inputs]) this.#device.release(one);
  }

  run(): readonly Allocation[] {
    const { model } = this.#compiled;
    const { encoder, decoder } = model;
    const { microBatch } = model.workload;
    if (model.workload.inference === undefined) this.#device.phase('forward');
    const inputs = this.#device.allocate(8 * microBatch * (2 * encoder.length + decoder.length), 'inputs');
    const encoderRun = this.#stackForward(this.#compiled.encoder, [encoder.length * encoder.length]);
    const squares = [decoder.length * decoder.length, decoder.length * encoder.length];
    const decoderRun = this.#stackForward(this.#compiled.decoder, squares);

    if (model.workload.inference === undefined) this.#device.phase('loss forward');
    const head = this.#device.open(this.#compiled.head);
    this.#device.handOver(decoderRun.run.finalNorm, outputSlot(decoderRun.run.finalNorm), head, inputSlot(head));
    this.#runner.forward(head);
    this.#runner.leaveAutocast();
    if (model.workload.inference !== undefined) {
      for (const bias of [...encoderRun.biases, ...decoderRun.biases]) this.#device.release(bias);
      this.#device.releaseSlot(encoderRun.run.finalNorm, outputSlot(encoderRun.run.finalNorm));
      this.#device.releaseSlot(head, inputSlot(head));
      this.#device.releaseSlot(head, outputSlot(head));
      this.#device.release(inputs);
      return [];
    }

    this.#device.phase('loss backward');
    this.#runner.backwardFromLoss(head);
    this.#device.releaseSlot(head, inputSlot(head));
    this.#device.phase('backward');
    const encoded = this.#decoderBackward(decoderRun.run, head);
    this.#encoderBackward(encoderRun.run, encoded, head);
    for (const bias of [...encoderRun.biases, ...decoderRun.biases]) this.#device.release(bias);
    this.#device.release(inputs);
    return this.#runner.takeGradients();
  }

  #stackForward(
    stack: CompiledStack,
    biasSquares: readonly number[],
  ): { readonly run: StackRun; readonly biases: readonly Allocation[] } {
    const { workload, context } = this.#compiled.model;
    const embedding = this.#runner.forward(this.#device.open(stack.embedding));
    const biases = biasSquares.map((square) =>
      this.#device.allocate(workload.shape.heads * square * DTYPE_BYTES[context.weights], 'activations'),
    );
    let previous = embedding;
    const blocks = stack.blocks.map((full, index) => {
      const firstPass = stack.firstPasses[index];
      const frame = this.#device.open(firstPass ?? full);
      this.#device.handOver(previous, outputSlot(previous), frame, inputSlot(frame));
      this.#runner.forward(frame);
      const freedInput = firstPass === undefined && frame.program.savesInput[0] !== true;
      if (freedInput) this.#device.releaseSlot(frame, inputSlot(frame));
      previous = frame;
      return { frame, full, freedInput };
    });
    const finalNorm = this.#device.open(stack.finalNorm);
    this.#device.handOver(previous, outputSlot(previous), finalNorm, inputSlot(finalNorm));
    this.#runner.forward(finalNorm);
    if (finalNorm.program.savesInput[0] !== true) this.#device.releaseSlot(finalNorm, inputSlot(finalNorm));
    return { run: { embedding, blocks, finalNorm }, biases };
  }

  /** Returns where the gradient of the encoder's output stands. */
  #decoderBackward(run: StackRun, head: Frame): SharedGradient {
    const encoded: SharedGradient = { frame: undefined };
    const first = this.#stackBackward(run, head, [
      { input: T5_INPUTS.encoderOutput, gradient: encoded },
      { input: T5_INPUTS.positionBias, gradient: { frame: undefined } },
    ]);
    this.#runner.passGradient(first, run.embedding);
    this.#runner.backward(run.embedding);
    return encoded;
  }

  #encoderBackward(run: StackRun, encoded: SharedGradient, head: Frame): void {
    const decoderTable = this.#tableGradient();
    const { frame } = encoded;
    const bias = { input: T5_INPUTS.positionBias, gradient: { frame: undefined } };
    const first = this.#stackBackward(run, frame, [bias], T5_INPUTS.encoderOutput);
    // The encoder's output was the decoder's to read until now.
    this.#device.releaseSlot(run.finalNorm, outputSlot(run.finalNorm));
    this.#runner.passGradient(first, run.embedding);
    this.#runner.backward(run.embedding);
    const encoderTable = this.#tableGradient();
    this.#device.release(decoderTable);
    if (head.program.tiedGradient !== undefined) this.#device.releaseSlot(head, head.program.tiedGradient);
    if (encoderTable !== undefined) this.#runner.keep(encoderTable);
    for (const { elements, dtype } of this.#options.tensors.outsideTheTape)
      this.#runner.keep(this.#device.allocate(elements * DTYPE_BYTES[dtype], 'gradients'));
  }

  #tableGradient(): Allocation | undefined {
    const { context } = this.#compiled.model;
    if (!trains(context, 'embed_tokens')) return undefined;
    return this.#device.allocate(this.#options.tensors.embedding * DTYPE_BYTES[context.weights], 'gradients');
  }

  /** From the final norm down to the first block, whose frame it returns. */
  #stackBackward(
    run: StackRun,
    above: Frame | undefined,
    shared: readonly { readonly input: number; readonly gradient: SharedGradient }[],
    aboveInput = 0,
  ): Frame {
    if (above !== undefined) this.#runner.passGradient(above, run.finalNorm, aboveInput);
    this.#runner.backward(run.finalNorm);
    if (run.finalNorm.program.savesInput[0] === true) this.#device.releaseSlot(run.finalNorm, inputSlot(run.finalNorm));
    let previous = run.finalNorm;
    for (let index = run.blocks.length - 1; index >= 0; index -= 1) {
      const block = run.blocks[index];
      if (block === undefined) continue;
      const frame = block.frame.program === block.full ? block.frame : this.#runner.recompute(block.full, block.frame);
      this.#runner.passGradient(previous, frame);
      this.#runner.backward(frame);
      for (const { input, gradient } of shared) this.#accumulate(frame, input, gradient);
      if (!block.freedInput) this.#device.releaseSlot(block.frame, inputSlot(block.frame));
      previous = frame;
    }
    for (const { input, gradient } of shared)
      if (input === T5_INPUTS.positionBias && gradient.frame !== undefined)
        this.#runner.dropInputGradient(gradient.frame, input);
    return previous;
  }

  #accumulate(frame: Frame, input: number, gradient: SharedGradient): void {
    if (gradient.frame === undefined) gradient.frame = frame;
    else this.#runner.dropInputGradient(frame, input);
  }
}
