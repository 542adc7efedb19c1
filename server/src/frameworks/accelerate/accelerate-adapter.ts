import schema from '../../../../schemas/accelerate.schema.json' with { type: 'json' };
import type { ShardingEngine } from '../../plan/index.ts';
import { type ConfigPath, type ConfigTree, nodeAt, toValue } from '../../text/index.ts';
import { needsOther } from '../deepspeed/stage-issues.ts';
import { assumeZeroDefaults, mergeDeepSpeed, openDeepSpeed, unknownSharding } from '../hf-family/join-deepspeed.ts';
import { joinFsdp } from '../hf-family/join-fsdp.ts';
import { mixedFromFlags, settlePrecision } from '../hf-family/settle-precision.ts';
import { aroundOf } from '../kit/around.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { checkKeys } from '../kit/key-checks.ts';
import type { JsonSchema, KeyIssue } from '../types.ts';
import { ACCELERATE_KEYS, deepspeedFile, usesDeepSpeed, usesFsdp, zeroStage } from './accelerate-keys.ts';
import { FP8_CHECKS, FSDP_CHECKS, PARALLELISM_CHECKS } from './fsdp-checks.ts';

// TypeScript reads a JSON module's literals as wide types; the file is written as a JsonSchema.
const SCHEMA = schema as JsonSchema;

const DISTRIBUTED_TYPES = /^(?:NO|MULTI_\w+|DEEPSPEED|FSDP|XLA|TPU|MEGATRON_LM|DATA_PARALLEL|MODEL_PARALLEL|false)$/i;

/** An Accelerate launch config: how many processes, and what spreads the run over them. */
export const accelerateAdapter = defineAdapter({
  id: 'accelerate',
  title: 'Accelerate',
  companion: true,
  loaders: { yaml: 'pyyaml', json: 'json' },
  recognise: (input) =>
    weigh(input, [
      { key: 'distributed_type', value: (value) => DISTRIBUTED_TYPES.test(String(value)), weight: 70 },
      { key: 'compute_environment', weight: 40 },
      { key: 'num_processes', weight: 20 },
      { key: 'num_machines', weight: 20 },
      { key: 'machine_rank', weight: 20 },
      { key: 'main_training_function', weight: 20 },
      { key: 'model_name_or_path', weight: -200 },
      { key: 'base_model', weight: -200 },
    ]),
  keys: ACCELERATE_KEYS,
  schema: SCHEMA,
  policy: { unknownKeys: 'refused', castsNumbers: () => true },
  settle: settleAccelerate,
  issues: accelerateIssues,
});

function settleAccelerate(draft: Draft): void {
  stateEngine(draft);
  if (usesDeepSpeed(draft.around)) {
    joinDeepSpeedFile(draft);
    assumeZeroDefaults(draft);
  }
  settlePrecision(draft, {
    engine: draft.builder.value('sharding.engine'),
    // With fp8 the modules and the backend decide what is computed in which dtype.
    mixed: draft.around.get('mixed_precision') === 'fp8' ? undefined : mixedFromFlags(draft),
    loaded: undefined,
    frozen: false,
  });
}

/** What `distributed_type` spreads the run with. */
function stateEngine(draft: Draft): void {
  const at = draft.locate('distributed_type');
  if (at === undefined) return;
  if (usesFsdp(draft.around)) {
    if (!joinFsdp(draft, { config: 'fsdp_config', version: 1 }))
      draft.builder.state('sharding.engine', { value: 'fsdp1', origin: 'explicit', at });
    return;
  }
  const engine = ENGINES[String(draft.around.get('distributed_type')).toUpperCase()];
  if (engine !== undefined) draft.builder.state('sharding.engine', { value: engine, origin: 'explicit', at });
}

const ENGINES: Readonly<Record<string, ShardingEngine>> = {
  NO: 'none',
  FALSE: 'none',
  MULTI_GPU: 'ddp',
  MULTI_NPU: 'ddp',
  MULTI_XPU: 'ddp',
  DEEPSPEED: 'deepspeed',
  MEGATRON_LM: 'megatron',
};

/** The DeepSpeed file decides alone; Accelerate refuses settings that stand beside it. */
function joinDeepSpeedFile(draft: Draft): void {
  const node = draft.around.node('deepspeed_config.deepspeed_config_file');
  const named = deepspeedFile(draft.around);
  const at = draft.locate('deepspeed_config.deepspeed_config_file');
  if (node === undefined || named === undefined || at === undefined) return;
  draft.builder.state('sharding.deepspeedConfig', { value: named, origin: 'explicit', at });
  const file = openDeepSpeed(draft, node);
  if (file === undefined) unknownSharding(draft);
  else mergeDeepSpeed(draft, file, []);
}

function accelerateIssues(tree: ConfigTree): readonly KeyIssue[] {
  const around = aroundOf(tree);
  const common = checkKeys(tree, [...PARALLELISM_CHECKS, ...FP8_CHECKS]);
  if (!usesDeepSpeed(around)) return [...common, ...checkKeys(tree, FSDP_CHECKS)];
  const file = deepspeedFile(around);
  return [...common, ...(file === undefined ? stageIssues(tree) : besideFile(tree, file))];
}

/** Keys of the DeepSpeed section that its stage leaves without effect. */
function stageIssues(tree: ConfigTree): readonly KeyIssue[] {
  const around = aroundOf(tree);
  const stage = zeroStage(around);
  if (stage === undefined || stage === 3) return [];
  const found = `stage ${stage}`;
  const issues: KeyIssue[] = [];
  for (const key of ['zero3_init_flag', 'zero3_save_16bit_model']) {
    if (around.get(`deepspeed_config.${key}`) !== true) continue;
    issues.push({ ...needsOther(tree, ['deepspeed_config', key], { requires: 'zero_stage: 3', found }), idle: true });
  }
  for (const [key, least] of [
    ['offload_param_device', 3],
    ['offload_optimizer_device', 1],
  ] as const) {
    const device = around.get(`deepspeed_config.${key}`);
    if (stage >= least || (device !== 'cpu' && device !== 'nvme')) continue;
    const requires = least === 3 ? 'zero_stage: 3' : 'zero_stage: 1 or more';
    issues.push(needsOther(tree, ['deepspeed_config', key], { requires, found }));
  }
  return issues;
}

/**
 * Refused beside a DeepSpeed file, whatever they say (accelerate: src/accelerate/utils/dataclasses.py,
 * _deepspeed_config_checks; src/accelerate/commands/launch.py adds the precision).
 */
const REFUSED_BESIDE_FILE = [
  'gradient_accumulation_steps',
  'gradient_clipping',
  'zero_stage',
  'offload_optimizer_device',
  'offload_param_device',
  'offload_param_nvme_path',
  'offload_optimizer_nvme_path',
  'zero3_save_16bit_model',
];

function besideFile(tree: ConfigTree, file: string): readonly KeyIssue[] {
  const written = REFUSED_BESIDE_FILE.map((key): ConfigPath => ['deepspeed_config', key]).filter(
    (path) => nodeAt(tree, path) !== undefined,
  );
  const precision = nodeAt(tree, ['mixed_precision']);
  const paths = precision === undefined || toValue(precision) === null ? written : [...written, ['mixed_precision']];
  return paths.map((path) => ({
    ...needsOther(tree, path, { requires: 'deepspeed_config_file to be absent', found: file }),
    effect: 'refused' as const,
  }));
}
