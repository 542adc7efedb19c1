import { attentionKernel, eagerAttention, rotary } from '../tape/attention.ts';
import { activation, add, copy, toAutocast } from '../tape/elementwise.ts';
import { linear } from '../tape/linear.ts';
import { layerNorm } from '../tape/norm.ts';
import type { Program, Tape, Value } from '../tape/tape.ts';
import { computeDtype } from '../tape/tape-context.ts';
import { attentionWidth, type LayerRequest, newTape, tokens } from './layer-request.ts';

/** rotary_pct of GPT-NeoX and Pythia (transformers: models/gpt_neox/configuration_gpt_neox.py). */
export const NEOX_ROTARY_SHARE = 0.25;

/** transformers: models/gpt_neox/modeling_gpt_neox.py; both norms read the same x (use_parallel_residual). */
export function neoxLayer(request: LayerRequest): Program {
  const tape = newTape(request);
  const hidden = request.shape.hiddenSize;
  const x = tape.input(tokens(request) * hidden, request.input);
  return tape.finish(
    tape.call((hold) => {
      hold(x);
      const attended = tape.call((holdNormed) => attention(tape, holdNormed(layerNorm(tape, x, hidden)), request));
      hold(attended);
      const branch = tape.call((holdNormed) => {
        const wide = linear(tape, holdNormed(layerNorm(tape, x, hidden)), wideSpec(request));
        return linear(tape, activation(tape, 'gelu', wide), narrowSpec(request));
      });
      return add(tape, add(tape, branch, attended), x);
    }),
  );
}

/** transformers: models/bloom/modeling_bloom.py. */
export function bloomLayer(request: LayerRequest): Program {
  const tape = newTape(request);
  const hidden = request.shape.hiddenSize;
  const x = tape.input(tokens(request) * hidden, request.input);
  const middle = tape.call((hold) => {
    hold(x);
    const attended = tape.call((holdNormed) => bloomAttention(tape, holdNormed(layerNorm(tape, x, hidden)), request));
    return add(tape, attended, x);
  });
  return tape.finish(
    tape.call((hold) => {
      hold(middle);
      const normed = hold(layerNorm(tape, middle, hidden));
      const wide = linear(tape, normed, wideSpec(request));
      // GeLUFunction computes its derivative in a handful of fp32 steps.
      const opened = activation(tape, 'gelu', wide, wide.elements * 4 * 2);
      return add(tape, linear(tape, opened, narrowSpec(request)), middle);
    }),
  );
}

function attention(tape: Tape, x: Value, request: LayerRequest): Value {
  const { context } = request;
  const hidden = request.shape.hiddenSize;
  const width = attentionWidth(request.shape);
  const elements = tokens(request) * width;
  return tape.call((hold) => {
    const fused = hold(linear(tape, x, { name: 'query_key_value', inputs: hidden, outputs: 3 * width, bias: true }));
    const [q, k] = rotary(tape, fused, fused, { fraction: NEOX_ROTARY_SHARE, concatenates: true, elements });
    let output =
      context.attention === 'eager' ? eager(tape, { q, k, fused }, request) : kernel(tape, { q, k, fused }, request);
    // The kernel's output takes q's layout, which torch.cat has made head-major: the transpose back copies.
    const copiesLayout = context.attention === 'fused' && !context.flashPackage;
    if (copiesLayout && computeDtype(context) !== 'fp32') output = copy(tape, output);
    return linear(tape, output, { name: 'dense', inputs: width, outputs: hidden, bias: true });
  });
}

interface FusedProjection {
  readonly q: Value;
  readonly k: Value;
  readonly fused: Value;
}

/** v is a slice of the fused buffer, which it keeps alive whole. */
function kernel(tape: Tape, { q, k, fused }: FusedProjection, request: LayerRequest): Value {
  const inputs = [toAutocast(tape, q), toAutocast(tape, k), toAutocast(tape, fused)];
  const rows = tokens(request) * request.shape.heads;
  return attentionKernel(tape, inputs, { elements: q.elements, rows, backwardScratch: q.elements * 4 });
}

function eager(tape: Tape, { q, k, fused }: FusedProjection, request: LayerRequest): Value {
  const v = request.batch > 1 ? copy(tape, fused, q.elements) : fused;
  return eagerAttention(tape, { q, k, v }, attentionShape(request));
}

function bloomAttention(tape: Tape, x: Value, request: LayerRequest): Value {
  const hidden = request.shape.hiddenSize;
  const width = attentionWidth(request.shape);
  const elements = tokens(request) * width;
  return tape.call((hold) => {
    const fused = hold(linear(tape, x, { name: 'query_key_value', inputs: hidden, outputs: 3 * width, bias: true }));
    const part = (): Value => copy(tape, fused, elements);
    const qkv = { q: part(), k: part(), v: part() };
    // baddbmm scales and adds ALiBi in the product itself.
    const output = eagerAttention(tape, qkv, attentionShape(request), { scaled: false });
    return linear(tape, output, { name: 'dense', inputs: width, outputs: hidden, bias: true });
  });
}

function attentionShape({ batch, length, shape }: LayerRequest) {
  return { batch, heads: shape.heads, queryLength: length, keyLength: length };
}

function wideSpec({ shape }: LayerRequest) {
  return { name: 'dense_h_to_4h', inputs: shape.hiddenSize, outputs: shape.intermediateSize, bias: true };
}

function narrowSpec({ shape }: LayerRequest) {
  return { name: 'dense_4h_to_h', inputs: shape.intermediateSize, outputs: shape.hiddenSize, bias: true };
}
