import type { CompiledLayer, CompiledModel } from './compiled-model.ts';
import type { Allocation, Device, Frame } from './device.ts';
import { makeMasks } from './eager-mask.ts';
import { KeyValueCache } from './key-value-cache.ts';
import { inputSlot, type MicroStepOptions, outputSlot, ProgramRunner } from './program-runner.ts';
import { inputBytes } from './step-model.ts';
import { DTYPE_BYTES } from './tape/dtype.ts';
import { trains } from './tape/tape-context.ts';

/** Forward and backward of one micro batch. Returns the gradients that stay, where the device knows them one by one. */
export function runMicroStep(
  device: Device,
  compiled: CompiledModel,
  options: MicroStepOptions,
): readonly Allocation[] {
  const step = new MicroStep(device, compiled, options);
  if (compiled.model.workload.inference === undefined) return step.run();
  step.runInference();
  return [];
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
  readonly #runner: ProgramRunner;
  readonly #runs: LayerRun[] = [];
  #cache: KeyValueCache | undefined;

  constructor(device: Device, compiled: CompiledModel, options: MicroStepOptions) {
    this.#device = device;
    this.#compiled = compiled;
    this.#options = options;
    this.#runner = new ProgramRunner(device, options);
    if (compiled.model.workload.inference === 'generation') this.#cache = new KeyValueCache(device, compiled.model);
  }

  /** Forward alone, as in evaluation; generation keeps every layer's keys and values. */
  runInference(): void {
    const { model } = this.#compiled;
    const { sharding } = this.#options;
    const inputs = this.#device.allocate(inputBytes(model.workload, model.length), 'inputs');
    sharding.beforeForward();
    const embedding = this.#runner.forward(this.#device.open(this.#compiled.embedding));
    const masks = makeMasks(this.#device, model);
    const rotaryTables = this.#rotaryTables();
    // The model's forward holds what it embedded in a local until its layers are through.
    const held = this.#device.open(this.#compiled.embedding);
    this.#device.allocateSlot(held, outputSlot(held));
    const last = this.#layersForward(embedding);
    this.#device.releaseSlot(held, outputSlot(held));
    const head = this.#headForward(last);
    sharding.afterForward();
    this.#device.releaseSlot(head, outputSlot(head));
    for (const one of [...masks, ...rotaryTables, inputs]) this.#device.release(one);
    this.#cache?.grow(head);
  }

  run(): readonly Allocation[] {
    const { model } = this.#compiled;
    const { sharding } = this.#options;
    this.#device.phase('forward');
    const inputs = this.#device.allocate(inputBytes(model.workload, model.length), 'inputs');
    sharding.beforeForward();
    const embedding = this.#runner.forward(this.#device.open(this.#compiled.embedding));
    const masks = makeMasks(this.#device, model);
    const rotaryTables = this.#rotaryTables();
    const last = this.#layersForward(embedding);

    this.#device.phase('loss forward');
    const head = this.#headForward(last);
    sharding.afterForward();
    const masksInBackward = this.#compiled.layers.some((layer) => layer.firstPass !== undefined);
    if (!masksInBackward) for (const mask of masks) this.#device.release(mask);

    this.#device.phase('loss backward');
    sharding.beforeLossBackward();
    this.#headBackward(head);
    this.#device.phase('backward');
    const above = this.#layersBackward(head);
    this.#embeddingBackward(embedding, above, head);
    sharding.afterBackward([embedding, head], sharding.reducesGradients ? this.#runner.takeGradients() : []);
    if (masksInBackward) for (const mask of masks) this.#device.release(mask);
    for (const table of rotaryTables) this.#device.release(table);
    this.#device.release(inputs);
    return this.#runner.takeGradients();
  }

  #layersForward(embedding: Frame): Frame {
    const { sharding } = this.#options;
    let previous = embedding;
    for (const [index, layer] of this.#compiled.layers.entries()) {
      sharding.beforeLayerForward(index);
      const frame = this.#device.open(layer.firstPass ?? layer.full);
      this.#cache?.fill(index);
      this.#device.handOver(previous, outputSlot(previous), frame, inputSlot(frame));
      this.#runner.forward(frame);
      // Checkpointing holds no input of a layer through which no gradient goes.
      const recomputes = layer.firstPass !== undefined && needsBackward(layer);
      const freedInput = !recomputes && frame.program.savesInput[0] !== true;
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
    this.#runner.forward(frame);
    if (frame.program.savesInput[0] !== true) this.#device.releaseSlot(frame, inputSlot(frame));
    this.#runner.leaveAutocast();
    return frame;
  }

  #headBackward(head: Frame): void {
    this.#runner.backwardFromLoss(head);
    if (head.program.savesInput[0] === true) this.#device.releaseSlot(head, inputSlot(head));
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
      if (needsBackward(run.layer)) {
        const frame = run.layer.firstPass === undefined ? run.frame : this.#runner.recompute(run.layer.full, run.frame);
        this.#runner.passGradient(above, frame);
        this.#runner.backward(frame);
        above = frame;
      }
      if (!run.freedInput) this.#device.releaseSlot(run.frame, inputSlot(run.frame));
      sharding.afterLayerBackward(index, above);
    }
    return above;
  }

  #embeddingBackward(embedding: Frame, above: Frame, head: Frame): void {
    const { context } = this.#compiled.model;
    const trainsTable = trains(context, 'embed_tokens');
    const adapts = embedding.program.parameterGradients.length > 0;
    if (trainsTable || adapts) {
      this.#runner.passGradient(above, embedding);
      this.#runner.backward(embedding);
    } else this.#runner.dropInputGradient(above);
    if (trainsTable) this.#embeddingGradient(head);
    for (const tensor of this.#options.tensors.outsideTheTape)
      if (tensor.trainable) this.#gradientOf(tensor.elements * DTYPE_BYTES[tensor.dtype]);
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
      this.#runner.keepTied(head, tied);
      return;
    }
    const sum = this.#device.allocate(bytes, 'gradients');
    this.#device.release(table);
    this.#device.releaseSlot(head, tied);
    this.#runner.keep(sum);
  }

  #gradientOf(bytes: number): void {
    this.#runner.keep(this.#device.allocate(bytes, 'gradients'));
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
}

/** Whether a gradient goes through the layer: it trains, or something below it. */
function needsBackward({ full }: CompiledLayer): boolean {
  return full.program.output.needsGradient;
}
