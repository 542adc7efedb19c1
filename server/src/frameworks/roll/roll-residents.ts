import type { Resident, Sourced } from '../../plan/index.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { explicit } from '../kit/read-keys.ts';
import { pipelineOf, rollsOut } from './roll-around.ts';

/** Workers give their states to host memory after each operation, unless told otherwise. */
const AWAY: Sourced<'cpu'> = {
  value: 'cpu',
  origin: 'default',
  cite: 'ROLL: roll/distributed/executor/worker.py, is_offload_states',
};

/** Models of other roles on the trained role's GPUs. */
export function rollResidents(draft: Draft): readonly Resident[] {
  const { around } = draft;
  if (pipelineOf(around) === 'dpo')
    return around.has('reference') ? [{ role: 'reference', trainable: false, ...away(draft) }] : [];
  if (pipelineOf(around) === 'distillation') return teacher(draft);
  return rollsOut(around) ? [...reference(draft), ...critic(draft), ...rolloutEngine(draft)] : [];
}

function reference(draft: Draft): readonly Resident[] {
  const { around, builder } = draft;
  const isWanted =
    around.get('enable_reference') === true ||
    around.get('use_kl_loss') === true ||
    (builder.value('rollout.klCoefficient') ?? 0) > 0;
  return isWanted && around.has('reference') ? [{ role: 'reference', trainable: false, ...away(draft) }] : [];
}

function critic(draft: Draft): readonly Resident[] {
  const { builder, around } = draft;
  if (builder.value('rollout.algorithm') !== 'gae' || !around.has('critic')) return [];
  return [{ role: 'critic', trainable: true, ...named(draft, 'reward_pretrain'), ...away(draft) }];
}

function teacher(draft: Draft): readonly Resident[] {
  if (!draft.around.has('teacher')) return [];
  return [{ role: 'teacher', trainable: false, ...named(draft, 'teacher_pretrain'), ...away(draft) }];
}

function rolloutEngine(draft: Draft): readonly Resident[] {
  const { builder } = draft;
  if (builder.value('rollout.colocated') !== true) return [];
  const memoryShare = builder.sourced('rollout.memoryShare');
  const tensorParallel = builder.sourced('rollout.tensorParallel');
  return [
    {
      role: 'rollout-engine',
      trainable: false,
      ...(memoryShare === undefined ? {} : { memoryShare }),
      ...(tensorParallel === undefined ? {} : { tensorParallel }),
      ...away(draft),
    },
  ];
}

function away({ around }: Draft): { readonly offload?: Sourced<'cpu'> } {
  return around.get('is_offload_states') === false ? {} : { offload: AWAY };
}

function named(draft: Draft, key: string): { readonly model?: Sourced<string> } {
  const node = draft.around.node(key);
  const name = draft.around.get(key);
  return node === undefined || typeof name !== 'string' ? {} : { model: explicit(draft.tree, node, name) };
}
