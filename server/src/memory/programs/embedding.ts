import type { ModelShape } from '../../facts/index.ts';
import { add, cast, copy, dropout, scale, toAutocast } from '../tape/elementwise.ts';
import { adapterProduct, castWeight, linear } from '../tape/linear.ts';
import { layerNorm } from '../tape/norm.ts';
import { matrix, vector } from '../tape/parameter.ts';
import { type Program, Tape, type Value } from '../tape/tape.ts';
import { adapterRank, type TapeContext, trains } from '../tape/tape-context.ts';
import { isGemma } from './decoder-layer.ts';
import { extraNumber } from './layer-request.ts';

export interface EmbeddingRequest {
  readonly shape: ModelShape;
  readonly context: TapeContext;
  readonly batch: number;
  readonly length: number;
  readonly dropout: number;
  /** enable_input_require_grads: checkpointed layers under LoRA need an input that asks for a gradient. */
  readonly outputNeedsGradient: boolean;
}

/** Tokens to the first layer's input. The table's own gradient is the timeline's business. */
export function tokenEmbedding(request: EmbeddingRequest, kind: 'decoder' | 'encoder'): Program {
  const { shape, context, batch, length } = request;
  const tape = new Tape(context);
  const count = batch * length;
  const width = extraNumber(shape, 'embed_dim') ?? shape.hiddenSize;
  let x = tape.op({ kind: 'embedding', inputs: [], elements: count * width, dtype: context.weights });
  x.needsGradient = trains(context, 'embed_tokens') || request.outputNeedsGradient;
  x = withVirtualTokens(tape, x, request, width);
  x = adaptedRows(tape, x, { width, vocabulary: shape.vocabSize });
  if (width !== shape.hiddenSize) x = linear(tape, x, { name: 'project_in', inputs: width, outputs: shape.hiddenSize });
  return tape.finish(kind === 'encoder' ? encoderTail(tape, x, request) : decoderTail(tape, x, request));
}

/** Trained tokens before the sequence; a prefix is keys and values for every layer instead (peft: tuners/{prompt_tuning,p_tuning,prefix_tuning}/model.py). */
function withVirtualTokens(tape: Tape, x: Value, { shape }: EmbeddingRequest, width: number): Value {
  const { adapter } = tape.context;
  if (adapter === null || adapter.virtualTokens === 0) return x;
  const { dtype, method, virtualTokens } = adapter;
  const columns = method === 'prefix' ? 2 * shape.layers * shape.kvHeads * shape.headDim : width;
  // Three linear layers with biases make p-tuning's tokens.
  const encoder = method === 'p-tuning' ? [vector(3 * (width * width + width), dtype, true, true)] : [];
  const tokens = matrix({ rows: virtualTokens, cols: columns, dtype, trainable: true, adapter: true });
  const joined = { kind: 'concatenate', inputs: [x], elements: x.elements, dtype: x.dtype };
  return tape.op({ ...joined, sharesGradient: 'all', parameters: [tokens, ...encoder] });
}

/** An adapter on the table: rows of a narrow one, and their product with a matrix (peft: tuners/lora/layer.py, Embedding.forward). */
function adaptedRows(
  tape: Tape,
  x: Value,
  { width, vocabulary }: { readonly width: number; readonly vocabulary: number },
): Value {
  const { adapter } = tape.context;
  const rank = adapterRank(tape.context, 'embed_tokens');
  if (adapter === null || rank === 0) return x;
  const part = { dtype: adapter.dtype, trainable: true, adapter: true };
  const rows = tape.op({
    kind: 'embedding',
    inputs: [],
    elements: (x.elements / width) * rank,
    dtype: adapter.dtype,
    parameters: [matrix({ rows: rank, cols: vocabulary, ...part })],
  });
  const up = { name: 'lora_embedding_B', inputs: rank, outputs: width };
  return cast(tape, add(tape, x, scale(tape, adapterProduct(tape, rows, up))), x.dtype);
}

function decoderTail(tape: Tape, x: Value, request: EmbeddingRequest): Value {
  const { shape, context } = request;
  if (isGemma(shape)) return scale(tape, x);
  if (shape.extra['embed_norm'] === true) return layerNorm(tape, x, shape.hiddenSize);
  if (extraNumber(shape, 'learned_positions') === undefined) return x;
  // OPT looks positions up for each sample, GPT-2 once for the batch.
  const rows = shape.family === 'opt' ? request.batch * request.length : request.length;
  const positions = tape.op({
    kind: 'positions',
    inputs: [],
    elements: rows * shape.hiddenSize,
    dtype: context.weights,
  });
  const sum = add(tape, x, positions);
  return dropout(tape, sum, shape.family === 'opt' ? 0 : request.dropout);
}

/** Positions and token types are added, then norm and dropout. */
function encoderTail(tape: Tape, x: Value, request: EmbeddingRequest): Value {
  const addTable = (value: Value): Value =>
    tape.op({ kind: 'add', inputs: [value], elements: value.elements, dtype: value.dtype, sharesGradient: 'all' });
  const sum = addTable(addTable(x));
  return dropout(tape, layerNorm(tape, sum, request.shape.hiddenSize), request.dropout);
}

/** Pixels to patches: a convolution whose stride is its kernel (transformers: models/vit/modeling_vit.py). */
export function patchEmbedding(request: EmbeddingRequest, patch: number): Program {
  const { shape, context, batch, length } = request;
  const tape = new Tape(context);
  const patchPixels = 3 * patch * patch;
  const patches = batch * (length - 1);
  return tape.finish(
    tape.call((hold) => {
      const pixels = hold(tape.op({ kind: 'pixels', inputs: [], elements: patches * patchPixels, dtype: 'fp32' }));
      // The batch itself counts as the step's inputs.
      pixels.bytes = 0;
      const input = toAutocast(tape, pixels);
      const weight = matrix({
        rows: shape.hiddenSize,
        cols: patchPixels,
        dtype: context.weights,
        trainable: trains(context, 'embed_tokens'),
      });
      const weightCast = castWeight(tape, weight);
      const rows = tape.op({
        kind: 'convolution',
        inputs: [input, weightCast],
        elements: patches * shape.hiddenSize,
        dtype: input.dtype,
        saves: weightCast === undefined ? [input] : [input, weightCast],
        parameters: weightCast === undefined ? [weight] : [],
      });
      const flat = copy(tape, rows);
      // The class token and the positions are added in fp32.
      const elements = batch * length * shape.hiddenSize;
      return tape.op({ kind: 'add', inputs: [flat], elements, dtype: 'fp32' });
    }),
  );
}
