import { eagerAttention, fusedAttention } from '../tape/attention.ts';
import { add, dropout, keepsOutput, scale } from '../tape/elementwise.ts';
import { linear } from '../tape/linear.ts';
import { layerNorm } from '../tape/norm.ts';
import type { Program, Tape, Value } from '../tape/tape.ts';
import { attentionWidth, type LayerRequest, newTape, tokens } from './layer-request.ts';

/** transformers: models/opt/modeling_opt.py. opt-350m, which has no final norm, normalises after each half. */
export function optLayer(request: LayerRequest): Program {
  const tape = newTape(request);
  const { shape } = request;
  const hidden = shape.hiddenSize;
  const normsAfter = shape.extra['final_norm'] === false;
  const before = (value: Value): Value => (normsAfter ? value : layerNorm(tape, value, hidden));
  const after = (value: Value): Value => (normsAfter ? layerNorm(tape, value, hidden) : value);

  const x = tape.input(tokens(request) * hidden, request.input);
  const sum = tape.call((hold) => {
    hold(x);
    const normed = before(x);
    const branch = tape.call((holdNormed) => attention(tape, holdNormed(normed), request));
    return add(tape, x, branch);
  });
  const middle = after(sum);
  const output = tape.call((hold) => {
    hold(middle);
    const wide = linear(tape, before(middle), {
      name: 'fc1',
      inputs: hidden,
      outputs: shape.intermediateSize,
      bias: true,
    });
    const opened = keepsOutput(tape, 'relu', wide);
    const narrow = linear(tape, opened, { name: 'fc2', inputs: shape.intermediateSize, outputs: hidden, bias: true });
    return add(tape, middle, dropout(tape, narrow, request.dropout));
  });
  return tape.finish(after(output));
}

function attention(tape: Tape, x: Value, request: LayerRequest): Value {
  const { shape, batch, length } = request;
  const hidden = shape.hiddenSize;
  const width = attentionWidth(shape);
  return tape.call((hold) => {
    const project = (name: string): Value => linear(tape, x, { name, inputs: hidden, outputs: width, bias: true });
    const q = hold(scale(tape, project('q_proj')));
    const k = hold(project('k_proj'));
    const v = hold(project('v_proj'));
    // Nothing of the attention itself is dropped: attention_dropout is 0 (transformers: models/opt/configuration_opt.py).
    const sizes = { batch, heads: shape.heads, queryLength: length, keyLength: length };
    const output =
      request.context.attention === 'eager'
        ? eagerAttention(tape, { q, k, v }, sizes)
        : fusedAttention(tape, { q, k, v }, sizes);
    const projected = linear(tape, output, { name: 'out_proj', inputs: width, outputs: hidden, bias: true });
    return dropout(tape, projected, request.dropout);
  });
}
