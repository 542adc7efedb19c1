import type { ConfigNode, ParsedText, ScalarNode } from '../../server/src/text/index.ts';

/** A value of a file under the names above it, as the text has them: no adapter's reading is in it. */
export interface StatedLeaf {
  /** The keys from the root, list indices left out, in one spelling: `--micro-batch-size` and `microBatchSize` alike. */
  readonly names: readonly string[];
  readonly value: string | number | boolean;
}

/** Deeper trees than people write. */
const MAX_DEPTH = 24;

/** Every value the text gives, in file order; null, empty text and what only points elsewhere (`${…}`, `???`) are none. */
export function statedLeaves({ root }: ParsedText): readonly StatedLeaf[] {
  const leaves: StatedLeaf[] = [];
  if (root !== undefined) visit(root, [], leaves);
  return leaves;
}

function visit(node: ConfigNode, names: readonly string[], leaves: StatedLeaf[]): void {
  if (names.length > MAX_DEPTH) return;
  if (isSwitchedOff(node)) return;
  if (node.kind === 'map')
    for (const { key, value, overwritten } of node.entries) {
      if (overwritten !== true) visit(value, [...names, ...namesIn(key)], leaves);
    }
  else if (node.kind === 'seq') for (const item of node.items) visit(item, names, leaves);
  else addScalar(node, names, leaves);
}

/** A section with `enabled: false` says nothing of the run. */
function isSwitchedOff(node: ConfigNode): boolean {
  const asked =
    node.kind === 'map' ? node.entries.filter(({ key }) => /^enabled?$/i.test(key)).at(-1)?.value : undefined;
  return asked?.kind === 'scalar' && /^false$/i.test(String(asked.value));
}

function addScalar(node: ScalarNode, names: readonly string[], leaves: StatedLeaf[]): void {
  const { value } = node;
  if (value === null || node.unresolved !== undefined) return;
  if (typeof value === 'string' && /^(\s*|~|null|none|nil|auto|\?\?\?)$|\$\{|\{\{|^<.*>$/i.test(value)) return;
  leaves.push({ names, value });
}

/** Dots in a key are groups (Hydra), dashes and capitals are underscores. */
function namesIn(key: string): readonly string[] {
  return key
    .slice(0, 120)
    .split(/[./]/)
    .map((part) =>
      part
        .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
        .replaceAll(/[^A-Za-z0-9@]+/g, '_')
        .replaceAll(/^_+|_+$/g, '')
        .toLowerCase(),
    )
    .filter((part) => part !== '');
}
