import schema from '../../../../schemas/deepspeed.schema.json' with { type: 'json' };
import type { ConfigTree } from '../../text/index.ts';
import { DEEPSPEED_KEYS } from '../hf-family/deepspeed-keys.ts';
import { obscureAuto } from '../hf-family/join-deepspeed.ts';
import { mixedFromFlags, settlePrecision } from '../hf-family/settle-precision.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { checkKeys } from '../kit/key-checks.ts';
import type { JsonSchema } from '../types.ts';
import { DEEPSPEED_CHECKS } from './deepspeed-checks.ts';
import { recogniseDeepSpeed } from './recognise.ts';
import { misspeltKeys, scheduleIssues, stageIssues } from './stage-issues.ts';

// TypeScript reads a JSON module's literals as wide types; the file is written as a JsonSchema.
const SCHEMA = schema as JsonSchema;

/** A DeepSpeed config by itself: JSON, or the same keys in YAML. */
export const deepspeedAdapter = defineAdapter({
  id: 'deepspeed',
  title: 'DeepSpeed',
  companion: true,
  loaders: { json: 'json', yaml: 'pyyaml' },
  recognise: recogniseDeepSpeed,
  keys: DEEPSPEED_KEYS,
  schema: SCHEMA,
  policy: { unknownKeys: 'refused', castsNumbers: () => true },
  join: (draft) => {
    stateEngine(draft);
    obscureAuto(draft.tree, [], draft.builder);
  },
  settle: settleDeepSpeed,
  issues: (tree: ConfigTree) => [
    ...stageIssues(tree, []),
    ...scheduleIssues(tree),
    ...checkKeys(tree, DEEPSPEED_CHECKS),
    ...misspeltKeys(tree, SCHEMA),
  ],
});

function stateEngine({ builder, tree, locate }: Draft): void {
  const at = locate('zero_optimization') ?? { file: tree.file, start: 0, end: 0 };
  if (locate('zero_optimization') !== undefined) {
    builder.state('sharding.engine', { value: 'deepspeed', origin: 'explicit', at });
  } else {
    builder.assume('sharding.engine', 'deepspeed', 'deepspeed: deepspeed/runtime/engine.py');
  }
}

/** Tensor and pipeline parallelism come from the script's own model, so what the file does not say is unknown. */
function settleDeepSpeed(draft: Draft): void {
  settlePrecision(draft, { engine: 'deepspeed', mixed: mixedFromFlags(draft), loaded: undefined, frozen: false });
}
