import schema from '../../../../schemas/llm-foundry.schema.json' with { type: 'json' };
import type { TensorDtype } from '../../plan/index.ts';
import { type ConfigPath, type ConfigTree, nodeAt } from '../../text/index.ts';
import { aroundOf } from '../kit/around.ts';
import { type Draft, defineAdapter, type Section } from '../kit/define-adapter.ts';
import { type Sign, weigh } from '../kit/evidence.ts';
import { positive } from '../kit/key.ts';
import { checkKeys } from '../kit/key-checks.ts';
import type { JsonSchema } from '../types.ts';
import { LLM_FOUNDRY_CHECKS } from './llm-foundry-checks.ts';
import { CONFIG, isMpt, LLM_FOUNDRY_KEYS, MPT } from './llm-foundry-keys.ts';

const TELLING: readonly (readonly [string, number])[] = [
  ['max_duration', 15],
  ['train_loader', 35],
  ['device_train_microbatch_size', 10],
  ['global_train_batch_size', 10],
  ['fsdp_config.sharding_strategy', 15],
  ['algorithms.gradient_clipping', 20],
  ['icl_tasks', 15],
  ['models', 10],
  ['device_eval_batch_size', 10],
];

const SIGNS: readonly Sign[] = [
  ...TELLING.flatMap(([key, weight]): readonly Sign[] => [
    { key, weight },
    { key: `parameters.${key}`, weight },
  ]),
  { key: 'command', value: (value) => typeof value === 'string' && value.includes('composer '), weight: 30 },
  { key: 'image', value: (value) => typeof value === 'string' && value.includes('llm-foundry'), weight: 40 },
  { key: 'model.d_model', weight: 5 },
];

/** llm-foundry: OmegaConf files for Composer, by themselves or as the `parameters` of a launcher's file. */
export const llmFoundryAdapter = defineAdapter({
  id: 'llm-foundry',
  title: 'llm-foundry',
  loaders: { yaml: 'omegaconf' },
  recognise: (input) => weigh(input, SIGNS),
  keys: LLM_FOUNDRY_KEYS,
  // TypeScript reads a JSON module's literals as wide types; the file is written as a JsonSchema.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  inner: wrappedAt,
  sections: trainingSections,
  issues: (tree) => checkKeys(tree, LLM_FOUNDRY_CHECKS),
  join: stateWorld,
  settle: settleLlmFoundry,
});

/** Where a launcher's file keeps the config; the root of any other. */
function wrappedAt(tree: ConfigTree): ConfigPath {
  return nodeAt(tree, ['parameters'])?.kind === 'map' ? ['parameters'] : [];
}

/** Evaluations have no training to tell of. */
function trainingSections(tree: ConfigTree): readonly Section[] {
  const base = wrappedAt(tree);
  const trains = ['optimizer', 'max_duration', 'train_loader'].some(
    (name) => nodeAt(tree, [...base, name]) !== undefined,
  );
  return trains ? [{ name: 'main', base }] : [];
}

/** The launcher's own keys say how many GPUs there are. */
function stateWorld({ tree, builder }: Draft): void {
  const around = aroundOf(tree);
  for (const path of ['compute.gpus', 'gpu_num']) {
    const node = around.node(path);
    const gpus = positive(around.get(path) ?? null);
    if (node === undefined || gpus === undefined) continue;
    const at = { file: tree.file, start: node.range.start, end: node.range.end };
    builder.state('parallel.world', { value: gpus, origin: 'explicit', at });
  }
}

function settleLlmFoundry(draft: Draft): void {
  const { builder, around } = draft;
  builder.assumeAll(
    {
      'run.task': around.get('model.name') === 'hf_t5' ? 'seq2seq' : 'causal-lm',
      'parallel.tensor': 1,
      'parallel.pipeline': 1,
      'parallel.context': 1,
      'parallel.ulysses': 1,
      'parallel.expert': 1,
      'adapter.kind': around.has('model.peft_config') ? 'lora' : 'none',
      'loss.kernel': 'plain',
    },
    CONFIG,
  );
  builder.assume('batch.unevenMicro', true, `${CONFIG} (calculate_batch_size_info)`);
  const tunes = around.get('train_loader.name') === 'finetuning';
  builder.infer('run.objective', tunes ? 'sft' : 'pretraining', 'train_loader.name');
  const packs = !tunes || (around.get('train_loader.dataset.packing_ratio') ?? null) !== null;
  builder.infer('data.packing', packs, tunes ? 'whether packing_ratio is set' : 'text is cut into full sequences');
  settleStart(draft);
  settleFamily(draft);
  settleSharding(draft);
}

