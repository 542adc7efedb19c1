import schema from '../../../../schemas/peft.schema.json' with { type: 'json' };
import type { AdapterMethod } from '../../plan/index.ts';
import { nodeAt, toValue } from '../../text/index.ts';
import { readDtype, settlePrecision, writeDtype } from '../hf-family/settle-precision.ts';
import { ATTENTION_NAMES } from '../hf-trainer/hf-trainer-keys.ts';
import { aroundOf } from '../kit/around.ts';
import type { Inheritance } from '../kit/compose.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { byDefault, key, oneOf, positive } from '../kit/key.ts';
import { peftMethod } from '../kit/peft-method.ts';
import { locationOf } from '../kit/read-keys.ts';
import type { Around, JsonSchema, KeyTable } from '../types.ts';

const UTILS = 'peft: method_comparison/MetaMathQA/utils.py';
const RUN = 'peft: method_comparison/MetaMathQA/run.py';
const ADAMW = 'torch: torch/optim/adamw.py';

const WHOLE = { read: positive, write: (to: number) => to };

const KEYS: KeyTable = {
  model_id: key('model.name'),
  dtype: key('precision.weights', { read: readDtype, write: writeDtype }),
  max_seq_length: key('data.sequenceLength', WHOLE),
  resolution: key('model.imageSize', WHOLE),
  batch_size: key('batch.micro', WHOLE),
  batch_size_eval: key('batch.eval', WHOLE),
  max_steps: key('schedule.totalSteps', WHOLE),
  eval_steps: key('schedule.evalSteps', WHOLE),
  compile: key('compile.enabled'),
  use_gc: key(
    'activations.checkpointing',
    oneOf<'none' | 'full' | 'selective'>([
      [true, 'full'],
      [false, 'none'],
    ]),
  ),
  grad_norm_clip: key('optimizer.maxGradNorm'),
  optimizer_type: key('optimizer.name'),
  'optimizer_kwargs.lr': key('optimizer.peakLearningRate'),
  'optimizer_kwargs.weight_decay': key('optimizer.weightDecay'),
  lr_scheduler: key('schedule.kind', {
    read: (value) => (typeof value === 'string' ? value : undefined),
    default: byDefault(
      (around: Around) => (around.has('lr_scheduler') && around.get('lr_scheduler') === null ? 'constant' : undefined),
      'peft: method_comparison/MetaMathQA/utils.py (get_optimizer_and_scheduler)',
    ),
  }),
  attn_implementation: key('model.attention', ATTENTION_NAMES),
};

/** Every experiment is a difference from the defaults some folders above it. */
const DEFAULTS_ABOVE: Inheritance = {
  parents: (tree) =>
    isDefaults(tree.file) ? [] : [{ range: { start: 0, end: 0 }, paths: ['default_training_params.json'] }],
};

function isDefaults(file: string): boolean {
  return /default_training_params\.json$/.test(file);
}

/** Experiments of PEFT's method comparison: `training_params.json` beside an `adapter_config.json`. */
export const peftAdapter = defineAdapter({
  id: 'peft',
  title: 'PEFT method comparison',
  loaders: { json: 'json' },
  recognise: (input) =>
    weigh(input, [
      { key: 'optimizer_kwargs', weight: 45 },
      { key: 'optimizer_type', weight: 10 },
      { key: 'autocast_adapter_dtype', weight: 40 },
      { key: 'batch_size_eval', weight: 20 },
      { key: 'grad_norm_clip', weight: 10 },
      { key: 'init_kv_cache_prefix', weight: 30 },
      { file: /training_params\.json$/, weight: 50 },
      { key: 'trainer', weight: -60 },
      { key: 'model', weight: -60 },
    ]),
  keys: KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'refused', castsNumbers: () => false },
  inherits: DEFAULTS_ABOVE,
  join: joinAdapterConfig,
  settle: settlePeft,
});

