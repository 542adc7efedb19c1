import schema from '../../../../schemas/olmo.schema.json' with { type: 'json' };
import type { TensorDtype } from '../../plan/index.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { type Sign, weigh } from '../kit/evidence.ts';
import type { JsonSchema } from '../types.ts';
import { CONFIG, OLMO_KEYS } from './olmo-keys.ts';

const SIGNS: readonly Sign[] = [
  { key: 'device_train_microbatch_size', weight: 15 },
  { key: 'global_train_batch_size', weight: 15 },
  { key: 'model.d_model', weight: 15 },
  { key: 'model.mlp_ratio', weight: 10 },
  { key: 'model.max_sequence_length', weight: 20 },
  { key: 'scheduler.t_warmup', weight: 5 },
  { key: 'optimizer.decay_norm_and_bias', weight: 20 },
  { key: 'speed_monitor', weight: 10 },
  { key: 'save_num_checkpoints_to_keep', weight: 20 },
  { key: 'evaluators', weight: 5 },
  { key: 'data.paths', weight: 10 },
  { key: 'train_loader', weight: -200 },
  { key: 'model.name', weight: -60 },
  { key: 'parameters', weight: -200 },
];

/** OLMo's trainer: one file, read by OmegaConf against dataclasses that refuse unknown keys. */
export const olmoAdapter = defineAdapter({
  id: 'olmo',
  title: 'OLMo',
  loaders: { yaml: 'omegaconf' },
  recognise: (input) => weigh(input, SIGNS),
  keys: OLMO_KEYS,
  // TypeScript reads a JSON module's literals as wide types; the file is written as a JsonSchema.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'refused', castsNumbers: () => true },
  settle: settleOlmo,
});

const TRAIN = 'OLMo: scripts/train.py';
const AUTOCAST: Readonly<Record<string, TensorDtype>> = { amp_bf16: 'bf16', amp_fp16: 'fp16', fp32: 'fp32' };

function settleOlmo(draft: Draft): void {
  const { builder, around } = draft;
  builder.assumeAll(
    {
      'run.task': 'causal-lm',
      'run.objective': 'pretraining',
      'adapter.kind': 'none',
      'parallel.tensor': 1,
      'parallel.pipeline': 1,
      'parallel.context': 1,
      'parallel.ulysses': 1,
      'parallel.expert': 1,
      'loss.kernel': 'plain',
      'data.packing': true,
    },
    TRAIN,
  );
  builder.assume('batch.unevenMicro', true, 'OLMo: olmo/train.py (split_batch)');
  const starts = (around.get('load_path') ?? null) === null;
  builder.infer('run.fromScratch', starts, starts ? 'no load_path is given' : 'load_path names a checkpoint');
  settleFamily(draft);
  settleSharding(draft);
}

/** The catalogue's family whose layer this is; other mixtures of norms and biases have none. */
function settleFamily(draft: Draft): void {
  const { around } = draft;
  const get = (name: string, usual: string | boolean) => around.get(`model.${name}`) ?? usual;
  const plain =
    get('include_bias', true) === false && get('activation_type', 'swiglu') === 'swiglu' && get('rope', false) === true;
  if (!plain) return;
  const kind = get('layer_norm_type', 'default');
  if (kind === 'rms' && get('norm_after', false) === true && get('attention_layer_norm', false) === true)
    draft.builder.infer('model.family', 'olmo2', 'RMSNorm behind the blocks and on queries and keys');
  else if (kind === 'rms' && get('norm_after', false) === false && get('attention_layer_norm', false) === false)
    draft.builder.infer('model.family', 'llama', 'RMSNorm before the blocks, SwiGLU, rotary positions and no biases');
  else if (
    kind === 'default' &&
    get('layer_norm_with_affine', true) === false &&
    get('attention_layer_norm', false) === false
  )
    draft.builder.infer('model.family', 'olmo', 'LayerNorm without parameters, SwiGLU, rotary positions and no biases');
}

/** Weights stay fp32; FSDP gathers, and autocast computes, in the dtype of `precision`. */
function settleSharding(draft: Draft): void {
  const { builder, around } = draft;
  const strategy = around.get('distributed_strategy') ?? 'fsdp';
  const fsdp = strategy === 'fsdp' && around.get('fsdp.sharding_strategy') !== 'NO_SHARD';
  if (fsdp) builder.assumeAll({ 'sharding.engine': 'fsdp1', 'sharding.defersReduction': false }, CONFIG);
  else
    builder.infer(
      'sharding.engine',
      strategy === 'single' ? 'none' : 'ddp',
      `distributed_strategy is ${String(strategy)}`,
    );
  const stated = around.get('precision') ?? (around.has('precision') ? 'fp32' : undefined);
  const compute = stated === undefined ? 'fp32' : AUTOCAST[String(stated)];
  if (compute === undefined) return;
  const how = `precision and fsdp.precision (${CONFIG})`;
  builder.infer('precision.weights', 'fp32', how);
  builder.infer('precision.gradients', 'fp32', how);
  builder.infer('precision.master', 'none', how);
  builder.infer('precision.compute', compute, how);
  builder.infer('precision.autocast', compute === 'fp32' ? 'off' : compute, how);
  const pure = (around.get('fsdp.precision') ?? 'pure') === 'pure';
  builder.infer('precision.reduce', fsdp && pure ? compute : 'fp32', how);
}
