import { derive, type PlanFields } from '../../plan/index.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { BLOCK_SIZES } from './block-sizes.ts';
import { isPretraining, scriptOf, worldOf } from './litgpt-script.ts';

const PRETRAIN = 'litgpt: litgpt/pretrain.py';
const LORA = 'litgpt: litgpt/finetune/lora.py';
const FULL = 'litgpt: litgpt/finetune/full.py';
const DEFAULT_PRECISION = 'litgpt: litgpt/utils.py (get_default_supported_precision)';
const BITSANDBYTES = 'lightning: src/lightning/fabric/plugins/precision/bitsandbytes.py';
const MODEL = 'litgpt: litgpt/model.py (GPT)';
const CONFIG = 'litgpt: litgpt/config.py';
const CHUNK = 'litgpt: litgpt/utils.py (chunked_cross_entropy)';

/** Positions whose loss is taken at once. */
const CHUNK_POSITIONS = 128;

/** What hangs on the command, the number of GPUs and the precision word. */
export function settleLitgpt(draft: Draft): void {
  const { builder, around } = draft;
  const pretrains = isPretraining(around);
  const cite = pretrains ? PRETRAIN : scriptOf(around) === 'lora' ? LORA : FULL;
  builder.assumeAll(
    {
      'run.task': 'causal-lm',
      'run.objective': pretrains ? 'pretraining' : 'sft',
      'batch.unit': 'sequences',
      'schedule.kind': 'cosine',
      'schedule.saveCadence': 'steps',
      'schedule.evalCadence': 'steps',
      'compile.enabled': pretrains,
      'model.attention': 'sdpa',
      'activations.offload': false,
      'parallel.tensor': 1,
      'parallel.pipeline': 1,
      'parallel.context': 1,
      'parallel.ulysses': 1,
      'parallel.expert': 1,
    },
    cite,
  );
  builder.assume('batch.roundsDown', true, 'litgpt: litgpt/args.py (TrainArgs.gradient_accumulation_iters)');
  if (!pretrains) builder.assumeAll({ 'schedule.minLearningRate': 0, 'optimizer.maxGradNorm': 0 }, cite);
  // The head is a matrix of its own, whatever the checkpoint shares; only pretraining can be told to tie it.
  builder.assume('model.tiedEmbeddings', false, MODEL);
  settlePositions(draft);
  settleTargets(draft);
  settlePrecision(draft);
  if ((builder.value('adapter.quantization') ?? 'none') !== 'none')
    builder.assume('adapter.upcastsUnquantized', false, BITSANDBYTES);
  settleSharding(draft, cite);
  settleLoss(draft);
}

/** Positions in litgpt's own table, where they are not the checkpoint's. */
function settlePositions({ builder }: Draft): void {
  const name = builder.value('model.name')?.toLowerCase();
  const positions = name === undefined ? undefined : BLOCK_SIZES[name.slice(name.lastIndexOf('/') + 1)];
  if (positions !== undefined) builder.assume('model.maxPositions', positions, CONFIG);
}

/** LoRA's switches by module, with the modules' usual names and defaults. */
const SWITCHES = [
  { key: 'lora_query', on: true, modules: ['q_proj'] },
  { key: 'lora_key', on: false, modules: ['k_proj'] },
  { key: 'lora_value', on: true, modules: ['v_proj'] },
  { key: 'lora_projection', on: false, modules: ['o_proj'] },
  { key: 'lora_mlp', on: false, modules: ['gate_proj', 'up_proj', 'down_proj'] },
  { key: 'lora_head', on: false, modules: ['lm_head'] },
] as const;

function settleTargets({ builder, around, locate }: Draft): void {
  if (scriptOf(around) !== 'lora') return;
  const targets = SWITCHES.filter(({ key, on }) => (around.get(key) ?? on) === true).flatMap(({ modules }) => modules);
  const at = SWITCHES.map(({ key }) => locate(key)).find((place) => place !== undefined);
  if (at === undefined) builder.assume('adapter.targets', targets, LORA);
  else builder.state('adapter.targets', { value: targets, origin: 'explicit', at });
}

type Dtypes = Pick<PlanFields, 'precision.weights' | 'precision.compute' | 'precision.autocast'>;