function settleStart(draft: Draft): void {
  const { around } = draft;
  const loads = (around.get('load_path') ?? null) !== null;
  const pretrained = !isMpt(around) && (around.get('model.pretrained') ?? true) === true;
  if (loads || pretrained) draft.builder.infer('run.fromScratch', false, 'it starts from trained weights');
  else draft.builder.infer('run.fromScratch', true, 'no weights to start from are named');
}

/** MPT without biases has ALiBi as a rule; with biases and learned positions its layer is GPT-2's. */
function settleFamily(draft: Draft): void {
  const { around } = draft;
  if (!isMpt(around)) return;
  const alibi = around.get('model.attn_config.alibi') === true;
  const rope = around.get('model.attn_config.rope') === true;
  const learned = (around.get('model.learned_pos_emb') ?? true) === true && !alibi && !rope;
  const biased = around.get('model.no_bias') !== true;
  const norm = String(around.get('model.norm_type') ?? 'low_precision_layernorm');
  const gated = String(around.get('model.ffn_config.ffn_type') ?? 'mptmlp') !== 'mptmlp';
  if (!norm.endsWith('layernorm') || gated) return;
  if (!biased && !learned) draft.builder.infer('model.family', 'mpt', `no biases and no learned positions (${MPT})`);
  else if (biased && learned)
    draft.builder.infer('model.family', 'gpt2', `LayerNorm, learned positions and biases (${MPT})`);
}

const COMPUTE: Readonly<Record<string, TensorDtype>> = {
  amp_bf16: 'bf16',
  amp_fp16: 'fp16',
  amp_fp8: 'fp8',
  fp32: 'fp32',
};

/** Weights stay fp32 in FSDP's shards; PURE gathers and reduces in 16 bits, DEFAULT reduces in fp32, FULL does neither. */
function settleSharding(draft: Draft): void {
  const { builder, around } = draft;
  const fsdp =
    around.has('fsdp_config') &&
    around.get('fsdp_config') !== null &&
    around.get('fsdp_config.sharding_strategy') !== 'NO_SHARD';
  builder.infer('sharding.engine', fsdp ? 'fsdp1' : 'ddp', fsdp ? 'fsdp_config is set' : 'there is no fsdp_config');
  const splits = around.get('fsdp_config.sharding_strategy') === 'SHARD_GRAD_OP' ? 2 : 3;
  builder.infer('sharding.zeroStage', fsdp ? splits : 0, 'fsdp_config.sharding_strategy', ['sharding.engine']);
  if (fsdp) builder.assume('sharding.reshardAfterForward', true, 'composer: composer/utils/parallelism.py');
  // Only a model under DDP skips the reduction of its earlier micro-steps.
  if (fsdp) builder.assume('sharding.defersReduction', false, 'composer: composer/distributed/dist_strategy.py');
  const compute = COMPUTE[String(around.get('precision') ?? 'amp_bf16')];
  if (compute === undefined || around.has('model.master_weights_dtype')) return;
  const how = 'precision and fsdp_config.mixed_precision (composer: composer/distributed/shared_utils.py)';
  builder.infer('precision.weights', 'fp32', how);
  builder.infer('precision.gradients', 'fp32', how);
  builder.infer('precision.master', 'none', how);
  builder.infer('precision.compute', compute, how);
  builder.infer('precision.autocast', compute === 'fp32' ? 'off' : compute === 'fp8' ? 'bf16' : compute, how);
  const half = compute === 'fp8' ? 'bf16' : compute;
  const pure = around.get('fsdp_config.mixed_precision') === 'PURE';
  builder.infer('precision.reduce', fsdp && pure ? half : 'fp32', how);
}
