import type { FieldName, PlanFields, PlanValues, Sourced } from '../../plan/index.ts';
import { type ConfigNode, type ConfigTree, toValue } from '../../text/index.ts';
import { accelerateAdapter } from '../accelerate/accelerate-adapter.ts';
import type { Draft } from '../kit/define-adapter.ts';
import type { FieldValue, KeyPlace } from '../types.ts';
import { unknownSharding } from './join-deepspeed.ts';

/** What a launch config decides for the trainer it starts; the rest of it says nothing about the run. */
const FROM_LAUNCHER: readonly FieldName[] = [
  'parallel.world',
  'parallel.nodes',
  'parallel.tensor',
  'parallel.context',
  'parallel.ulysses',
  'sharding.engine',
  'sharding.zeroStage',
  'sharding.degree',
  'sharding.reshardAfterForward',
  'sharding.offloadOptimizer',
  'sharding.offloadParameters',
  'sharding.reduceBucketElements',
  'sharding.allgatherBucketElements',
  'sharding.prefetchElements',
  'sharding.maxLiveElements',
  'sharding.overlap',
  'sharding.deepspeedConfig',
  'sharding.wrapClasses',
  'activations.checkpointing',
  'batch.gradientAccumulation',
  'optimizer.maxGradNorm',
];

/** Values that must be the trainer's own, or the run stops: transformers matches them when it starts DeepSpeed. */
const MUST_MATCH: ReadonlySet<FieldName> = new Set(['batch.gradientAccumulation', 'optimizer.maxGradNorm']);

/**
 * Joins the Accelerate launch config that the key `dotted` names. To be called from `settle`, after a DeepSpeed config
 * of the trainer's own. Returns whether a launch config was read; a missing one is a link with
 * `found: false`, and leaves the sharding unknown.
 */
export function joinAccelerate(draft: Draft, dotted: string): boolean {
  const node = draft.around.node(dotted);
  return node !== undefined && joinAccelerateFile(draft, node);
}

/**
 * As `joinAccelerate`, for a path that stands elsewhere: in the options of a launcher, which may be in a script of its
 * own (`from`), and may say what the file then does not decide (`decided`).
 */
export function joinAccelerateFile(
  draft: Draft,
  node: ConfigNode,
  from: ConfigTree = draft.tree,
  decided: ReadonlySet<FieldName> = new Set(),
): boolean {
  const path = toValue(node);
  // A bare name is one of the configs a framework ships, which is not a file of the workspace.
  if (typeof path !== 'string' || !/\.(?:ya?ml|json)$/i.test(path)) return false;
  const { linked } = draft.context;
  const { file, found } = linked.resolve(from.file, path);
  if (from.file === draft.tree.file) draft.links.push({ range: node.range, target: file, found });
  const tree = found ? linked.open(from.file, path, 'pyyaml') : undefined;
  if (tree === undefined) {
    draft.builder.obscure('sharding.engine');
    unknownSharding(draft);
    return false;
  }
  const reading = accelerateAdapter.read({ file: tree.file, tree, linked });
  const launch = reading.plans[0];
  if (launch === undefined) return false;
  for (const field of FROM_LAUNCHER) {
    const stated = launch.plan.values[field];
    if (stated !== undefined && !decided.has(field)) stateLaunched(draft, field, stated, launch.places.get(field));
  }
  takeMixedPrecision(draft, launch.plan.values);
  for (const [field, place] of launch.places) if (FROM_LAUNCHER.includes(field)) draft.builder.offerPlace(field, place);
  return true;
}

function stateLaunched(
  { builder }: Draft,
  field: FieldName,
  stated: Sourced<FieldValue>,
  place: KeyPlace | undefined,
): void {
  // A plan's values are filed under their own field.
  const value = stated as Sourced<PlanFields[typeof field]>;
  const current = builder.sourced(field);
  if (stated.origin !== 'explicit') {
    if (current === undefined && stated.origin === 'default') builder.assume(field, value.value, stated.cite);
    return;
  }
  if (current?.value === value.value) return;
  if (current?.origin === 'default' && !MUST_MATCH.has(field)) builder.overrule(field, value);
  else builder.state(field, value);
  // What the launch config decides is changed there, although the trainer may have a key for it.
  if (builder.sourced(field) === value && place !== undefined) builder.places.set(field, place);
}

/** A trainer whose flags are both off runs in the launcher's mixed precision; one that is on wins over it. */
export function takeMixedPrecision({ builder }: Draft, launched: PlanValues): void {
  if (builder.value('precision.bf16Flag') !== false || builder.value('precision.fp16Flag') !== false) return;
  for (const field of ['precision.bf16Flag', 'precision.fp16Flag'] as const) {
    const stated = launched[field];
    if (stated?.origin !== 'explicit' || !stated.value) continue;
    builder.drop(field);
    builder.state(field, stated);
  }
}
