import type { AdapterTargets, AttentionKernel, Checkpointing, LossKernel, ShardingEngine } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { readDtype, writeDtype } from '../hf-family/settle-precision.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import { pairElement } from '../kit/pair-element.ts';
import type { Around, KeyTable } from '../types.ts';

const DISTRIBUTED = 'nemo-automodel: nemo_automodel/components/distributed/config.py';
const RECIPE = 'nemo-automodel: nemo_automodel/recipes/llm/train_ft.py';
const LORA = 'nemo-automodel: nemo_automodel/components/_peft/lora.py';
const DRAFT = 'nemo-automodel: nemo_automodel/recipes/llm/train_eagle3.py';
const OPTIMIZER = 'nemo-automodel: nemo_automodel/components/optim/optimizer.py';

/** Python's None comes as a word, and the reader makes it one. */
const number = (value: ConfigValue): number | undefined => positive(value);
const NUMBER = { read: number, write: (to: number): ConfigValue => to };
const ONE = { ...NUMBER, default: byDefault(1, DISTRIBUTED) };

/** Where a pipeline's settings stand: older files have a section `autopipeline` for them. */
const PIPELINES = ['distributed.pipeline', 'autopipeline'] as const;

const cutsPipeline = (around: Around): boolean =>
  (positive(around.get('distributed.pp_size') ?? null) ?? 1) > 1 &&
  PIPELINES.some((section) => positive(around.get(`${section}.pp_microbatch_size`) ?? null) !== undefined);

const packs = (around: Around): boolean =>
  positive(around.get('packed_sequence.packed_sequence_size') ?? null) !== undefined;

const usesLora = (around: Around): boolean => around.has('peft');

/** Recipes for a draft model train that beside a frozen target; their settings are under `recipe_args`. */
export const drafts = (around: Around): boolean => around.has('recipe_args.target_model_name_or_path');

const batchKeys: KeyTable = {
  'step_scheduler.global_batch_size': key('batch.global', NUMBER),
  // A pipeline cuts what a rank takes at a time into smaller pieces.
  'distributed.pipeline.pp_microbatch_size': key('batch.micro', { ...NUMBER, when: cutsPipeline }),
  'autopipeline.pp_microbatch_size': key('batch.micro', { ...NUMBER, when: cutsPipeline }),
  'step_scheduler.local_batch_size': [
    key('batch.micro', { ...NUMBER, when: (around) => !cutsPipeline(around) }),
    key('batch.pipelinePass', { ...NUMBER, when: cutsPipeline }),
  ],
  'recipe_args.micro_batch_size': key('batch.micro', NUMBER),
  'recipe_args.grad_accumulation_steps': key('batch.gradientAccumulation', NUMBER),
  'step_scheduler.max_steps': key('schedule.totalSteps', NUMBER),
  'step_scheduler.num_epochs': key('schedule.epochs', {
    ...NUMBER,
    when: (around) => positive(around.get('step_scheduler.max_steps') ?? null) === undefined,
  }),
  'recipe_args.num_epochs': key('schedule.epochs', NUMBER),
  'step_scheduler.val_every_steps': key('schedule.evalSteps', NUMBER),
  'step_scheduler.ckpt_every_steps': key('schedule.saveSteps', NUMBER),
  'packed_sequence.packed_sequence_size': [
    key('data.sequenceLength', { ...NUMBER, when: packs }),
    key('data.packing', { read: (value) => (castNumber(value) ?? 0) > 0, default: byDefault(false, RECIPE) }),
  ],
  'recipe_args.packed_sequence_size': [
    key('data.sequenceLength', NUMBER),
    key('data.packing', { read: (value) => (castNumber(value) ?? 0) > 0 }),
  ],
  'dataset._target_': key('data.synthetic', {
    read: (value) => (typeof value === 'string' && /\.mock_|Mock[A-Z]/.test(value) ? true : undefined),
  }),
  'dataset.seq_length': key('data.sequenceLength', sampleLength()),
  'dataset.seq_len': key('data.sequenceLength', sampleLength()),
  'dataset.max_seq_length': key('data.sequenceLength', sampleLength()),
  'dataloader.collate_fn.max_length': key('data.sequenceLength', sampleLength()),
  'recipe_args.seq_length': key('data.sequenceLength', sampleLength()),
};

/** Lengths of single samples, which a packed sequence replaces. */
function sampleLength() {
  return { ...NUMBER, when: (around: Around): boolean => !packs(around) };
}

const schedules = (around: Around): boolean => around.has('lr_scheduler');

