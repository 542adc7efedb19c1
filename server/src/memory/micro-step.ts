import type { CompiledLayer, CompiledModel } from './compiled-model.ts';
import type { Allocation, Device, Frame } from './device.ts';
import type { ModelTensors } from './model-tensors.ts';
import type { Sharding } from './sharding/sharding.ts';
import { eagerMaskBytes, inputBytes } from './step-model.ts';
import { DTYPE_BYTES } from './tape/dtype.ts';

/** What a micro-step runs with beside its programs. */
export interface MicroStepOptions {
  readonly tensors: ModelTensors;
  readonly sharding: Sharding;
  /** Gradients of this micro-step wait for the optimizer. */
  readonly keepsGradients: boolean;
}

/** Forward and backward of one micro batch. Returns the gradients that stay, where the device knows them one by one. */
export function runMicroStep(
  device: Device,
  compiled: CompiledModel,
  options: MicroStepOptions,
): readonly Allocation[] {
  return new MicroStep(device, compiled, options).run();
}

interface LayerRun {
  readonly layer: CompiledLayer;
  /** Holds the input under checkpointing, everything otherwise. */
  frame: Frame;
  readonly freedInput: boolean;
}

class MicroStep {
  readonly #device: Device;
  readonly #compiled: CompiledModel;
  readonly #options: MicroStepOptions;
  readonly #gradients: Allocation[] = [];
  readonly #runs: LayerRun[] = [];
  /** Frames whose autocast casts are still cached. */
  #underAutocast: Frame[] = [];

  constructor(device: Device, compiled: CompiledModel, options: MicroStepOptions) {
    this.#device = device;
    this.#compiled = compiled;
    this.#options = options;
  }

  run(): readonly Allocation[] {
    const { model } = this.#compiled;
    const { sharding } = this.#options;
    this.#device.phase('forward');
    const inputs = this.#device.allocate(inputBytes(model.workload, model.length), 'inputs');
    sharding.beforeForward();
    const embedding = this.#forward(this.#device.open(this.#compiled.embedding));
    const rotaryTables = this.#rotaryTables();
    const mask = this.#mask();
    const last = this.#layersForward(embedding);

    this.#device.phase('loss forward');
    const head = this.#headForward(last);
    sharding.afterForward();
    const masksInBackward = this.#compiled.layers.some((layer) => layer.firstPass !== undefined);
    if (!masksInBackward) this.#device.release(mask);

    this.#device.phase('loss backward');
    sharding.beforeLossBackward();
    this.#headBackward(head);
    this.#device.phase('backward');
    const above = this.#layersBackward(head);
    this.#embeddingBackward(embedding, above, head);
    sharding.afterBackward([embedding, head], sharding.reducesGradients ? this.#gradients.splice(0) : []);
    if (masksInBackward) this.#device.release(mask);
    for (const table of rotaryTables) this.#device.release(table);
    this.#device.release(inputs);
    return this.#gradients;
  }

  /** Runs a whole forward whose input stands in the frame already. */
  #forward(frame: Frame): Frame {
    for (const [part, trace] of frame.program.forward.entries()) {
      if (part > 0) this.#leaveAutocast();
      this.#device.run(frame, trace);
    }
    this.#underAutocast.push(frame);
    return frame;
  }

  #leaveAutocast(): void {
    for (const frame of this.#underAutocast) this.#device.run(frame, frame.program.leaveAutocast);
    this.#underAutocast = [];
  }

