import type { AdapterMethod } from '../../plan/index.ts';
import type { Dtype } from '../workload.ts';

/** What every op of a step needs to know of the run: dtypes, what trains, which kernels. */
export interface TapeContext {
  /** Dtype the base weights are computed from. */
  readonly weights: Dtype;
  /** Dtype of base weights that train beside frozen ones. */
  readonly trainedWeights: Dtype;
  /** torch autocast's dtype, or null without it. */
  readonly autocast: Dtype | null;
  /** Which of the base's modules train. */
  readonly trained: TrainedModules;
  /** Whether a program's input asks for a gradient: something below it trains. */
  readonly inputNeedsGradient: boolean;
  /** A module's path inside its layer, by the name that programs give it. */
  readonly modulePath: (name: string) => string;
  readonly adapter: AdapterContext | null;
  readonly attention: 'fused' | 'eager';
  /** flash-attn takes grouped heads in every dtype and has no layout copies of its own. */
  readonly flashPackage: boolean;
  readonly checkpointing: boolean;
  /** The whole model is one graph, in which the model makes its mask and repeats grouped heads for it. */
  readonly wholeGraph: boolean;
  /** Fused norm, SwiGLU and rotary kernels (Liger). */
  readonly fusedLayers: boolean;
  /** Forward alone: nothing is dropped out. */
  readonly inference?: boolean;
  /** How frozen linear weights are stored. 4-bit ones are dequantised for each product, forward and backward. */
  readonly quantization: 'none' | 'nf4' | 'fp4' | 'int8';
  /** Stacked experts are stored so as well. */
  readonly quantizesExperts: boolean;
  /** Share of every matrix on this rank, where activations are split along the sequence instead of the heads. */
  readonly weightShare: number;
  /** Share of the embedding and the head on this rank. */
  readonly vocabularyShare: number;
  /** Share of the logits that this rank's product makes before all of them are gathered; 1 where none are. */
  readonly logitsShare: number;
  /** Each rank's part of a layer's last products is summed over ranks, in a copy, and so are the gradients of their inputs. */
  readonly sumsOverRanks: boolean;
  /** Linears without bias compute the weight's gradient before the input's. */
  readonly weightGradientFirst: boolean;
}

/** All, none as under an adapter, or those listed: names as programs give them, with `.weight` or `.bias`. */
export type TrainedModules = 'all' | 'none' | ReadonlySet<string>;

/** Whether a module's own weight, or its bias, trains. */
export function trains({ trained }: TapeContext, module: string, part: 'weight' | 'bias' = 'weight'): boolean {
  return trained === 'all' || (trained !== 'none' && trained.has(`${module}.${part}`));
}

export interface AdapterContext {
  readonly rank: number;
  readonly targets: 'all-linear' | readonly string[];
  readonly dropout: number;
  readonly dtype: Dtype;
  readonly dora: boolean;
  readonly method: Exclude<AdapterMethod, 'freeze'> | undefined;
  readonly blockSize: number;
  readonly virtualTokens: number;
  /** Stacked experts' matrices have adapters by name. */
  readonly experts: boolean;
}

/** Rank of the adapter on a module, 0 where it has none. peft matches a target by the end of a module's name. */
export function adapterRank(context: TapeContext, moduleName: string): number {
  const { adapter } = context;
  if (adapter === null) return 0;
  if (adapter.targets === 'all-linear') return OUTSIDE_LAYERS.has(moduleName) ? 0 : adapter.rank;
  return adapter.targets.some((target) => isTarget(context.modulePath(moduleName), moduleName, target))
    ? adapter.rank
    : 0;
}

/** `all-linear` leaves out the head, and the token embedding is no linear layer (peft: tuners/tuners_utils.py). */
const OUTSIDE_LAYERS: ReadonlySet<string> = new Set(['embed_tokens', 'lm_head']);

function isTarget(path: string, moduleName: string, target: string): boolean {
  return (
    lastPart(target) === moduleName || path === target || path.endsWith(`.${target}`) || target.endsWith(`.${path}`)
  );
}

/** The dtype matrix products run in. */
export function computeDtype(context: TapeContext): Dtype {
  return context.autocast ?? context.weights;
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
