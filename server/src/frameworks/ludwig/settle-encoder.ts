import type { FieldName } from '../../plan/index.ts';
import { type ConfigNode, nodeAt, toValue } from '../../text/index.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { positive } from '../kit/key.ts';
import { explicit } from '../kit/read-keys.ts';

/**
 * The network of a config that encodes features and combines them: the one encoder that is stated, else a combiner that
 * learns more than a stack of layers (ludwig: ludwig/schema/encoders, ludwig/schema/combiners).
 */
export function settleEncoder({ builder, tree }: Draft): void {
  if (builder.has('model.name')) return;
  const network = encoderOf(nodeAt(tree, ['input_features'])) ?? combinerOf(nodeAt(tree, ['combiner']));
  if (network === undefined) return;
  const { name, section } = network;
  const value = toValue(name);
  if (typeof value === 'string') builder.state('model.name', explicit(tree, name, value));
  for (const [field, keys] of SIZES) {
    const node = keys.map((key) => child(section, key)).find((found) => found !== undefined);
    const size = node === undefined ? undefined : positive(toValue(node) ?? null);
    // The fields of SIZES are all numbers, which the compiler cannot follow.
    if (node !== undefined && size !== undefined) builder.state(field, explicit(tree, node, size as never));
  }
}

const SIZES: readonly (readonly [FieldName, readonly string[]])[] = [
  ['model.hiddenSize', ['d_model', 'hidden_size']],
  ['model.layers', ['num_layers', 'n_layers']],
  ['model.heads', ['num_heads', 'num_attention_heads']],
  ['model.intermediateSize', ['ffn_size', 'transformer_output_size']],
];

interface Network {
  readonly name: ConfigNode;
  readonly section: ConfigNode;
}

/** Several features may name an encoder; the plan has room for one, so unlike ones name none. */
function encoderOf(features: ConfigNode | undefined): Network | undefined {
  const encoders = (features?.kind === 'seq' ? features.items : []).flatMap((feature): readonly Network[] => {
    const section = child(feature, 'encoder');
    if (section === undefined) return [];
    const name =
      section.kind === 'scalar' ? section : (child(section, 'pretrained_model_name_or_path') ?? child(section, 'type'));
    return name === undefined ? [] : [{ name, section }];
  });
  const [first] = encoders;
  if (first === undefined) return undefined;
  return encoders.every(({ name }) => toValue(name) === toValue(first.name)) ? first : undefined;
}

/** Combiners that only lay encodings side by side, and pass them through dense layers. */
const PLAIN = new Set(['concat', 'sequence', 'sequence_concat', 'project_aggregate', 'comparator']);

function combinerOf(section: ConfigNode | undefined): Network | undefined {
  const name = child(section, 'type');
  const value = name === undefined ? undefined : toValue(name);
  if (section === undefined || name === undefined || typeof value !== 'string') return undefined;
  return PLAIN.has(value) ? undefined : { name, section };
}

function child(node: ConfigNode | undefined, key: string): ConfigNode | undefined {
  const entry =
    node?.kind === 'map' ? node.entries.find((one) => one.key === key && one.overwritten !== true) : undefined;
  return entry?.value.kind === 'scalar' && entry.value.value === null ? undefined : entry?.value;
}