  #layersForward(embedding: Frame): Frame {
    const { sharding } = this.#options;
    let previous = embedding;
    for (const [index, layer] of this.#compiled.layers.entries()) {
      sharding.beforeLayerForward(index);
      const frame = this.#device.open(layer.firstPass ?? layer.full);
      this.#device.handOver(previous, outputSlot(previous), frame, inputSlot(frame));
      this.#forward(frame);
      const freedInput = layer.firstPass === undefined && frame.program.savesInput[0] !== true;
      if (freedInput) this.#device.releaseSlot(frame, inputSlot(frame));
      this.#offload(frame, layer, freedInput);
      this.#runs.push({ layer, frame, freedInput });
      sharding.afterLayerForward(index);
      previous = frame;
    }
    return previous;
  }

  /** What backward needs moves to host memory until then. */
  #offload(frame: Frame, layer: CompiledLayer, freedInput: boolean): void {
    if (!this.#compiled.model.workload.activationOffload) return;
    if (layer.firstPass === undefined)
      for (const slot of frame.program.savedSlots) this.#device.releaseSlot(frame, slot);
    if (!freedInput) this.#device.releaseSlot(frame, inputSlot(frame));
  }

  #fetch(frame: Frame, { layer, freedInput }: LayerRun): void {
    if (!this.#compiled.model.workload.activationOffload) return;
    if (!freedInput) this.#device.allocateSlot(frame, inputSlot(frame));
    if (layer.firstPass === undefined)
      for (const slot of frame.program.savedSlots) this.#device.allocateSlot(frame, slot);
  }

  #headForward(last: Frame): Frame {
    const frame = this.#device.open(this.#compiled.head);
    this.#device.handOver(last, outputSlot(last), frame, inputSlot(frame));
    this.#forward(frame);
    if (frame.program.savesInput[0] !== true) this.#device.releaseSlot(frame, inputSlot(frame));
    this.#leaveAutocast();
    return frame;
  }

  #headBackward(head: Frame): void {
    this.#device.allocateSlot(head, head.program.outputGradient);
    this.#device.run(head, head.program.backward);
    this.#device.releaseSlot(head, outputSlot(head));
    if (head.program.savesInput[0] === true) this.#device.releaseSlot(head, inputSlot(head));
    this.#keepGradients(head);
  }

  /** Returns the frame in whose input gradient the embedding's output gradient stands. */
  #layersBackward(head: Frame): Frame {
    const { sharding } = this.#options;
    let above = head;
    for (let index = this.#runs.length - 1; index >= 0; index -= 1) {
      const run = this.#runs[index];
      if (run === undefined) continue;
      sharding.beforeLayerBackward(index);
      this.#fetch(run.frame, run);
      const frame = run.layer.firstPass === undefined ? run.frame : this.#recompute(run);
      this.#passGradient(above, frame);
      this.#device.run(frame, frame.program.backward);
      this.#keepGradients(frame);
      if (!run.freedInput) this.#device.releaseSlot(run.frame, inputSlot(run.frame));
      sharding.afterLayerBackward(index, frame);
      above = frame;
    }
    return above;
  }

  /** Replays the layer's forward, now keeping what backward needs. */
  #recompute(run: LayerRun): Frame {
    const frame = this.#device.open(run.layer.full);
    for (const trace of frame.program.forward) this.#device.run(frame, trace);
    this.#device.releaseSlot(frame, outputSlot(frame));
    this.#device.run(frame, frame.program.leaveAutocast);
    return frame;
  }

  #passGradient(from: Frame, to: Frame): void {
    const gradient = from.program.inputGradients[0];
    if (gradient !== undefined) this.#device.handOver(from, gradient, to, to.program.outputGradient);
  }

  #embeddingBackward(embedding: Frame, above: Frame, head: Frame): void {
    const gradient = above.program.inputGradients[0];
    const { context } = this.#compiled.model;
    if (!context.trainsBase) {
      if (gradient !== undefined) this.#device.releaseSlot(above, gradient);
      return;
    }
    this.#passGradient(above, embedding);
    this.#device.run(embedding, embedding.program.backward);
    this.#keepGradients(embedding);
    this.#embeddingGradient(head);
    for (const tensor of this.#options.tensors.outsideTheTape)
      this.#gradientOf(tensor.elements * DTYPE_BYTES[tensor.dtype]);
  }

  /** A dense gradient of the whole table. A tied head's gradient waits for it, and the two are summed. */
  #embeddingGradient(head: Frame): void {
    const { model } = this.#compiled;
    const bytes = this.#options.tensors.embedding * DTYPE_BYTES[model.context.weights];
    if (bytes === 0) return;
    const tied = head.program.tiedGradient;
    if (tied === undefined) {
      this.#gradientOf(bytes);
      return;
    }
    // Both are live already; under autocast their sum is made in place, else in a third buffer.
    const table = this.#device.allocate(bytes, 'gradients');
    if (model.context.autocast !== null && model.context.weights === 'fp32') {
      this.#device.release(table);
      if (this.#options.keepsGradients) this.#gradients.push(...this.#device.takeAll(head, [tied]));
      else this.#device.releaseSlot(head, tied);
      return;
    }
    const sum = this.#device.allocate(bytes, 'gradients');
    this.#device.release(table);
    this.#device.releaseSlot(head, tied);
    this.#keep(sum);
  }

  #gradientOf(bytes: number): void {
    const gradient = this.#device.allocate(bytes, 'gradients');
    this.#keep(gradient);
  }

  #keep(gradient: Allocation): void {
    if (this.#options.keepsGradients) this.#gradients.push(gradient);
    else this.#device.release(gradient);
  }

  #keepGradients(frame: Frame): void {
    if (this.#options.sharding.reducesGradients) return;
    this.#gradients.push(...this.#device.takeAll(frame, frame.program.parameterGradients));
  }

  /** cos and sin of the positions, shared by all layers. */
  #rotaryTables(): Allocation[] {
    const { model } = this.#compiled;
    const elements = model.length * this.#options.tensors.rotaryWidth;
    if (elements === 0) return [];
    const full = [1, 2].map(() => this.#device.allocate(elements * 4, 'temporaries'));
    const tables = [1, 2].map(() => this.#device.allocate(elements * DTYPE_BYTES[model.context.weights], 'inputs'));
    for (const table of full) this.#device.release(table);
    return tables;
  }

  #mask(): Allocation | undefined {
    const bytes = eagerMaskBytes(this.#compiled.model);
    return bytes === 0 ? undefined : this.#device.allocate(bytes, 'inputs');
  }
}

function outputSlot(frame: Frame): number {
  return frame.program.program.output.id;
}

function inputSlot(frame: Frame): number {
  return frame.program.program.inputs[0]?.id ?? 0;
}