const optimizerKeys: KeyTable = {
  'optimizer._target_': key('optimizer.name', {
    default: byDefault((around: Around) => (drafts(around) ? 'adamw_torch' : undefined), DRAFT),
  }),
  'optimizer.lr': key('optimizer.peakLearningRate'),
  'optimizer.weight_decay': key('optimizer.weightDecay'),
  'optimizer.betas': [
    key('optimizer.beta1', pairElement('optimizer.betas', 0)),
    key('optimizer.beta2', pairElement('optimizer.betas', 1)),
  ],
  'optimizer.eps': key('optimizer.epsilon'),
  'clip_grad_norm.max_norm': key('optimizer.maxGradNorm', {
    default: byDefault((around: Around) => (drafts(around) ? undefined : 1), RECIPE),
  }),
  'recipe_args.max_grad_norm': key('optimizer.maxGradNorm'),
  'lr_scheduler.lr_decay_style': key('schedule.kind', {
    default: byDefault((around: Around) => (schedules(around) || drafts(around) ? 'cosine' : 'constant'), OPTIMIZER),
  }),
  'lr_scheduler.lr_warmup_steps': key('schedule.warmupSteps', {
    default: byDefault((around: Around) => {
      const total = positive(around.get('step_scheduler.max_steps') ?? null);
      if (!schedules(around)) return drafts(around) ? undefined : 0;
      // A run whose end is given in epochs takes a tenth of steps that only the data can tell.
      return total === undefined || around.has('step_scheduler.num_epochs')
        ? undefined
        : Math.min(1000, Math.floor(total / 10));
    }, OPTIMIZER),
  }),
  'lr_scheduler.min_lr': key('schedule.minLearningRate', { when: schedules }),
  // A draft's schedule stands beside its optimizer.
  'optimizer.warmup_ratio': key('schedule.warmupRatio', { when: drafts, default: byDefault(0.05, DRAFT) }),
  'optimizer.min_lr_ratio': key('schedule.minRatio', { when: drafts, default: byDefault(0.1, DRAFT) }),
};

const SKYPILOT = 'nemo-automodel: nemo_automodel/components/launcher/skypilot';

/** SkyPilot's `H100:8`: a kind of GPU and how many a node has. */
function accelerators(value: ConfigValue): { readonly gpu: string; readonly count: number } | undefined {
  const parts = typeof value === 'string' ? /^([\w-]+):(\d+)$/.exec(value) : null;
  const [, gpu, count] = parts ?? [];
  return gpu === undefined || count === undefined ? undefined : { gpu, count: Number(count) };
}

const STRATEGIES = oneOf<ShardingEngine>([
  ['fsdp2', 'fsdp2'],
  ['megatron_fsdp', 'megatron'],
  ['ddp', 'ddp'],
]);

/** The managers of older files, by class. */
function engineOfManager(value: ConfigValue): ShardingEngine | undefined {
  if (typeof value !== 'string') return undefined;
  if (/FSDP2/.test(value)) return 'fsdp2';
  return /DDP/.test(value) ? 'ddp' : /MegatronFSDP/.test(value) ? 'megatron' : undefined;
}

const CHECKPOINTING = {
  read: (value: ConfigValue): Checkpointing | undefined =>
    value === true ? 'full' : value === false ? 'none' : undefined,
  write: (to: Checkpointing): ConfigValue | undefined => (to === 'selective' ? undefined : to === 'full'),
};

const parallelKeys: KeyTable = {
  'distributed.strategy': key('sharding.engine', {
    ...STRATEGIES,
    default: byDefault(
      (around: Around): ShardingEngine | undefined =>
        around.has('distributed') && !around.has('distributed._target_') ? 'fsdp2' : undefined,
      DISTRIBUTED,
    ),
  }),
  'distributed._target_': key('sharding.engine', { read: engineOfManager }),
  'skypilot.accelerators': [
    key('hardware.gpu', { read: (value) => accelerators(value)?.gpu }),
    key('parallel.gpusPerNode', { read: (value) => accelerators(value)?.count }),
  ],
  'skypilot.num_nodes': key('parallel.nodes', {
    ...NUMBER,
    default: byDefault((around: Around) => (around.has('skypilot.accelerators') ? 1 : undefined), SKYPILOT),
  }),
  'distributed.defer_fsdp_grad_sync': key('sharding.defersReduction'),
  'distributed.dp_size': key('parallel.data', NUMBER),
  'distributed.tp_size': key('parallel.tensor', ONE),
  'distributed.pp_size': key('parallel.pipeline', ONE),
  'distributed.cp_size': key('parallel.context', ONE),
  'distributed.ep_size': key('parallel.expert', ONE),
  // Recipes for diffusion models say the same in a section of their own (recipes/diffusion/train.py).
  'fsdp.dp_size': key('parallel.data', NUMBER),
  'fsdp.tp_size': key('parallel.tensor', NUMBER),
  'fsdp.pp_size': key('parallel.pipeline', NUMBER),
  'fsdp.cp_size': key('parallel.context', NUMBER),
  'distributed.sequence_parallel': key('parallel.sequence', { default: byDefault(false, DISTRIBUTED) }),
  // Older files have it in the section of the function that shards mixtures of experts.
  'parallelizer.activation_checkpointing': key('activations.checkpointing', CHECKPOINTING),
  'parallelizer.reshard_after_forward': key('sharding.reshardAfterForward'),
  'distributed.activation_checkpointing': key('activations.checkpointing', {
    ...CHECKPOINTING,
    default: byDefault('none', DISTRIBUTED),
  }),
  'distributed.moe.reshard_after_forward': key('sharding.reshardAfterForward'),
  // Layers with experts are wrapped by rules of their own.
  'distributed.reshard_after_forward': key('sharding.reshardAfterForward', {
    when: (around) => !around.has('distributed.moe.reshard_after_forward'),
  }),
};

