import type { Resident } from '../../plan/index.ts';
import type { Draft } from '../kit/define-adapter.ts';

/**
 * Models beside the trained one. With an adapter the reference is the base with the adapter switched off, so nothing
 * is loaded twice (axolotl: src/axolotl/train.py, setup_reference_model).
 */
export function residentsOf(draft: Draft): readonly Resident[] {
  return [...referenceOf(draft), ...engineOf(draft)];
}

function referenceOf({ builder }: Draft): readonly Resident[] {
  const objective = builder.value('run.objective');
  const kind = builder.value('adapter.kind');
  if (kind === undefined || kind === 'lora' || kind === 'dora') return [];
  const scored = objective === 'dpo' || objective === 'ipo' || objective === 'kto';
  const penalised = objective === 'grpo' && (builder.value('rollout.klCoefficient') ?? 0) > 0;
  if (!scored && !penalised) return [];
  const dtype = builder.sourced('precision.weights');
  return [{ role: 'reference', trainable: false, ...(dtype === undefined ? {} : { dtype }) }];
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
