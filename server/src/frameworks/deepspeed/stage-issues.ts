import { type ConfigPath, type ConfigTree, entryAt, nodeAt, toValue } from '../../text/index.ts';
import { zeroStageOf } from '../hf-family/deepspeed-keys.ts';
import { aroundOf } from '../kit/around.ts';
import { nearest } from '../kit/schema-issues.ts';
import type { JsonSchema, KeyIssue } from '../types.ts';

/** Keys of `zero_optimization` that ask stage 3 for something. */
const STAGE_3_FEATURES: ReadonlySet<string> = new Set([
  'offload_param',
  'cpu_offload_param',
  'cpu_offload_params',
  'mics_shard_size',
  'zero_hpz_partition_size',
  'zero_quantized_weights',
]);

/** Keys that only tune stage 3, beside those with the prefix `stage3_`: templates carry them from stage to stage. */
const STAGE_3_TUNING: ReadonlySet<string> = new Set([
  'max_live_parameters',
  'max_reuse_distance',
  'prefetch_bucket_size',
  'param_persistence_threshold',
  'model_persistence_threshold',
  'gather_16bit_weights_on_model_save',
  'sub_group_size',
]);

/** Keys of `zero_optimization` without effect at the stage in force. `base` is where the DeepSpeed config starts. */
export function stageIssues(tree: ConfigTree, base: ConfigPath): readonly KeyIssue[] {
  const around = aroundOf(tree, base);
  const stage = zeroStageOf(around);
  const section = nodeAt(tree, [...base, 'zero_optimization']);
  if (stage === undefined || stage === 3 || section?.kind !== 'map') return [];
  return section.entries.flatMap((entry) => {
    if (entry.overwritten === true || isOff(toValue(entry.value))) return [];
    const path = [...base, 'zero_optimization', entry.key];
    const least = leastStage(entry.key);
    if (least === undefined || stage >= least) return [];
    const requires = least === 3 ? 'zero_optimization.stage: 3' : 'zero_optimization.stage: 1 or more';
    const issue = needsOther(tree, path, { requires, found: `stage ${stage}` });
    return [tunesStage3(entry.key) ? { ...issue, idle: true as const } : issue];
  });
}

/** What a schedule cannot do without. DeepSpeed: deepspeed/runtime/lr_schedules.py, the classes' arguments without a default. */
const NEEDED_BY_SCHEDULE: Readonly<Record<string, readonly string[]>> = {
  WarmupDecayLR: ['total_num_steps'],
  WarmupCosineLR: ['total_num_steps'],
  OneCycle: ['cycle_min_lr', 'cycle_max_lr'],
};

/** Parameters that the scheduler's class is called without. */
export function scheduleIssues(tree: ConfigTree): readonly KeyIssue[] {
  const around = aroundOf(tree, []);
  const type = around.node('scheduler.type');
  const name = String(around.get('scheduler.type') ?? '');
  const needed = Object.hasOwn(NEEDED_BY_SCHEDULE, name) ? NEEDED_BY_SCHEDULE[name] : undefined;
  if (needed === undefined || type === undefined) return [];
  return needed
    .filter((parameter) => !around.has(`scheduler.params.${parameter}`))
    .map((parameter) => ({
      kind: 'missing-key',
      at: { file: tree.file, ...type.range },
      path: ['scheduler', 'params', parameter],
      key: `scheduler.params.${parameter}`,
      data: { needs: name },
      effect: 'refused',
    }));
}

function leastStage(key: string): 1 | 3 | undefined {
  if (tunesStage3(key) || STAGE_3_FEATURES.has(key)) return 3;
  return key === 'offload_optimizer' || key === 'cpu_offload' ? 1 : undefined;
}

function tunesStage3(key: string): boolean {
  return key.startsWith('stage3_') || STAGE_3_TUNING.has(key);
}

/** `device: none`, `false`, nothing: the key asks for nothing, so nothing is lost. */
function isOff(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === 'none' || value === 0) return true;
  if (typeof value !== 'object' || Array.isArray(value)) return false;
  const device = 'device' in value ? value.device : 'none';
  return device === 'none' || device === null;
}

/** An issue for a key that another key's value leaves without effect. */
export function needsOther(
  tree: ConfigTree,
  path: ConfigPath,
  data: { readonly requires: string; readonly found: string },
): KeyIssue {
  const entry = entryAt(tree, path);
  const range = entry?.keyRange ?? { start: 0, end: 0 };
  return {
    kind: 'needs-other-key',
    at: { file: tree.file, start: range.start, end: range.end },
    path,
    key: path.join('.'),
    data,
    effect: 'dropped',
    mend: {
      title: `Remove ${String(path.at(-1))}`,
      safe: false,
      edits: [{ file: tree.file, path, unset: true }],
    },
  };
}

/**
 * Top-level keys that look like a known one misspelt. DeepSpeed looks at no others and says nothing, and scripts
 * keep sections of their own in the same file, so a key that is like no other is theirs.
 */
export function misspeltKeys(tree: ConfigTree, schema: JsonSchema): readonly KeyIssue[] {
  if (tree.root?.kind !== 'map') return [];
  const known = Object.keys(schema.properties ?? {});
  const written = new Set(tree.root.entries.map((entry) => entry.key));
  return tree.root.entries.flatMap((entry): readonly KeyIssue[] => {
    if (known.includes(entry.key) || entry.key.length < 5) return [];
    const near = nearest(
      entry.key,
      known.filter((name) => !written.has(name)),
    );
    if (near === undefined) return [];
    const path = [entry.key];
    return [
      {
        kind: 'unknown-key',
        at: { file: tree.file, ...entry.keyRange },
        path,
        key: entry.key,
        data: { replacement: near },
        effect: 'dropped',
        mend: { title: `Rename to ${near}`, safe: false, edits: [{ file: tree.file, path, renameTo: near }] },
      },
    ];
  });
}
