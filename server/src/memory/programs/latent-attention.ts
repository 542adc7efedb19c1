import { eagerAttention, fusedAttention } from '../tape/attention.ts';
import { add, scale } from '../tape/elementwise.ts';
import { linear } from '../tape/linear.ts';
import { rmsNorm } from '../tape/norm.ts';
import type { Hold, Tape, Value } from '../tape/tape.ts';
import { extraGroup, type LayerRequest, tokens } from './layer-request.ts';

/** Widths of multi-head latent attention (DeepSeek-V2: 2024, section 2.1). */
interface LatentWidths {
  readonly queryRank: number;
  readonly keyValueRank: number;
  readonly plain: number;
  readonly rotated: number;
  readonly value: number;
}

/** transformers: models/deepseek_v3/modeling_deepseek_v3.py, DeepseekV3Attention. */
export function latentAttention(tape: Tape, x: Value, request: LayerRequest): Value {
  const { shape, context, batch, length } = request;
  const widths = latentWidths(request);
  return tape.call((hold) => {
    const q = hold(queries(tape, x, request, widths));
    const { k, v } = keysAndValues(tape, x, request, widths, hold);
    const queryKey = hold(withRotatedPart(tape, q, request, widths));
    const sizes = { batch, heads: shape.heads, queryLength: length, keyLength: length };
    const qkv = { q: queryKey, k, v };
    const attended =
      context.attention === 'eager' ? eagerAttention(tape, qkv, sizes) : fusedAttention(tape, qkv, sizes);
    const output = hold(attended);
    // The heads' values are narrower than their queries, so the output is too.
    const inputs = shape.heads * widths.value;
    const narrowed = scale(tape, output, output.dtype, tokens(request) * inputs);
    return linear(tape, narrowed, { name: 'o_proj', inputs, outputs: shape.hiddenSize });
  });
}

function latentWidths(request: LayerRequest): LatentWidths {
  const group = extraGroup(request.shape, 'mla') ?? {};
  const width = (key: string): number => {
    const value = group[key];
    return typeof value === 'number' ? value : 0;
  };
  return {
    queryRank: width('q_lora'),
    keyValueRank: width('kv_lora'),
    plain: width('qk_nope'),
    rotated: width('qk_rope'),
    value: width('v'),
  };
}

function queries(tape: Tape, x: Value, { shape }: LayerRequest, widths: LatentWidths): Value {
  const outputs = shape.heads * (widths.plain + widths.rotated);
  if (widths.queryRank === 0) return linear(tape, x, { name: 'q_proj', inputs: shape.hiddenSize, outputs });
  const narrow = linear(tape, x, { name: 'q_a_proj', inputs: shape.hiddenSize, outputs: widths.queryRank });
  const normed = rmsNorm(tape, narrow, widths.queryRank);
  return linear(tape, normed, { name: 'q_b_proj', inputs: widths.queryRank, outputs });
}

function keysAndValues(
  tape: Tape,
  x: Value,
  request: LayerRequest,
  widths: LatentWidths,
  hold: Hold,
): { readonly k: Value; readonly v: Value } {
  const { shape } = request;
  const rank = widths.keyValueRank;
  const latentWidth = rank + widths.rotated;
  const latent = hold(linear(tape, x, { name: 'kv_a_proj_with_mqa', inputs: shape.hiddenSize, outputs: latentWidth }));
  const compressed = scale(tape, latent, latent.dtype, tokens(request) * rank);
  const outputs = shape.heads * (widths.plain + widths.value);
  const expanded = hold(linear(tape, rmsNorm(tape, compressed, rank), { name: 'kv_b_proj', inputs: rank, outputs }));
  const k = hold(withRotatedPart(tape, expanded, request, widths));
  return { k, v: expanded };
}

/** The rotated part is computed apart and concatenated with the plain part into a new tensor. */
function withRotatedPart(tape: Tape, x: Value, { shape, ...request }: LayerRequest, widths: LatentWidths): Value {
  const rows = request.batch * request.length * shape.heads;
  const straight = scale(tape, x, x.dtype, rows * widths.rotated);
  const turned = scale(tape, x, x.dtype, rows * widths.rotated);
  const rotatedPart = add(tape, straight, scale(tape, turned));
  const elements = rows * (widths.plain + widths.rotated);
  return tape.op({ kind: 'concatenate', inputs: [x, rotatedPart], elements, dtype: x.dtype });
}
