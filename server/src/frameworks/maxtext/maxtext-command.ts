import type { FieldName } from '../../plan/index.ts';
import { type ConfigTree, nodeAt, toValue } from '../../text/index.ts';
import type { Inheritance, Parent } from '../kit/compose.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { positive } from '../kit/key.ts';
import { parentsByKey } from '../kit/parents-by-key.ts';
import { explicit } from '../kit/read-keys.ts';

const NAMED = parentsByKey('base_config');

/** Configs of trainers that are started without one (MaxText: src/maxtext/configs/pyconfig.py, _CONFIG_FILE_MAPPING). */
const USUAL_CONFIG: readonly (readonly [RegExp, string])[] = [
  [/distill/, 'post_train/distillation.yml'],
  [/dpo/, 'post_train/dpo.yml'],
  [/(?:^|[./])(?:train_)?rl\b/, 'post_train/rl.yml'],
  [/sft/, 'post_train/sft.yml'],
];

/** How files name their parents, and commands the config they lay their arguments over. */
export const INHERITANCE: Inheritance = {
  ...NAMED,
  parents: (tree, into) =>
    (tree.format === 'shell' ? launched(tree) : NAMED.parents(tree, into)).map((parent) => {
      // MaxText's own base.yml holds the defaults that the key table has, so that it may be elsewhere.
      const optional = parent.paths.every((path) => /(^|\/)base\.yml$/.test(path));
      return { ...parent, optional, defaults: optional && tree.format === 'shell' };
    }),
};

/** Whether a script's command starts one of MaxText's trainers. */
export function startsMaxtext({ format, launches }: ConfigTree): boolean {
  return format === 'shell' && /(?:^|[./])maxtext[./]/i.test(launches?.[0]?.started ?? '');
}

/** The first config behind the trainer; any later one is another run's. */
function launched(tree: ConfigTree): readonly Parent[] {
  const [launch] = tree.launches ?? [];
  if (launch === undefined) return [];
  const files = [...launch.configs, ...(launch.unplaced ?? [])]
    .filter(({ path, range }) => /\.ya?ml$/i.test(path) && !/^[\w.]+=/.test(tree.text.slice(range.start, range.end)))
    .sort((a, b) => a.range.start - b.range.start);
  const [first] = files;
  if (first !== undefined) return [{ range: first.range, paths: inSources(withoutDots(first.path)) }];
  const usual = USUAL_CONFIG.find(([trainer]) => trainer.test(launch.started ?? ''))?.[1] ?? 'base.yml';
  const path = `src/maxtext/configs/${usual}`;
  return [{ range: launch.root.range, paths: inSources(path) }];
}

function withoutDots(path: string): string {
  return path.replace(/\/{2,}/g, '/').replace(/^(?:\.\/)+/, '');
}

/** With `src/` before it where it is not there (resolve_config_path); folders above the script are looked into anyway. */
function inSources(path: string): readonly string[] {
  return path.startsWith('/') ? [path] : [path, `src/${path}`];
}

const DIMENSIONS: readonly (readonly [string, FieldName & `model.${string}`])[] = [
  ['base_emb_dim', 'model.hiddenSize'],
  ['base_mlp_dim', 'model.intermediateSize'],
  ['base_num_decoder_layers', 'model.layers'],
  ['base_num_query_heads', 'model.heads'],
  ['base_num_kv_heads', 'model.kvHeads'],
  ['head_dim', 'model.headDim'],
  ['vocab_size', 'model.vocabSize'],
  ['num_experts', 'model.experts'],
  ['num_experts_per_tok', 'model.expertsPerToken'],
];

/** Dimensions on the command line are laid over the named model's, where `override_model_config` lets them. */
export function stateOwnDimensions({ context, builder }: Draft): void {
  const { tree } = context;
  const allowed = nodeAt(tree, ['override_model_config']);
  if (tree.format !== 'shell' || allowed === undefined || toValue(allowed) !== true) return;
  for (const [key, field] of DIMENSIONS) {
    const node = nodeAt(tree, [key]);
    const size = node === undefined ? undefined : positive(toValue(node) ?? null);
    if (node !== undefined && size !== undefined) builder.state(field, explicit(tree, node, size));
  }
}