/** The method and its rank lie in a file of their own; without one, all weights train. */
function joinAdapterConfig(draft: Draft): void {
  const { builder, context } = draft;
  if (isDefaults(context.file)) return;
  const tree = context.linked.open(context.file, 'adapter_config.json', 'json');
  if (tree?.root === undefined) {
    if (/full-finetuning/.test(context.file))
      builder.state('adapter.kind', {
        value: 'none',
        origin: 'inferred',
        from: [],
        how: 'the folder names the method',
      });
    return;
  }
  const at = locationOf(tree, tree.root);
  const config = aroundOf(tree);
  const type = config.get('peft_type');
  if (typeof type !== 'string') return;
  const isLora = type.toUpperCase() === 'LORA';
  const kind = !isLora ? 'other' : config.get('use_dora') === true ? 'dora' : 'lora';
  builder.state('adapter.kind', { value: kind, origin: 'explicit', at });
  if (isLora) joinLora(draft, config, at);
  else joinMethod(draft, config, peftMethod(type), at);
}

function joinMethod(
  draft: Draft,
  config: Around,
  method: AdapterMethod | undefined,
  at: ReturnType<typeof locationOf>,
): void {
  const { builder } = draft;
  if (method === undefined) return;
  builder.state('adapter.method', { value: method, origin: 'explicit', at });
  const block = positive(config.get('oft_block_size') ?? null);
  const tokens = positive(config.get('num_virtual_tokens') ?? null);
  if (block !== undefined) builder.state('adapter.blockSize', { value: block, origin: 'explicit', at });
  if (tokens !== undefined) builder.state('adapter.virtualTokens', { value: tokens, origin: 'explicit', at });
  joinLora(draft, config, at);
}

function joinLora({ builder }: Draft, config: Around, at: ReturnType<typeof locationOf>): void {
  // AdaLoRA begins with a rank of its own name and prunes it.
  const rank = positive(config.get('init_r') ?? config.get('r') ?? null);
  const alpha = positive(config.get('lora_alpha') ?? null);
  const targets = config.get('target_modules');
  if (rank !== undefined) builder.state('adapter.rank', { value: rank, origin: 'explicit', at });
  if (alpha !== undefined) builder.state('adapter.alpha', { value: alpha, origin: 'explicit', at });
  if (config.get('use_rslora') === true)
    builder.state('adapter.rankStabilized', { value: true, origin: 'explicit', at });
  if (targets === 'all-linear') builder.state('adapter.targets', { value: targets, origin: 'explicit', at });
  else if (Array.isArray(targets) && targets.every((name) => typeof name === 'string'))
    builder.state('adapter.targets', { value: targets, origin: 'explicit', at });
}

/** One process on one GPU, one step a batch; `optimizer_kwargs` replaces the defaults' as a whole. */
function settlePeft(draft: Draft): void {
  const { builder, around, context } = draft;
  const isImage = around.has('resolution') || /image-gen/.test(context.file);
  builder.assume('run.task', isImage ? 'diffusion' : 'causal-lm', RUN);
  if (!isImage) builder.assume('run.objective', 'sft', RUN);
  builder.assume('batch.unit', isImage ? 'images' : 'sequences', RUN);
  builder.assume('batch.gradientAccumulation', 1, RUN);
  builder.assume('parallel.world', 1, RUN);
  builder.assume('sharding.engine', 'none', RUN);
  for (const degree of ['parallel.tensor', 'parallel.pipeline', 'parallel.context', 'parallel.ulysses'] as const)
    builder.assume(degree, 1, RUN);
  const own = nodeAt(context.tree, ['optimizer_kwargs']);
  if (own !== undefined && nodeAt(context.tree, ['optimizer_kwargs', 'weight_decay']) === undefined) {
    builder.drop('optimizer.weightDecay');
    if (String(builder.value('optimizer.name')).toLowerCase() === 'adamw')
      builder.assume('optimizer.weightDecay', 0.01, ADAMW);
  }
  const asked = around.node('attn_implementation');
  if (asked !== undefined && toValue(asked) === null) builder.assume('model.attention', 'sdpa', UTILS);
  if (around.get('use_amp') !== false) return;
  settlePrecision(draft, {
    engine: 'none',
    mixed: 'off',
    loaded: builder.value('precision.weights'),
    frozen: (builder.value('adapter.kind') ?? 'none') !== 'none',
  });
}
