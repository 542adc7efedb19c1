import type { Allocation, Device, Frame } from './device.ts';
import { outputSlot } from './program-runner.ts';
import { type LayerKind, layerKinds } from './programs/families.ts';
import { extraGroup } from './programs/layer-request.ts';
import type { StepModel } from './step-model.ts';
import { DTYPE_BYTES } from './tape/dtype.ts';
import { computeDtype } from './tape/tape-context.ts';

/** Keys and values of all layers while completions are generated (transformers: cache_utils.py, DynamicCache). */
export class KeyValueCache {
  readonly #device: Device;
  readonly #model: StepModel;
  readonly #blocks: (readonly Allocation[])[] = [];
  /** Which layers see a window alone, at the length they were last asked of. */
  #kinds: { readonly length: number; readonly layers: readonly LayerKind[] } | undefined;

  constructor(device: Device, model: StepModel) {
    this.#device = device;
    this.#model = model;
  }

  /** The prompt's keys and values of one layer. */
  fill(layer: number): void {
    this.#blocks[layer] = this.#allocate(layer, this.#model.length);
  }

  /** To the last token, a layer at a time: each is a concatenation into a new buffer. Then its logits, and the end. */
  grow(head: Frame): void {
    const { workload } = this.#model;
    const length = this.#model.length + (workload.generation?.newTokens ?? 0);
    for (const [layer, blocks] of this.#blocks.entries()) {
      this.#blocks[layer] = this.#allocate(layer, length);
      for (const block of blocks) this.#device.release(block);
    }
    // The probabilities are in fp32, as the scores and their processed copy are; the model's own logits live beside them.
    const probabilities = head.program.slots.bytes[outputSlot(head)] ?? 0;
    const own = (probabilities * DTYPE_BYTES[computeDtype(this.#model.context)]) / 4;
    this.#device.release(this.#device.allocate(3 * probabilities + own, 'logits and loss'));
    for (const block of this.#blocks.flat()) this.#device.release(block);
  }

  #allocate(layer: number, length: number): readonly Allocation[] {
    const { shape, microBatch } = this.#model.workload;
    const { slidingWindow } = shape;
    if (this.#kinds?.length !== length) this.#kinds = { length, layers: layerKinds(shape, length) };
    const isSliding = this.#kinds.layers[layer]?.sliding === true;
    const kept = isSliding && slidingWindow !== undefined ? Math.min(length, slidingWindow) : length;
    return this.#widths().map((bytes) => this.#device.allocate(microBatch * kept * bytes, 'key-value cache'));
  }

  /** Bytes a token takes in one layer, of keys and of values. Rotated keys are as wide as the tables they are rotated by. */
  #widths(): readonly [keys: number, values: number] {
    const { context, workload } = this.#model;
    const compute = DTYPE_BYTES[computeDtype(context)];
    const rotated = context.weights === 'fp32' ? 4 : compute;
    const { shape } = workload;
    const latent = extraGroup(shape, 'mla');
    // Latent attention caches every head's expanded keys and values (transformers: models/deepseek_v3/modeling_deepseek_v3.py).
    const part = (key: string): number => (typeof latent?.[key] === 'number' ? latent[key] : 0);
    if (latent !== undefined)
      return [shape.heads * (part('qk_nope') + part('qk_rope')) * rotated, shape.heads * part('v') * compute];
    const width = shape.kvHeads * shape.headDim;
    return [width * rotated, width * compute];
  }
}
