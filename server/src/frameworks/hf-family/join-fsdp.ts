import type { FieldName, PlanFields } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { aroundOf, pathOf } from '../kit/around.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { castBoolean, castNumber } from '../kit/key.ts';
import { locationOf } from '../kit/read-keys.ts';

const FSDP_PLUGIN = 'accelerate: src/accelerate/utils/dataclasses.py (FullyShardedDataParallelPlugin)';

/** Micro-steps before the last run under `no_sync`. */
const ACCUMULATE = 'accelerate: src/accelerate/accelerator.py (accumulate)';

/** Has every micro-step reduce its gradients. */
const SYNC_EACH_BATCH = 'accelerator_config.gradient_accumulation_kwargs.sync_each_batch';

/** Keys that carry FSDP's settings in a trainer's config. */
export interface FsdpKeys {
  /** Options such as `full_shard auto_wrap offload`; absent where the mapping alone switches FSDP on. */
  readonly options?: string;
  /** Mapping, or path of a JSON file, of settings with or without the prefix `fsdp_`. */
  readonly config: string;
  /** The FSDP version where the config states none. */
  readonly version?: 1 | 2;
  /**
   * The settings are read by transformers' Trainer, which passes on fewer of them than Accelerate knows: it keeps
   * gathered parameters under FSDP 2 unless told otherwise, and offloads by the option alone.
   */
  readonly byTrainer?: boolean;
  /** A key of the outer mapping that states the version (axolotl's `fsdp_version`). */
  readonly versionKey?: string;
}

/** Strategies as FSDP 1 names them, and what each shards. */
const STRATEGIES: Readonly<Record<string, { stage: 0 | 2 | 3; reshard: boolean }>> = {
  full_shard: { stage: 3, reshard: true },
  shard_grad_op: { stage: 2, reshard: false },
  no_shard: { stage: 0, reshard: false },
  hybrid_shard: { stage: 3, reshard: true },
  hybrid_shard_zero2: { stage: 2, reshard: false },
};
const STRATEGY_NUMBERS = ['full_shard', 'shard_grad_op', 'no_shard', 'hybrid_shard', 'hybrid_shard_zero2'];

/**
 * Joins `fsdp` and `fsdp_config` into the plan: engine, what is sharded, offload, checkpointing. Callable from `join`
 * and from `settle`. Returns whether FSDP is in use.
 */
export function joinFsdp(draft: Draft, keys: FsdpKeys): boolean {
  const settings = fsdpSettings(draft, keys);
  const words = keys.options === undefined ? undefined : optionWords(draft.around.get(keys.options));
  const on = words === undefined ? settings !== undefined : words.length > 0;
  if (!on) return false;
  const anchor = draft.around.node(keys.options ?? keys.config);
  if (anchor === undefined) return false;
  const at = locationOf(draft.tree, anchor);
  // An adapter's own key table may have read a setting already, with the place to edit it.
  const say = <F extends FieldName>(field: F, value: PlanFields[F], where = at): void => {
    if (!draft.builder.has(field)) draft.builder.state(field, { value, origin: 'explicit', at: where });
  };

  const version = fsdpVersion(draft, keys, settings);
  joinAccumulation(draft, version);
  if (version === undefined) draft.builder.obscure('sharding.engine');
  else say('sharding.engine', version === 2 ? 'fsdp2' : 'fsdp1', settings?.at('version') ?? at);

  const strategy = strategyOf(settings, words, version, keys.byTrainer === true);
  if (strategy === undefined) draft.builder.obscure('sharding.zeroStage');
  else {
    say('sharding.zeroStage', strategy.stage, settings?.at('sharding_strategy') ?? at);
    say('sharding.reshardAfterForward', strategy.reshard, settings?.at('reshard_after_forward') ?? at);
  }
  const setting = keys.byTrainer === true ? false : (settings?.get('offload_params') ?? settings?.get('cpu_offload'));
  const offload = words?.includes('offload') === true || castBoolean(setting ?? false) === true;
  if (offload) {
    say('sharding.offloadParameters', 'cpu', settings?.at('offload_params') ?? at);
    say('sharding.offloadOptimizer', 'cpu', settings?.at('offload_params') ?? at);
  } else {
    draft.builder.assume('sharding.offloadParameters', 'none', FSDP_PLUGIN);
    draft.builder.assume('sharding.offloadOptimizer', 'none', FSDP_PLUGIN);
  }
  const checkpointing = settings?.at('activation_checkpointing');
  if (checkpointing !== undefined && castBoolean(settings?.get('activation_checkpointing') ?? false) === true) {
    if (draft.builder.value('activations.checkpointing') === 'none') draft.builder.drop('activations.checkpointing');
    if (!draft.builder.has('activations.checkpointing')) say('activations.checkpointing', 'full', checkpointing);
  }
  return true;
}

