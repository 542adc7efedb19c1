import schema from '../../../../schemas/hf-trainer.schema.json' with { type: 'json' };
import type { ConfigTree } from '../../text/index.ts';
import { topKeys } from '../kit/evidence.ts';
import type { JsonSchema } from '../types.ts';

// TypeScript reads a JSON module's literals as wide types; the file is written as a JsonSchema.
export const HF_TRAINER_SCHEMA = schema as JsonSchema;

/** As many keys beyond the known ones mean a script of somebody's own, with defaults of its own. */
const OWN_SCRIPT_KEYS = 3;

/** Whether so many keys are of no known class that another script than TRL's must be reading the file. */
export function isForOwnScript(tree: ConfigTree): boolean {
  // A Python call names its class, and only that class's arguments can stand in it.
  if (tree.format === 'python') return false;
  const known = HF_TRAINER_SCHEMA.properties ?? {};
  return [...topKeys(tree)].filter((key) => !Object.hasOwn(known, key)).length >= OWN_SCRIPT_KEYS;
}
