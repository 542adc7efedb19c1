import type { Resident, Sourced } from '../../plan/index.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { positive } from '../kit/key.ts';
import { explicit } from '../kit/read-keys.ts';
import { isRl, onMegatron } from './verl-around.ts';

const FSDP_WORKERS = 'verl: verl/workers/fsdp_workers.py';
const ROLLOUT_CONFIG = 'verl: verl/workers/config/rollout.py';

/** Models of the same workers as the actor's, and the engine that samples there. */
export function verlResidents(draft: Draft): readonly Resident[] {
  if (!isRl(draft.around)) return [];
  return [...reference(draft), ...critic(draft), ...rewardModel(draft), ...rolloutEngine(draft)];
}

/** A frozen copy, wanted by either divergence; an adapter is its own reference with the adapter switched off. */
function reference(draft: Draft): readonly Resident[] {
  const { around } = draft;
  const isWanted =
    around.get('actor_rollout_ref.actor.use_kl_loss') === true || around.get('algorithm.use_kl_in_reward') === true;
  if (!isWanted || positive(around.get('actor_rollout_ref.model.lora_rank') ?? null) !== undefined) return [];
  // FSDP's workers keep the reference in host memory, whatever its own switch says.
  const offload = onMegatron(around)
    ? offloadOf(draft, 'actor_rollout_ref.ref.megatron.param_offload')
    : ({ value: 'cpu', origin: 'default', cite: FSDP_WORKERS } as const);
  return [{ role: 'reference', trainable: false, ...(offload === undefined ? {} : { offload }) }];
}

function critic(draft: Draft): readonly Resident[] {
  const { around, builder } = draft;
  const asked = around.get('critic.enable');
  const isOn = typeof asked === 'boolean' ? asked : builder.value('rollout.algorithm') === 'gae';
  if (!isOn) return [];
  const offload = offloadOf(draft, 'critic.model.fsdp_config.param_offload', 'critic.megatron.param_offload');
  return [{ role: 'critic', trainable: true, ...modelOf(draft, 'critic.model.path'), ...(offload ? { offload } : {}) }];
}

function rewardModel(draft: Draft): readonly Resident[] {
  if (draft.around.get('reward_model.enable') !== true) return [];
  const offload = offloadOf(
    draft,
    'reward_model.model.fsdp_config.param_offload',
    'reward_model.megatron.param_offload',
  );
  return [
    { role: 'reward', trainable: false, ...modelOf(draft, 'reward_model.model.path'), ...(offload ? { offload } : {}) },
  ];
}

/** The engine gives its memory back before each update unless its cache is told to stay. */
function rolloutEngine({ builder, around }: Draft): readonly Resident[] {
  if (builder.value('rollout.colocated') !== true) return [];
  const memoryShare = builder.sourced('rollout.memoryShare');
  const tensorParallel = builder.sourced('rollout.tensorParallel');
  const stays = around.get('actor_rollout_ref.rollout.free_cache_engine') === false;
  return [
    {
      role: 'rollout-engine',
      trainable: false,
      ...(memoryShare === undefined ? {} : { memoryShare }),
      ...(tensorParallel === undefined ? {} : { tensorParallel }),
      ...(stays ? {} : { offload: { value: 'cpu', origin: 'default', cite: ROLLOUT_CONFIG } }),
    },
  ];
}

function modelOf(draft: Draft, key: string): { readonly model?: Sourced<string> } {
  const node = draft.around.node(key);
  const name = draft.around.get(key);
  return node === undefined || typeof name !== 'string' ? {} : { model: explicit(draft.tree, node, name) };
}

function offloadOf(draft: Draft, ...keys: readonly string[]): Sourced<'cpu' | 'none'> | undefined {
  for (const key of keys) {
    const node = draft.around.node(key);
    const value = draft.around.get(key);
    if (node !== undefined && typeof value === 'boolean')
      return explicit(draft.tree, node, value ? ('cpu' as const) : ('none' as const));
  }
  return undefined;
}