/**
 * Whether gradients of micro-steps before the last are summed whole. Under FSDP 2 that hangs on Accelerate's version:
 * from 1.11 on they are, before each micro-step reduced its own, so it stays unknown.
 */
function joinAccumulation({ builder, around, locate }: Draft, version: 1 | 2 | undefined): void {
  const at = locate(SYNC_EACH_BATCH);
  if (at !== undefined && castBoolean(around.get(SYNC_EACH_BATCH) ?? false) === true)
    builder.state('sharding.defersReduction', { value: false, origin: 'explicit', at });
  else if (version === 1) builder.assume('sharding.defersReduction', true, ACCUMULATE);
}

interface FsdpSettings {
  /** A setting's value, looked up with and without the prefix. */
  get(name: string): ConfigValue | undefined;
  at(name: string): ReturnType<typeof locationOf> | undefined;
}

/** The settings, in the file itself or in the JSON file it names. */
function fsdpSettings(draft: Draft, keys: FsdpKeys): FsdpSettings | undefined {
  const node = draft.around.node(keys.config);
  if (node === undefined || (node.kind === 'scalar' && node.value === null)) return undefined;
  if (node.kind === 'map')
    return node.entries.length === 0
      ? undefined
      : settingsIn(draft.tree, [...draft.section.base, ...pathOf(keys.config)]);
  const path = draft.around.get(keys.config);
  if (typeof path !== 'string' || !path.endsWith('.json')) return undefined;
  const { file, found } = draft.context.linked.resolve(draft.tree.file, path);
  draft.links.push({ range: node.range, target: file, found });
  const tree = found ? draft.context.linked.open(draft.tree.file, path, 'json') : undefined;
  return tree === undefined ? undefined : settingsIn(tree, []);
}

function settingsIn(tree: Draft['tree'], base: Draft['section']['base']): FsdpSettings {
  const around = aroundOf(tree, base);
  const spelling = (name: string): string | undefined => [name, `fsdp_${name}`].find((key) => around.has(key));
  return {
    get: (name) => {
      const key = spelling(name);
      return key === undefined ? undefined : around.get(key);
    },
    at: (name) => {
      const node = around.node(spelling(name) ?? name);
      return node === undefined ? undefined : locationOf(tree, node);
    },
  };
}

/** `full_shard auto_wrap`, a list of such words, or a plain switch. */
function optionWords(value: ConfigValue | undefined): readonly string[] {
  if (value === true) return ['full_shard'];
  if (typeof value === 'string') {
    if (castBoolean(value) === true) return ['full_shard'];
    return castBoolean(value) === false
      ? []
      : value
          .toLowerCase()
          .split(/[\s,]+/)
          .filter((word) => word !== '');
  }
  return Array.isArray(value) ? value.map((word) => String(word).toLowerCase()) : [];
}

function fsdpVersion(draft: Draft, keys: FsdpKeys, settings: FsdpSettings | undefined): 1 | 2 | undefined {
  const stated =
    (keys.versionKey === undefined ? undefined : draft.around.get(keys.versionKey)) ?? settings?.get('version');
  if (stated === undefined || stated === null) return keys.version;
  const number = castNumber(stated);
  return number === 1 || number === 2 ? number : undefined;
}

function strategyOf(
  settings: FsdpSettings | undefined,
  words: readonly string[] | undefined,
  version: 1 | 2 | undefined,
  byTrainer: boolean,
): { stage: 0 | 2 | 3; reshard: boolean } | undefined {
  const reshard = settings?.get('reshard_after_forward');
  const asBoolean = reshard === undefined ? undefined : castBoolean(reshard);
  if (version === 2) {
    const reshards = asBoolean ?? !byTrainer;
    return { stage: reshards ? 3 : 2, reshard: reshards };
  }
  const word = words?.find((option) => Object.hasOwn(STRATEGIES, option));
  const setting =
    (byTrainer ? undefined : settings?.get('sharding_strategy')) ?? (typeof reshard === 'string' ? reshard : undefined);
  const named = byTrainer ? (word ?? setting) : (setting ?? word);
  if (named === undefined || named === null) return { stage: 3, reshard: true };
  const number = castNumber(named);
  // Accelerate counts the strategies from one.
  const name = number === undefined ? String(named).toLowerCase() : STRATEGY_NUMBERS[number - 1];
  return name !== undefined && Object.hasOwn(STRATEGIES, name) ? STRATEGIES[name] : undefined;
}
