import { findModel } from '../../facts/index.ts';
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

const TEACHER = 'oumi: src/oumi/core/configs/params/gold_params.py (teacher_model_init_kwargs)';

/** A frozen teacher, loaded as its checkpoint is stored unless its arguments name a dtype. */
function teacherOf({ around, tree }: Draft, section: string): readonly Resident[] {
  const node = around.node(`${section}.teacher_model_name_or_path`);
  const name = around.get(`${section}.teacher_model_name_or_path`);
  if (node === undefined || typeof name !== 'string') return [];
  const load = `${section}.teacher_model_init_kwargs`;
  const named = around.get(`${load}.dtype`) ?? around.get(`${load}.torch_dtype`) ?? 'auto';
  const stored = findModel(name)?.nativeDtype;
  const isPacked = named === 'auto' && (stored === 'mxfp4' || stored === 'fp8');
  // Laid out over all GPUs that the one process sees.
  const spread = around.node(`${load}.device_map`);
  const isSpread = spread !== undefined && around.get(`${load}.device_map`) === 'auto';
  return [
    {
      role: 'teacher',
      trainable: false,
      model: explicit(tree, node, name),
      ...(isPacked ? { quantization: { value: stored, origin: 'default', cite: TEACHER } as const } : {}),
      ...(isSpread ? { overDevices: explicit(tree, spread, true) } : {}),
    },
  ];
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
