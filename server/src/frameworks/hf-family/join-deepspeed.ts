import { type Derivation, derive, type FieldName, type PlanFields, type Sourced } from '../../plan/index.ts';
import type { ConfigNode, ConfigPath, ConfigTree } from '../../text/index.ts';
import { toValue } from '../../text/index.ts';
import { stageIssues } from '../deepspeed/stage-issues.ts';
import { aroundOf } from '../kit/around.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { PlanBuilder } from '../kit/plan-builder.ts';
import { assumeDefaults, type PreparedKeys, prepareKeys, readKeys } from '../kit/read-keys.ts';
import type { FieldValue } from '../types.ts';
import { AUTO, DEEPSPEED_KEYS, ZERO_CONFIG } from './deepspeed-keys.ts';

const AUTO_SOURCE = 'transformers: src/transformers/integrations/deepspeed.py, trainer_config_finalize';

/** Fields a DeepSpeed section of its own decides even where the trainer's arguments say otherwise. */
const DEEPSPEED_DECIDES: ReadonlySet<FieldName> = new Set(['optimizer.name', 'schedule.kind']);

/** How DeepSpeed spreads a model or a sequence itself, which a launcher's own degree of 1 does not speak against. */
const SPREADS: ReadonlySet<FieldName> = new Set(['parallel.tensor', 'parallel.ulysses']);

/** What only the DeepSpeed config can say: unknown where it cannot be read. */
const DEEPSPEED_ALONE: readonly FieldName[] = [
  'sharding.zeroStage',
  'sharding.offloadOptimizer',
  'sharding.offloadParameters',
  'sharding.reduceBucketElements',
  'sharding.allgatherBucketElements',
  'sharding.prefetchElements',
  'sharding.maxLiveElements',
  'sharding.overlap',
];

/** DeepSpeed's defaults that its launcher never asks for, since the trainer's arguments are passed on. */
const TRAINER_PASSES_ON: ReadonlySet<FieldName> = new Set([
  'batch.gradientAccumulation',
  'optimizer.maxGradNorm',
  'precision.bf16Flag',
  'precision.fp16Flag',
]);

/**
 * Joins the DeepSpeed config that the key `dotted` names (a path) or holds (a mapping) into the plan. To be called
 * from `settle`, when the trainer's own values and defaults stand: "auto" then is what the trainer says, and an
 * explicit value in the DeepSpeed config is kept as `overridden`, because the trainer refuses to start where they
 * differ. A file that is not found leaves the sharding unknown and a link with `found: false`.
 *
 * Returns whether DeepSpeed is in use at all.
 */
export function joinDeepSpeed(draft: Draft, dotted = 'deepspeed'): boolean {
  const node = draft.around.node(dotted);
  if (node === undefined || isNull(node)) return false;
  const at = draft.locate(dotted);
  const named = node.kind === 'scalar' ? toValue(node) : undefined;
  if (node.kind === 'scalar' && (typeof named !== 'string' || named.trim() === '')) return false;
  if (at !== undefined) draft.builder.state('sharding.engine', { value: 'deepspeed', origin: 'explicit', at });

  if (node.kind === 'map') {
    const base = [...draft.section.base, ...dotted.split('.')];
    mergeDeepSpeed(draft, draft.tree, base);
    // A mapping that another file holds is judged there.
    if (node.file === undefined) draft.issues.push(...stageIssues(draft.context.tree, base));
    return true;
  }
  const file = openDeepSpeed(draft, node);
  if (file === undefined) unknownSharding(draft);
  else mergeDeepSpeed(draft, file, []);
  if (typeof named === 'string' && at !== undefined) {
    draft.builder.state('sharding.deepspeedConfig', { value: named, origin: 'explicit', at });
  }
  return true;
}

/** Leaves unknown what only a DeepSpeed config could say, where it cannot be read. */
export function unknownSharding({ builder }: Draft): void {
  for (const field of DEEPSPEED_ALONE) builder.obscure(field);
}