/** Fabric's precision words: "true" stores weights so, "mixed" keeps them fp32 under autocast. */
const PRECISIONS: ReadonlyMap<string, Dtypes> = new Map([
  ['bf16-true', { 'precision.weights': 'bf16', 'precision.compute': 'bf16', 'precision.autocast': 'off' }],
  ['16-true', { 'precision.weights': 'fp16', 'precision.compute': 'fp16', 'precision.autocast': 'off' }],
  ['bf16-mixed', { 'precision.weights': 'fp32', 'precision.compute': 'bf16', 'precision.autocast': 'bf16' }],
  ['16-mixed', { 'precision.weights': 'fp32', 'precision.compute': 'fp16', 'precision.autocast': 'fp16' }],
  ['32-true', { 'precision.weights': 'fp32', 'precision.compute': 'fp32', 'precision.autocast': 'off' }],
  ['32', { 'precision.weights': 'fp32', 'precision.compute': 'fp32', 'precision.autocast': 'off' }],
]);

function settlePrecision({ builder, around, locate }: Draft): void {
  const written = around.get('precision');
  const at = locate('precision');
  if (written === undefined && at !== undefined) return;
  const stated = written ?? undefined;
  const dtypes = PRECISIONS.get(String(stated ?? 'bf16-mixed'));
  if (dtypes === undefined) return;
  if (stated === undefined || at === undefined) builder.assumeAll(dtypes, DEFAULT_PRECISION);
  else {
    builder.state('precision.weights', { value: dtypes['precision.weights'], origin: 'explicit', at });
    builder.state('precision.compute', { value: dtypes['precision.compute'], origin: 'explicit', at });
    builder.state('precision.autocast', { value: dtypes['precision.autocast'], origin: 'explicit', at });
  }
  const fabric = 'lightning: src/lightning/fabric/plugins/precision';
  const weights = dtypes['precision.weights'];
  builder.assumeAll({ 'precision.master': 'none', 'precision.gradients': weights }, fabric);
  builder.assume('precision.lossScaling', stated === '16-mixed', fabric);
  if (scriptOf(around) === 'lora') builder.assume('adapter.dtype', weights, LORA);
}

/** Several GPUs shard with FSDP, and then fine-tuning checkpoints every block; one GPU does neither. */
function settleSharding({ builder, around }: Draft, cite: string): void {
  const world = worldOf(around);
  if (world === undefined) return;
  if (world === 1) {
    builder.assumeAll(
      { 'sharding.engine': 'none', 'sharding.zeroStage': 0, 'activations.checkpointing': 'none' },
      cite,
    );
    return;
  }
  const nodes = builder.value('parallel.nodes') ?? 1;
  const checkpointing = isPretraining(around) ? 'none' : 'full';
  builder.assumeAll(
    {
      'sharding.engine': 'fsdp1',
      'sharding.zeroStage': 3,
      'sharding.reshardAfterForward': true,
      // Both scripts accumulate under Fabric's no_backward_sync.
      'sharding.defersReduction': true,
      'activations.checkpointing': checkpointing,
    },
    cite,
  );
  // Pretraining shards inside a node and copies over nodes.
  if (isPretraining(around)) builder.assume('sharding.degree', world / nodes, cite);
  const compute = builder.value('precision.compute');
  if (compute !== undefined)
    builder.assume('precision.reduce', compute, 'lightning: src/lightning/fabric/plugins/precision/fsdp.py');
}

function settleLoss({ builder, around }: Draft): void {
  builder.assume('loss.kernel', 'chunked', CHUNK);
  const length = builder.value('data.sequenceLength');
  const micro = builder.value('batch.micro');
  if (length === undefined || micro === undefined) return;
  // LoRA fine-tuning cuts the sequence, the others all positions of the batch.
  const positions = scriptOf(around) === 'lora' ? length : length * micro;
  builder.assume('loss.chunks', Math.max(1, Math.ceil(positions / CHUNK_POSITIONS)), CHUNK);
}

/** Both divisions round down, so the batch in force may be smaller than the one written (litgpt: litgpt/args.py). */
export const LITGPT_DERIVATIONS = [
  derive(
    'batch.gradientAccumulation',
    ['batch.global', 'parallel.gpusPerNode', 'parallel.nodes', 'batch.micro'],
    'global batch // (devices × nodes) // micro batch',
    (global, devices, nodes, micro) => {
      const accumulation = Math.floor(Math.floor(global / (devices * nodes)) / micro);
      return accumulation > 0 ? accumulation : undefined;
    },
  ),
  derive(
    'data.sequenceLength',
    ['model.maxPositions', 'run.objective'],
    `all of the model's positions, where no length is given (${PRETRAIN})`,
    (positions, objective) => (objective === 'pretraining' ? positions : undefined),
  ),
];
