import type { Resident } from '../../plan/index.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { explicit } from '../kit/read-keys.ts';
import { trainerTypeOf } from './trainer-type.ts';
import { VERL_KL, VERL_REFERENCE_OFFLOAD } from './verl-keys.ts';

/** Models beside the trained one. With an adapter the reference is the base with the adapter switched off. */
export function oumiResidents(draft: Draft): readonly Resident[] {
  const { around, builder } = draft;
  switch (trainerTypeOf(around)) {
    case 'TRL_DPO':
    case 'TRL_KTO':
      return builder.value('adapter.kind') === 'lora' ? [] : [{ role: 'reference', trainable: false }];
    case 'TRL_GKD':
      return teacherOf(draft, 'training.gkd');
    case 'TRL_GOLD':
      return teacherOf(draft, 'training.gold');
    case 'TRL_GRPO': {
      const penalised = (builder.value('rollout.klCoefficient') ?? 0) > 0 && builder.value('adapter.kind') !== 'lora';
      return [...(penalised ? [{ role: 'reference', trainable: false } as const] : []), ...engineOf(draft)];
    }
    case 'VERL_GRPO':
      return [...verlReference(draft), ...engineOf(draft)];
    default:
      return [];
  }
}

/** A frozen teacher, whose layers may be laid out over all GPUs that the one process sees. */
function teacherOf({ around, tree }: Draft, section: string): readonly Resident[] {
  const node = around.node(`${section}.teacher_model_name_or_path`);
  const name = around.get(`${section}.teacher_model_name_or_path`);
  if (node === undefined || typeof name !== 'string') return [];
  const map = `${section}.teacher_model_init_kwargs.device_map`;
  const spread = around.get(map) === 'auto' ? around.node(map) : undefined;
  const model = explicit(tree, node, name);
  const overDevices = spread === undefined ? {} : { overDevices: explicit(tree, spread, true) };
  return [{ role: 'teacher', trainable: false, model, ...overDevices }];
}

function verlReference({ around, tree }: Draft): readonly Resident[] {
  if (around.get(VERL_KL) !== true) return [];
  const node = around.node(VERL_REFERENCE_OFFLOAD);
  const offloaded = around.get(VERL_REFERENCE_OFFLOAD) === true && node !== undefined;
  return [
    { role: 'reference', trainable: false, ...(offloaded ? { offload: explicit(tree, node, 'cpu' as const) } : {}) },
  ];
}

function engineOf({ builder }: Draft): readonly Resident[] {
  if (builder.value('rollout.engine') !== 'vllm' || builder.value('rollout.colocated') !== true) return [];
  const memoryShare = builder.sourced('rollout.memoryShare');
  const tensorParallel = builder.sourced('rollout.tensorParallel');
  return [
    {
      role: 'rollout-engine',
      trainable: false,
      ...(memoryShare === undefined ? {} : { memoryShare }),
      ...(tensorParallel === undefined ? {} : { tensorParallel }),
    },
  ];
}
