import { DTYPE_BYTES } from '../tape/dtype.ts';
import { cast, keepsOutput, multiply, scale, toAutocast } from '../tape/elementwise.ts';
import { dequantizedBytes, linear, linearWithoutAdapter } from '../tape/linear.ts';
import { matrix, type Parameter } from '../tape/parameter.ts';
import type { Tape, Value } from '../tape/tape.ts';
import { trains } from '../tape/tape-context.ts';
import { EXPERTS_WITHOUT_ADAPTER, feedForward } from './feed-forward.ts';
import { extraNumber, type LayerRequest, tokens } from './layer-request.ts';

/** Gates that are clamped, of experts with biases: transformers: models/gpt_oss/modeling_gpt_oss.py, _apply_gate. */
const CLAMPED_GATES = new Set(['gpt_oss']);

const SHARED_GATES: ReadonlySet<string> = new Set(['qwen2_moe', 'qwen3_next']);

/** Router, top-k, grouped products over all experts, weighted sum; and the shared experts beside them. */
export function expertsLayer(tape: Tape, x: Value, request: LayerRequest): Value {
  const { shape } = request;
  return tape.call((hold) => {
    hold(x);
    const routed = routedExperts(tape, x, request);
    const sharedWidth = extraNumber(shape, 'shared_intermediate') ?? shape.sharedExperts * shape.moeIntermediateSize;
    if (sharedWidth === 0) return routed;
    hold(routed);
    const shared = gatedShare(tape, x, feedForward(tape, x, request, sharedWidth), shape);
    const elements = routed.elements;
    return tape.op({ kind: 'add', inputs: [routed, shared], elements, dtype: routed.dtype, sharesGradient: 'all' });
  });
}

/** The shared expert's output times a gate of its own: transformers: models/qwen2_moe/modeling_qwen2_moe.py. */
function gatedShare(tape: Tape, x: Value, shared: Value, { family, hiddenSize }: LayerRequest['shape']): Value {
  if (!SHARED_GATES.has(family)) return shared;
  const opened = linear(tape, x, { name: 'shared_expert_gate', inputs: hiddenSize, outputs: 1 });
  return multiply(tape, keepsOutput(tape, 'sigmoid', opened), shared);
}

function routedExperts(tape: Tape, x: Value, request: LayerRequest): Value {
  const { shape } = request;
  const hidden = shape.hiddenSize;
  const width = shape.moeIntermediateSize;
  const rows = tokens(request) * shape.expertsPerToken;
  const withoutAdapter = EXPERTS_WITHOUT_ADAPTER.has(shape.family);
  return tape.call((hold) => {
    const weights = routerWeights(tape, x, request);
    const gathered = hold(tape.op({ kind: 'gather', inputs: [x], elements: rows * hidden, dtype: x.dtype }));
    const both = hold(
      groupedProduct(tape, gathered, {
        rows,
        inputs: hidden,
        outputs: 2 * width,
        experts: shape.experts,
        fusesGateAndUp: true,
        withoutAdapter,
      }),
    );
    const clamps = CLAMPED_GATES.has(shape.family);
    const product = clamps ? clampedGate(tape, biased(tape, both), rows * width) : gate(tape, both, rows * width);
    const raw = groupedProduct(tape, product, {
      rows,
      inputs: width,
      outputs: hidden,
      experts: shape.experts,
      withoutAdapter,
    });
    const down = hold(clamps ? biased(tape, raw) : raw);
    const weighted = hold(
      tape.op({
        kind: 'multiply',
        inputs: [down, weights],
        elements: down.elements,
        dtype: down.dtype,
        saves: [down, weights],
      }),
    );
    const ordered = hold(tape.op({ kind: 'gather', inputs: [weighted], elements: down.elements, dtype: down.dtype }));
    return tape.op({ kind: 'sum', inputs: [ordered], elements: tokens(request) * hidden, dtype: down.dtype });
  });
}

function gate(tape: Tape, both: Value, elements: number): Value {
  const opened = tape.op({ kind: 'silu', inputs: [both], elements, dtype: both.dtype, saves: [both] });
  const saves = [both, opened];
  return tape.op({ kind: 'multiply', inputs: saves, elements, dtype: both.dtype, saves });
}

