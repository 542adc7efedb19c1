import type { ModelShape } from '../../facts/index.ts';
import { activation, copy, keepsOutput, multiply, newGelu, toFullPrecision } from '../tape/elementwise.ts';
import { type LinearSpec, linear, linearWithoutAdapter } from '../tape/linear.ts';
import type { Tape, Value } from '../tape/tape.ts';
import { hasBias, type LayerRequest } from './layer-request.ts';

/** One matrix for q, k and v and one for gate and up: models/{phi3,modernbert}/modeling_*.py. */
export const FUSED_PROJECTIONS = new Set(['phi3', 'phi3_v', 'modernbert']);

/** One matrix for gate and up: models/{glm,glm4}/modeling_*.py. */
const FUSED_GATES = new Set([...FUSED_PROJECTIONS, 'glm', 'glm4']);
/** relu(x)², whose square keeps relu's output, and runs in fp32 under autocast as all powers do: transformers: activations.py, ReLUSquaredActivation. */
const SQUARED_RELU = new Set(['nemotron', 'arcee']);

/** gelu_new, which runs in plain ops (transformers: models/<family>/configuration_<family>.py, hidden_act or its like). */
const PLAIN_GELU = new Set(['albert', 'phi', 'gptj', 'gpt_neo', 'codegen']);

/** Counted on measured models: the adapters of `all-linear` pass by these families' experts and routers. */
export const EXPERTS_WITHOUT_ADAPTER: ReadonlySet<string> = new Set(['gpt_oss', 'qwen2_moe']);

/**
 * The feed-forward of one layer; `width` differs for shared experts. Where a model stacks its experts, `all-linear` stands
 * for those and passes plain feed-forwards by (counted on DeepSeek's adapters).
 */
export function feedForward(
  tape: Tape,
  x: Value,
  request: LayerRequest,
  width = request.shape.intermediateSize,
): Value {
  const { shape } = request;
  const bias = hasBias(shape, 'mlp');
  const adapts =
    shape.experts === 0 || EXPERTS_WITHOUT_ADAPTER.has(shape.family) || tape.context.adapter?.targets !== 'all-linear';
  const project = (input: Value, spec: LinearSpec): Value =>
    (adapts ? linear : linearWithoutAdapter)(tape, input, spec);
  const up = { inputs: shape.hiddenSize, outputs: width, bias };
  const down = { name: 'down_proj', inputs: width, outputs: shape.hiddenSize, bias };
  if (shape.mlp === 'plain') {
    const wide = project(x, { ...up, name: 'up_proj' });
    return project(plainActivation(tape, wide, shape), down);
  }
  if (FUSED_GATES.has(shape.family)) return fusedGate(tape, x, request);
  const gate = project(x, { ...up, name: 'gate_proj' });
  if (tape.context.fusedLayers) {
    const wide = project(x, { ...up, name: 'up_proj' });
    return project(fusedProduct(tape, gate, wide), down);
  }
  const opened = activation(tape, 'silu', gate);
  const wide = project(x, { ...up, name: 'up_proj' });
  return project(multiply(tape, opened, wide), down);
}

/** What stands between the two products of a plain feed-forward. */
export function plainActivation(tape: Tape, wide: Value, { family }: ModelShape): Value {
  if (PLAIN_GELU.has(family)) return newGelu(tape, wide);
  if (!SQUARED_RELU.has(family)) return activation(tape, 'gelu', wide);
  return activation(tape, 'pow', toFullPrecision(tape, keepsOutput(tape, 'relu', wide)));
}

/** Liger's SwiGLU: keeps gate and up alone, and backward writes over them (Liger-Kernel: ops/swiglu.py). */
function fusedProduct(tape: Tape, gate: Value, up: Value): Value {
  const { elements, dtype } = gate;
  return tape.op({ kind: 'swiglu', inputs: [gate, up], elements, dtype, saves: [gate, up], sharesGradient: 'first' });
}

/** Phi-3: gate and up are halves of one buffer. */
function fusedGate(tape: Tape, x: Value, { shape, ...request }: LayerRequest): Value {
  const width = shape.intermediateSize;
  const elements = request.batch * request.length * width;
  return tape.call((hold) => {
    const gates = linear(tape, x, { name: 'gate_up_proj', inputs: shape.hiddenSize, outputs: 2 * width });
    if (tape.context.fusedLayers) {
      // The kernel takes each half in one piece.
      const product = fusedProduct(tape, copy(tape, gates, elements), copy(tape, gates, elements));
      return linear(tape, product, { name: 'down_proj', inputs: width, outputs: shape.hiddenSize });
    }
    const both = hold(gates);
    const opened = tape.op({ kind: 'silu', inputs: [both], elements, dtype: both.dtype, saves: [both] });
    const saves = [both, opened];
    const product = tape.op({ kind: 'multiply', inputs: saves, elements, dtype: both.dtype, saves });
    return linear(tape, product, { name: 'down_proj', inputs: width, outputs: shape.hiddenSize });
  });
}