/** What the trainer fills in for "auto" once the model is known; the stage is known only where the config was read. */
export const DEEPSPEED_AUTO_DERIVATIONS: readonly Derivation[] = [
  derive(
    'sharding.reduceBucketElements',
    ['sharding.engine', 'sharding.zeroStage', 'model.hiddenSize'],
    `"auto" is hidden size squared (${AUTO_SOURCE})`,
    (engine, stage, hidden) => (engine === 'deepspeed' && stage >= 1 ? hidden * hidden : undefined),
  ),
  derive(
    'sharding.prefetchElements',
    ['sharding.engine', 'sharding.zeroStage', 'model.hiddenSize'],
    `"auto" is 0.9 × hidden size squared (${AUTO_SOURCE})`,
    (engine, stage, hidden) => (engine === 'deepspeed' && stage === 3 ? Math.floor(0.9 * hidden * hidden) : undefined),
  ),
];

/** DeepSpeed's defaults for a run whose stage another file states: Accelerate writes the config it hands over. */
export function assumeZeroDefaults({ builder }: Draft): void {
  const stage = builder.value('sharding.zeroStage');
  if (stage === undefined || stage === 0) return;
  builder.assume('sharding.reduceBucketElements', 5e8, ZERO_CONFIG);
  builder.assume('sharding.allgatherBucketElements', 5e8, ZERO_CONFIG);
  builder.assume('sharding.overlap', stage === 3, ZERO_CONFIG);
  if (stage !== 3) return;
  builder.assume('sharding.prefetchElements', 5e7, ZERO_CONFIG);
  builder.assume('sharding.maxLiveElements', 1e9, ZERO_CONFIG);
}

/** The linked config, its link noted in the draft. */
export function openDeepSpeed(draft: Draft, node: ConfigNode): ConfigTree | undefined {
  const path = toValue(node);
  if (typeof path !== 'string' || path.trim() === '') return undefined;
  const { file, found } = draft.context.linked.resolve(draft.tree.file, path);
  draft.links.push({ range: node.range, target: file, found });
  return found ? draft.context.linked.open(draft.tree.file, path, 'json') : undefined;
}

/** States in the draft what a DeepSpeed config at `base` of `tree` says, and DeepSpeed's defaults for the rest. */
export function mergeDeepSpeed(draft: Draft, tree: ConfigTree, base: ConfigPath): void {
  const own = new PlanBuilder();
  readKeys(tree, base, deepspeedKeys(), own);
  const automatic = obscureAuto(tree, base, own);
  assumeDefaults(tree, base, deepspeedKeys(), own, false);
  // Object.entries forgets that a plan's values are filed under field names.
  for (const [field, sourced] of Object.entries(own.values()) as [FieldName, Sourced<FieldValue>][]) {
    if (sourced.origin === 'default') assumeOne(draft, field, sourced);
    else stateOne(draft, field, sourced, own);
  }
  for (const field of automatic) if (DEEPSPEED_ALONE.includes(field)) draft.builder.obscure(field);
}

function assumeOne({ builder }: Draft, field: FieldName, sourced: Sourced<FieldValue>): void {
  if (sourced.origin !== 'default' || TRAINER_PASSES_ON.has(field)) return;
  // Values come out of a builder under the field they were stated for.
  builder.assume(field, sourced.value as PlanFields[typeof field], sourced.cite);
}

function stateOne({ builder }: Draft, field: FieldName, sourced: Sourced<FieldValue>, own: PlanBuilder): void {
  // As above.
  const value = sourced as Sourced<PlanFields[typeof field]>;
  const current = builder.sourced(field);
  const place = own.places.get(field);
  if (DEEPSPEED_DECIDES.has(field) || (SPREADS.has(field) && current?.origin === 'default'))
    builder.overrule(field, value, place);
  else if (current === undefined) builder.state(field, value, place);
  else {
    if (current.value !== value.value) builder.state(field, value);
    if (current.origin === 'explicit' && place !== undefined) builder.offerTwin(field, place);
  }
}

/** Marks fields unknown whose key says "auto", and names them. */
export function obscureAuto(tree: ConfigTree, base: ConfigPath, builder: PlanBuilder): readonly FieldName[] {
  const around = aroundOf(tree, base);
  const automatic: FieldName[] = [];
  for (const { dotted, row } of deepspeedKeys().rows) {
    if (!isAuto(around.get(dotted))) continue;
    builder.obscure(row.field);
    automatic.push(row.field);
  }
  return automatic;
}

function isAuto(value: unknown): boolean {
  return Array.isArray(value) ? value.includes(AUTO) : value === AUTO;
}

let prepared: PreparedKeys | undefined;

function deepspeedKeys(): PreparedKeys {
  prepared ??= prepareKeys(DEEPSPEED_KEYS);
  return prepared;
}

function isNull(node: ConfigNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}
