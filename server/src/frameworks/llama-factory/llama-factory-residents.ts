import type { Resident } from '../../plan/index.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { castNumber } from '../kit/key.ts';
import { explicit } from '../kit/read-keys.ts';

/** Stages and losses that score with a reference model. */
const WITH_REFERENCE = new Set(['dpo', 'ipo', 'kto', 'ppo']);

/**
 * Models beside the trained one. Under LoRA the reference is the base with the adapter switched off, unless a model of
 * its own is named (LLaMA-Factory: src/llamafactory/train/trainer_utils.py, create_ref_model and create_reward_model).
 */
export function residentsOf(draft: Draft): readonly Resident[] {
  return [...referenceOf(draft), ...rewardOf(draft)];
}

function referenceOf(draft: Draft): readonly Resident[] {
  const objective = draft.builder.value('run.objective');
  if (objective === undefined || !WITH_REFERENCE.has(objective)) return [];
  const named = modelAt(draft, 'ref_model');
  const kind = draft.builder.value('adapter.kind');
  if (named === undefined && (kind === 'lora' || kind === 'dora' || kind === undefined)) return [];
  return [{ role: 'reference', trainable: false, ...named, ...storageAt(draft, 'ref_model_quantization_bit') }];
}

function rewardOf(draft: Draft): readonly Resident[] {
  // An adapter of the trained model or a server takes no room of its own.
  if (draft.builder.value('run.objective') !== 'ppo' || draft.around.get('reward_model_type') !== 'full') return [];
  const named = modelAt(draft, 'reward_model');
  return [{ role: 'reward', trainable: false, ...named, ...storageAt(draft, 'reward_model_quantization_bit') }];
}

function modelAt({ tree, around }: Draft, dotted: string): Pick<Resident, 'model'> | undefined {
  const node = around.node(dotted);
  const name = around.get(dotted);
  return node === undefined || typeof name !== 'string' ? undefined : { model: explicit(tree, node, name) };
}

function storageAt({ tree, around }: Draft, dotted: string): Pick<Resident, 'quantization'> {
  const node = around.node(dotted);
  const bits = castNumber(around.get(dotted) ?? 0);
  if (node === undefined || (bits !== 4 && bits !== 8)) return {};
  return { quantization: explicit(tree, node, bits === 4 ? 'nf4' : 'int8') };
}