/** Both halves are clamped, the gate is multiplied by its sigmoid, the other half raised by one. */
function clampedGate(tape: Tape, both: Value, elements: number): Value {
  return tape.call((hold) => {
    const clamped = (): Value =>
      hold(tape.op({ kind: 'clamp', inputs: [both], elements, dtype: both.dtype, saves: [both] }));
    const [opened, up] = [clamped(), clamped()];
    const sigmoid = keepsOutput(tape, 'sigmoid', scale(tape, opened));
    const product = hold(multiply(tape, opened, sigmoid));
    return multiply(tape, scale(tape, up), product);
  });
}

/** The chosen experts' biases are gathered row by row and added. */
function biased(tape: Tape, x: Value): Value {
  return tape.op({
    kind: 'add bias',
    inputs: [x],
    elements: x.elements,
    dtype: x.dtype,
    sharesGradient: 'all',
    forwardScratch: x.bytes,
  });
}

function routerWeights(tape: Tape, x: Value, request: LayerRequest): Value {
  const { shape } = request;
  const spec = { name: 'router', inputs: shape.hiddenSize, outputs: shape.experts };
  const logits = EXPERTS_WITHOUT_ADAPTER.has(shape.family)
    ? linearWithoutAdapter(tape, x, spec)
    : linear(tape, x, spec);
  const probabilities = keepsOutput(tape, 'softmax', logits, 'fp32');
  const elements = tokens(request) * shape.expertsPerToken;
  const chosen = tape.op({ kind: 'top k', inputs: [probabilities], elements, dtype: 'fp32' });
  return cast(tape, chosen, logits.dtype);
}

/**
 * peft puts adapters on stacked experts too and makes the sum of weight and adapters whole for each product (peft:
 * tuners/lora/layer.py, ParamWrapper). Gate and up, fused in one tensor, get twice the rank (measured on its counts).
 */
function adaptedWeight(tape: Tape, weight: Parameter, sizes: GroupedProduct): Value | undefined {
  const { adapter, weights, autocast } = tape.context;
  const reachesAll = adapter?.targets === 'all-linear' && sizes.withoutAdapter !== true;
  if (adapter === null || !(reachesAll || adapter.experts)) return undefined;
  const rank = adapter.rank * (sizes.fusesGateAndUp && reachesAll ? 2 : 1);
  const part = (rows: number): Parameter =>
    matrix({ rows, cols: rank * sizes.experts, dtype: adapter.dtype, trainable: true, role: 'hidden', adapter: true });
  return tape.op({
    kind: 'adapted weight',
    inputs: [],
    elements: weight.elements,
    dtype: weights,
    parameters: [weight, part(sizes.inputs), part(sizes.outputs)],
    forwardScratch: weight.elements * DTYPE_BYTES[autocast ?? adapter.dtype],
  });
}

interface GroupedProduct {
  readonly fusesGateAndUp?: boolean;
  readonly withoutAdapter?: boolean;
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly experts: number;
}

/**
 * One product over all experts' weights, stored as one tensor (transformers 5: integrations/moe.py, grouped_mm). Autocast
 * has no rule for it, so it runs in the weights' own dtype.
 */
function groupedProduct(tape: Tape, x: Value, sizes: GroupedProduct): Value {
  const { weights } = tape.context;
  const trainsExperts = trains(tape.context, 'experts');
  const isQuantized = tape.context.quantizesExperts && !trainsExperts;
  const weight = matrix({
    rows: sizes.experts * sizes.outputs * tape.context.weightShare,
    cols: sizes.inputs,
    dtype: weights,
    trainable: trainsExperts,
    role: 'experts',
    quantizable: true,
  });
  const adapted = isQuantized ? undefined : adaptedWeight(tape, weight, sizes);
  const input = isQuantized ? toAutocast(tape, x) : cast(tape, x, weights);
  // Quantised, all experts' weights are made whole for the one product.
  const scratch = isQuantized ? dequantizedBytes(tape, weight) : 0;
  const saves: Value[] = trainsExperts || adapted !== undefined ? [input] : [];
  if (adapted !== undefined) saves.push(adapted);
  return tape.op({
    kind: 'grouped product',
    inputs: [input, adapted],
    elements: sizes.rows * sizes.outputs,
    dtype: input.dtype,
    saves,
    parameters: adapted === undefined ? [weight] : [],
    forwardScratch: scratch,
    backwardScratch: scratch,
  });
}
