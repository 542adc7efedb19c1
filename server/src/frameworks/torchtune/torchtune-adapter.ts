import schema from '../../../../schemas/torchtune.schema.json' with { type: 'json' };
import { derive } from '../../plan/index.ts';
import type { ConfigNode } from '../../text/index.ts';
import { aroundOf } from '../kit/around.ts';
import { defineAdapter } from '../kit/define-adapter.ts';
import type { Adapter, Evidence, JsonSchema, Recognisable } from '../types.ts';
import { settleTorchtune, torchtuneResidents } from './settle-torchtune.ts';
import { torchtuneIssues } from './torchtune-issues.ts';
import { TORCHTUNE_KEYS } from './torchtune-keys.ts';
import { isTraining } from './torchtune-recipe.ts';

/** torchtune's YAML: components by `_component_`, everything else a recipe's own key. */
export const torchtuneAdapter: Adapter = defineAdapter({
  id: 'torchtune',
  title: 'torchtune',
  loaders: { yaml: 'omegaconf' },
  recognise,
  keys: TORCHTUNE_KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  // Recipes look keys up by name and pass the others over; own recipes have keys of their own.
  policy: { unknownKeys: 'dropped', ownKeys: true, castsNumbers: () => false },
  partial: (tree) => !isTraining(aroundOf(tree)),
  settle: settleTorchtune,
  residents: torchtuneResidents,
  issues: torchtuneIssues,
  derivations: [
    derive(
      'data.sequenceLength',
      ['rollout.promptLength', 'rollout.completionLength'],
      'prompt length + completion length',
      (prompt, completion) => prompt + completion,
    ),
  ],
});

/** A component of torchtune's own anywhere in the first two levels. */
function recognise({ tree }: Recognisable): Evidence | undefined {
  const seen = tree.root === undefined ? undefined : componentIn(tree.root, 2);
  return seen === undefined ? undefined : { score: 95, reasons: [`the component ${seen}`] };
}

function componentIn(node: ConfigNode, depth: number): string | undefined {
  if (node.kind !== 'map') return undefined;
  for (const { key, value } of node.entries) {
    if (key === '_component_' && value.kind === 'scalar' && String(value.value).startsWith('torchtune.'))
      return String(value.value);
    const inner = depth === 0 ? undefined : componentIn(value, depth - 1);
    if (inner !== undefined) return inner;
  }
  return undefined;
}
