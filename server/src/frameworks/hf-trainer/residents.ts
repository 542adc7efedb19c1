import type { Resident, Sourced } from '../../plan/index.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { explicit } from '../kit/read-keys.ts';
import { trainerOf } from './detect-trainer.ts';
import { usesPeft } from './hf-trainer-keys.ts';
import { TRAINERS, type TrainerKind } from './trainer-kinds.ts';

/** Models that share the GPUs with the trained one, and the engine that samples. */
export function hfResidents(draft: Draft): readonly Resident[] {
  const kind = trainerOf(draft.around);
  if (kind === undefined) return [];
  return [
    ...referenceModel(draft, kind),
    ...namedModel(draft, 'reward', ['reward_model_name_or_path', 'reward_model_path']),
    ...(kind === 'gkd' ? namedModel(draft, 'teacher', ['teacher_model_name_or_path']) : []),
    ...critic(kind),
    ...rolloutEngine(draft, kind),
  ];
}

/** An adapter is its own reference with the adapter switched off; a full fine-tune keeps a frozen copy. */
function referenceModel({ around, builder }: Draft, kind: TrainerKind): readonly Resident[] {
  if (!TRAINERS[kind].reference || (usesPeft(around) && around.get('force_use_ref_model') !== true)) return [];
  if (around.get('precompute_ref_log_probs') === true || around.get('reference_free') === true) return [];
  if ((kind === 'grpo' || kind === 'rloo') && (builder.value('rollout.klCoefficient') ?? 0) === 0) return [];
  return [{ role: 'reference', trainable: false }];
}

function namedModel(draft: Draft, role: 'reward' | 'teacher', keys: readonly string[]): readonly Resident[] {
  for (const key of keys) {
    const node = draft.around.node(key);
    const name = draft.around.get(key);
    if (node === undefined || typeof name !== 'string' || name === '') continue;
    return [{ role, model: explicit(draft.tree, node, name), trainable: false }];
  }
  return [];
}

/** PPO's value model has the size of the reward model, which by default is a model of its own. */
function critic(kind: TrainerKind): readonly Resident[] {
  return kind === 'ppo' ? [{ role: 'critic', trainable: true }] : [];
}

function rolloutEngine({ builder }: Draft, kind: TrainerKind): readonly Resident[] {
  if (!TRAINERS[kind].samples || builder.value('rollout.engine') !== 'vllm') return [];
  if (builder.value('rollout.colocated') !== true) return [];
  const memoryShare: Sourced<number> | undefined = builder.sourced('rollout.memoryShare');
  const tensorParallel: Sourced<number> | undefined = builder.sourced('rollout.tensorParallel');
  return [
    {
      role: 'rollout-engine',
      trainable: false,
      ...(memoryShare === undefined ? {} : { memoryShare }),
      ...(tensorParallel === undefined ? {} : { tensorParallel }),
    },
  ];
}
