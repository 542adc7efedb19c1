import { castNumber } from '../kit/key.ts';
import { foundAt, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';
import { builderOf, objectiveOf } from './torchtune-recipe.ts';

const FULL = 'torchtune: recipes/full_finetune_distributed.py';
const QAT = 'torchtune: recipes/qat_distributed.py';
const LORA = 'torchtune: recipes/lora_finetune_distributed.py';
const QAT_LORA = 'torchtune: recipes/qat_lora_finetune_distributed.py';

const trainsAdapter = (around: Around): boolean => /^q?lora_|_lora_/.test(builderOf(around));
const isQuantisationAware = (around: Around): boolean => /QAT/.test(String(around.get('quantizer._component_') ?? ''));
const isOn = (around: Around, key: string): boolean => isTrue(around.get(key) ?? null);
/** Keys that the distributed recipes for all weights alone look at. */
const isDistributed = (around: Around): boolean =>
  /distributed/.test(around.file) || around.has('fsdp_cpu_offload') || around.has('tensor_parallel_dim');

/** What the recipes refuse when they start. Read at the head of April 2026. */
export const TORCHTUNE_CHECKS: readonly KeyCheck[] = [
  {
    key: 'dtype',
    cite: `${FULL}, and every other training recipe but GRPO's`,
    wrong: (around) =>
      around.get('dtype') === 'fp16' && objectiveOf(around) !== 'grpo'
        ? { kind: 'not-allowed', data: { found: 'fp16', expected: 'bf16, fp32' }, effect: 'refused' }
        : undefined,
  },
  {
    key: 'tensor_parallel_dim',
    cite: `${FULL}; ${QAT}`,
    wrong: (around) =>
      (castNumber(around.get('tensor_parallel_dim') ?? 1) ?? 1) > 1 &&
      !around.has('tensor_parallel_plan') &&
      objectiveOf(around) === 'sft' &&
      !trainsAdapter(around)
        ? {
            kind: 'needs-other-key',
            data: { needs: 'tensor_parallel_plan', expected: 'set' },
            effect: 'refused',
          }
        : undefined,
  },
  requires('optimizer_in_bwd', {
    when: isTrue,
    requires: 'a step that is not compiled',
    // One switch for all compiles the step as well; on one GPU the recipe leaves the step alone.
    found: (around) =>
      isOn(around, 'compile.optimizer_step')
        ? foundAt(around, 'compile.optimizer_step')
        : isOn(around, 'compile') && isDistributed(around) && objectiveOf(around) === 'sft'
          ? foundAt(around, 'compile')
          : undefined,
    effect: 'refused',
    cite: `${FULL}; ${QAT}`,
  }),
  requires('enable_fp8_training', {
    when: isTrue,
    requires: 'context_parallel_dim: 1',
    found: (around) =>
      (castNumber(around.get('context_parallel_dim') ?? null) ?? 1) > 1
        ? foundAt(around, 'context_parallel_dim')
        : undefined,
    effect: 'refused',
    cite: FULL,
  }),
  requires('run_val_every_n_steps', {
    when: (value, around) => castNumber(value) !== undefined && objectiveOf(around) === 'sft',
    requires: 'dataset_val',
    found: (around) => (around.has('dataset_val') && around.get('dataset_val') !== null ? undefined : 'none'),
    effect: 'refused',
    cite: `${FULL}; ${LORA}`,
  }),
  requires('checkpointer.model_type', {
    when: (value, around) => value === 'LLAMA4' && trainsAdapter(around) && isDistributed(around),
    requires: 'save_adapter_weights_only: true',
    found: (around) =>
      isOn(around, 'save_adapter_weights_only') ? undefined : foundAt(around, 'save_adapter_weights_only'),
    effect: 'refused',
    cite: LORA,
  }),
  requires('compile', {
    when: (value, around) => isTrue(value) && isQuantisationAware(around) && !trainsAdapter(around),
    requires: 'training that is not quantised',
    found: (around) => (isDistributed(around) ? 'quantizer' : undefined),
    effect: 'refused',
    cite: QAT,
  }),
  requires('model.use_dora', {
    when: (value, around) => isTrue(value) && isQuantisationAware(around),
    requires: 'no quantisation-aware training',
    found: () => 'quantizer',
    effect: 'refused',
    cite: QAT_LORA,
  }),
];