const ATTENTION = oneOf<AttentionKernel>([
  ['flash_attention_2', 'flash'],
  ['flash_attention_3', 'flash'],
  ['sdpa', 'sdpa'],
  ['eager', 'eager'],
  ['flex_attention', 'flex'],
]);

const BACKENDS: Readonly<Record<string, AttentionKernel>> = { te: 'flash', cudnn: 'flash', sdpa: 'sdpa', flex: 'flex' };

/** Losses by their class: the one over linear layers never holds the logits. */
function lossOf(value: ConfigValue): LossKernel | undefined {
  if (typeof value !== 'string') return undefined;
  if (/linear_ce|FusedLinear/.test(value)) return 'fused';
  return /chunked/i.test(value) ? 'chunked' : /CrossEntropy/.test(value) ? 'plain' : undefined;
}

/** Patterns over module names; all projections are all linear layers of a decoder. */
/**
 * What `*_proj` matches. Experts whose matrices are stacked are no modules of that name and stay without adapters
 * (nemo-automodel: nemo_automodel/components/_peft/module_matcher.py).
 */
const PROJECTIONS = [
  ...['q_proj', 'k_proj', 'v_proj', 'o_proj', 'qkv_proj', 'q_a_proj', 'q_b_proj', 'kv_b_proj'],
  ...['gate_proj', 'up_proj', 'down_proj', 'gate_up_proj', 'in_proj', 'out_proj', 'x_proj', 'dt_proj', 'c_proj'],
];

function targetsOf(value: ConfigValue): AdapterTargets | undefined {
  const patterns = [value].flat().filter((item) => typeof item === 'string');
  if (patterns.includes('*')) return 'all-linear';
  const names = patterns.flatMap((pattern) => (pattern === '*_proj' ? PROJECTIONS : pattern.replace(/^\*\./, '')));
  return names.length > 0 && names.every((name) => /^\w+$/.test(name)) ? names : undefined;
}

const modelKeys: KeyTable = {
  'model.pretrained_model_name_or_path': key('model.name'),
  'model.config.pretrained_model_name_or_path': key('model.name'),
  'model.torch_dtype': key('precision.weights', { read: readDtype, write: writeDtype }),
  // With both, which one counts hangs on whether the model has an implementation of the framework's own.
  'model.attn_implementation': key('model.attention', {
    ...ATTENTION,
    when: (around) => !around.has('model.backend.attn'),
  }),
  'model.backend.attn': key('model.attention', {
    when: (around) => !around.has('model.attn_implementation'),
    read: (value) => (typeof value === 'string' ? BACKENDS[value] : undefined),
  }),
  'model._target_': key('run.fromScratch', {
    read: (value) =>
      typeof value !== 'string'
        ? undefined
        : value.endsWith('from_config')
          ? true
          : value.endsWith('from_pretrained')
            ? false
            : undefined,
  }),
  'loss_fn._target_': key('loss.kernel', { read: lossOf }),
  'loss_fn.fp32_upcast': key('loss.upcastsLogits'),
  'compile.enabled': key('compile.enabled', { default: byDefault(false, RECIPE) }),
  'freeze_config.freeze_vision_tower': key('adapter.freezesVisionTower'),
  'peft.dim': key('adapter.rank', { ...NUMBER, default: byDefault(lora(8), LORA), when: usesLora }),
  'peft.alpha': key('adapter.alpha', { ...NUMBER, default: byDefault(lora(32), LORA), when: usesLora }),
  'peft.dropout': key('adapter.dropout', { default: byDefault(lora(0), LORA), when: usesLora }),
  'peft.match_all_linear': key('adapter.targets', {
    read: (value) => (value === true ? 'all-linear' : undefined),
    when: usesLora,
  }),
  'peft.target_modules': key('adapter.targets', { read: targetsOf, when: usesLora }),
  'quantization.load_in_4bit': key('adapter.quantization', {
    read: (value, around) =>
      value !== true ? undefined : around.get('quantization.bnb_4bit_quant_type') === 'fp4' ? 'fp4' : 'nf4',
  }),
  'quantization.load_in_8bit': key('adapter.quantization', { read: (value) => (value === true ? 'int8' : undefined) }),
  'quantization.bnb_4bit_use_double_quant': key('adapter.doubleQuantization'),
};

function lora(value: number) {
  return (around: Around): number | undefined => (usesLora(around) ? value : undefined);
}

/** All keys, from the root of the file. */
export const AUTOMODEL_KEYS: KeyTable = { ...batchKeys, ...optimizerKeys, ...parallelKeys, ...modelKeys };
