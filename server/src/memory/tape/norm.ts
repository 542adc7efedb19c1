import { activation, cast, keepsOutput, multiply, scale, toAutocast, toFullPrecision } from './elementwise.ts';
import { vector } from './parameter.ts';
import type { Tape, Value } from './tape.ts';
import { trains } from './tape-context.ts';

/** `llama`: scales after casting back. `gemma`: (1 + w) in fp32, cast at the end. `t5`: no cast back of the input's copy. */
export type RmsNormStyle = 'llama' | 'gemma' | 't5';

/**
 * transformers: models/llama/modeling_llama.py, LlamaRMSNorm and its kin. `width` is the normalised dimension; `fusible`:
 * fused kernels take its place where the run has them.
 */
export function rmsNorm(tape: Tape, x: Value, width: number, style: RmsNormStyle = 'llama', fusible = true): Value {
  if (fusible && tape.context.fusedLayers && style !== 't5') return fusedNorm(tape, x, width);
  const { weights } = tape.context;
  const trainable = trains(tape.context, 'norm');
  const rows = x.elements / width;
  const scaled = tape.call((hold) => {
    const x32 = cast(tape, x, 'fp32');
    if (style !== 't5') hold(x);
    const squares = activation(tape, 'pow', x32);
    const inverse = keepsOutput(tape, 'rsqrt', squares, 'fp32', rows);
    const normalised = normalise(tape, { x, x32, inverse }, style);
    if (style !== 't5') hold(normalised.product);
    const { value } = normalised;
    return tape.op({
      kind: 'norm weight',
      inputs: [value],
      elements: value.elements,
      dtype: weights === 'fp32' ? 'fp32' : value.dtype,
      saves: trainable ? [value] : [],
      parameters: [vector(width, weights, trainable)],
      backwardScratch: trainable ? value.bytes : 0,
    });
  });
  return style === 'gemma' ? cast(tape, scaled, x.dtype) : scaled;
}

interface Normalised {
  /** The fp32 product, which the local `hidden_states` holds until the norm returns. */
  readonly product: Value;
  readonly value: Value;
}

interface NormInputs {
  readonly x: Value;
  readonly x32: Value;
  readonly inverse: Value;
}

function normalise(tape: Tape, { x, x32, inverse }: NormInputs, style: RmsNormStyle): Normalised {
  const product = multiply(tape, style === 't5' ? x : x32, inverse, 'fp32');
  if (style === 'gemma') return { product, value: product };
  const target = style === 't5' ? tape.context.weights : x.dtype;
  return { product, value: cast(tape, product, target) };
}

/** torch's layer_norm: fp32 under autocast, which then keeps an fp32 copy of a 16-bit input. */
export function layerNorm(tape: Tape, x: Value, width: number, affine: 'full' | 'weight' | 'none' = 'full'): Value {
  return layerNormOf(tape, toFullPrecision(tape, x), width, affine);
}

/** In autocast's own dtype: models/nemotron/modeling_nemotron.py, NemotronLayerNorm1P. */
export function lowPrecisionLayerNorm(tape: Tape, x: Value, width: number): Value {
  return layerNormOf(tape, toAutocast(tape, x), width, 'full');
}

function layerNormOf(tape: Tape, input: Value, width: number, affine: 'full' | 'weight' | 'none'): Value {
  const { weights } = tape.context;
  const trainable = trains(tape.context, 'norm');
  const rows = { elements: input.elements / width, dtype: 'fp32' } as const;
  const count = affine === 'none' ? 0 : affine === 'weight' ? 1 : 2;
  const parameters = Array.from({ length: count }, () => vector(width, weights, trainable));
  const [output, ...statistics] = tape.opWithExtras(
    { kind: 'layer norm', inputs: [input], elements: input.elements, dtype: input.dtype, saves: [input], parameters },
    [rows, rows],
  );
  tape.saveWithLast(...statistics);
  return output ?? input;
}

/** LayerNorm without bias in plain fp32 steps: models/cohere/modeling_cohere.py, CohereLayerNorm. */
export function plainLayerNorm(tape: Tape, x: Value, width: number): Value {
  const { weights } = tape.context;
  const trainable = trains(tape.context, 'norm');
  const scaled = tape.call((hold) => {
    const full = hold(cast(tape, x, 'fp32'));
    // The mean is subtracted once for the variance and once for the result.
    const squares = activation(tape, 'pow', scale(tape, full));
    const inverse = keepsOutput(tape, 'rsqrt', squares, 'fp32', x.elements / width);
    const normalised = hold(multiply(tape, scale(tape, full), inverse, 'fp32'));
    return tape.op({
      kind: 'norm weight',
      inputs: [normalised],
      elements: normalised.elements,
      dtype: 'fp32',
      saves: trainable ? [normalised] : [],
      parameters: [vector(width, weights, trainable)],
      backwardScratch: trainable ? normalised.bytes : 0,
    });
  });
  return cast(tape, scaled, x.dtype);
}

/** Liger's RMSNorm: keeps its input and four bytes a row. */
function fusedNorm(tape: Tape, x: Value, width: number): Value {
  const { weights } = tape.context;
  const trainable = trains(tape.context, 'norm');
  const [output, inverse] = tape.opWithExtras(
    {
      kind: 'fused norm',
      inputs: [x],
      elements: x.elements,
      dtype: x.dtype,
      saves: [x],
      parameters: [vector(width, weights, trainable)],
    },
    [{ elements: x.elements / width, dtype: 'fp32' }],
  );
  if (inverse !== undefined) tape.saveWithLast(inverse);
  return output ?? x;
}
