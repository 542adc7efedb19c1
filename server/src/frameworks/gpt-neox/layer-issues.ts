import { type ConfigTree, type ConfigValue, entryAt, nodeAt, toValue } from '../../text/index.ts';
import { aroundOf } from '../kit/around.ts';
import { positive } from '../kit/key.ts';
import type { KeyIssue } from '../types.ts';
import { attentionKinds } from './gpt-neox-keys.ts';
import { eitherSpelling } from './spellings.ts';

/** What `attention_config` and the heads say against one another and the layers. */
export function layerIssues(tree: ConfigTree): readonly KeyIssue[] {
  return [...attentionIssues(tree), ...unusedHeads(tree)];
}

/** Heads that do not divide the width, where no layer has any: a slip that costs nothing. */
function unusedHeads(tree: ConfigTree): readonly KeyIssue[] {
  const around = eitherSpelling(aroundOf(tree));
  const kinds = attentionKinds(around);
  const heads = positive(around.get('num_attention_heads') ?? null);
  const width = positive(around.get('hidden_size') ?? null);
  const isMamba = kinds.length > 0 && kinds.every((kind) => kind === 'mamba');
  if (!isMamba || heads === undefined || width === undefined || width % heads === 0) return [];
  const path = [aroundOf(tree).has('num_attention_heads') ? 'num_attention_heads' : 'num-attention-heads'];
  const node = nodeAt(tree, path);
  if (node === undefined) return [];
  return [
    {
      kind: 'not-allowed',
      at: { file: tree.file, ...node.range },
      path,
      key: String(path[0]),
      data: { found: String(heads), expected: `a divisor of ${width}, though Mamba layers have no heads` },
      effect: 'accepted',
    },
  ];
}

/** `attention_config` whose groups come to other than `num_layers`: the arguments' own check refuses the run. */
function attentionIssues(tree: ConfigTree): readonly KeyIssue[] {
  const written = (name: string) => (entryAt(tree, [name]) === undefined ? name.replaceAll('_', '-') : name);
  const path = [written('attention_config')];
  const node = nodeAt(tree, path);
  const layersNode = nodeAt(tree, [written('num_layers')]);
  const layers = layersNode === undefined ? undefined : positive(toValue(layersNode) ?? null);
  const listed = node === undefined ? undefined : listedLayers(toValue(node));
  if (node === undefined || layers === undefined || listed === undefined || listed === layers) return [];
  return [
    {
      kind: 'not-allowed',
      at: { file: tree.file, ...node.range },
      path,
      key: String(path[0]),
      data: { found: `for ${listed} layers`, expected: `one for ${layers}, as ${written('num_layers')} says` },
      effect: 'refused',
    },
  ];
}

/** Layers of all groups; undefined where a group takes the rest or has another form. */
function listedLayers(config: ConfigValue | undefined): number | undefined {
  if (!Array.isArray(config)) return undefined;
  let total = 0;
  for (const group of config as readonly ConfigValue[]) {
    if (typeof group === 'string') {
      total += 1;
      continue;
    }
    const [kinds, times] = Array.isArray(group) ? (group as readonly ConfigValue[]) : [];
    if (!Array.isArray(kinds) || typeof times !== 'number') return undefined;
    total += kinds.length * times;
  }
  return total;
}
