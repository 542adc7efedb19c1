import type { ModelShape } from '../../facts/index.ts';
import { Tape } from '../tape/tape.ts';
import type { TapeContext } from '../tape/tape-context.ts';
import type { Dtype } from '../workload.ts';

/** What decides a layer's program beside the model: the batch and which of the model's kinds of layer it is. */
export interface LayerRequest {
  readonly shape: ModelShape;
  readonly context: TapeContext;
  readonly batch: number;
  /** Tokens a sequence. */
  readonly length: number;
  /** Dtype of the residual stream that comes in. */
  readonly input: Dtype;
  readonly dropout: number;
  /** The layer's attention sees a window shorter than the sequence. */
  readonly sliding: boolean;
  /** Some of a row's tokens do not see others of it, beyond what causality and windows say. */
  readonly masked: boolean;
  /** The layer's feed-forward is a mixture of experts. */
  readonly experts: boolean;
}

export function newTape(request: LayerRequest): Tape {
  return new Tape(request.context);
}

export function tokens(request: LayerRequest): number {
  return request.batch * request.length;
}

export function hasBias(shape: ModelShape, part: 'qkv' | 'o' | 'mlp'): boolean {
  if (part === 'mlp') return shape.mlpBias;
  return part === 'qkv' ? shape.attentionBias.startsWith('qkv') : shape.attentionBias.endsWith('o');
}

/** Width of all heads together: the hidden size, unless the shape says otherwise or tensor parallel splits the heads. */
export function attentionWidth(shape: ModelShape): number {
  return shape.heads * shape.headDim;
}

/** A whole number among the shape's further keys. */
export function extraNumber(shape: ModelShape, key: string): number | undefined {
  const value = shape.extra[key];
  return typeof value === 'number' ? value : undefined;
}

/** A group of further keys, such as `mla`. */
export function extraGroup(shape: ModelShape, key: string): Readonly<Record<string, unknown>> | undefined {
  const value = shape.extra[key];
  // A JSON object is a record of unknowns.
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}
