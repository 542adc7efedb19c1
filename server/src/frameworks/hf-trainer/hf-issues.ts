import type { ConfigTree } from '../../text/index.ts';
import { needsOther } from '../deepspeed/stage-issues.ts';
import { TRAINING_ARGUMENT_CHECKS } from '../hf-family/training-argument-checks.ts';
import { aroundOf } from '../kit/around.ts';
import { checkKeys } from '../kit/key-checks.ts';
import type { KeyIssue } from '../types.ts';
import { isForTrl } from './detect-trainer.ts';
import { usesPeft } from './hf-trainer-keys.ts';
import { isForOwnScript } from './own-script.ts';
import { GENERATION_CHECKS, TRL_CHECKS } from './trl-checks.ts';

/** Keys TRL looks at only together with another (trl: trl/trainer/utils.py, get_peft_config, get_quantization_config). */
const NEEDS: readonly {
  readonly keys: readonly string[];
  readonly requires: string;
  readonly missing: (around: ReturnType<typeof aroundOf>) => boolean;
}[] = [
  {
    keys: [
      'lora_r',
      'lora_alpha',
      'lora_dropout',
      'lora_target_modules',
      'lora_target_parameters',
      'lora_modules_to_save',
      'use_rslora',
      'use_dora',
    ],
    requires: 'use_peft: true',
    missing: (around) => !usesPeft(around),
  },
  {
    keys: ['vllm_gpu_memory_utilization', 'vllm_mode', 'vllm_tensor_parallel_size', 'vllm_max_model_length'],
    requires: 'use_vllm: true',
    missing: (around) => around.get('use_vllm') !== true && !around.has('rollout'),
  },
  {
    keys: ['use_bnb_nested_quant', 'bnb_4bit_quant_type', 'bnb_4bit_quant_storage'],
    requires: 'load_in_4bit: true',
    missing: (around) => around.get('load_in_4bit') !== true,
  },
];

/** What the arguments refuse, and, where the trainer is known to be TRL's, keys without effect for want of another. */
export function hfIssues(tree: ConfigTree): readonly KeyIssue[] {
  const own = checkKeys(tree, [...TRAINING_ARGUMENT_CHECKS, ...GENERATION_CHECKS]);
  if (!isForTrl(tree) || isForOwnScript(tree)) return own;
  const around = aroundOf(tree);
  const needed = NEEDS.filter(({ requires, missing }) => missing(around) && !isOpen(requires, around)).flatMap(
    ({ keys, requires }) =>
      keys
        .filter((key) => around.has(key) && around.get(key) !== null && around.get(key) !== false)
        .map((key) => needsOther(tree, [key], { requires, found: foundFor(requires, around) })),
  );
  return [...own, ...checkKeys(tree, TRL_CHECKS), ...needed];
}

function optionOf(requires: string): string {
  return requires.slice(0, requires.indexOf(':'));
}

/** Whether the option's value is worked out elsewhere, so that it may well be the one needed. */
function isOpen(requires: string, around: ReturnType<typeof aroundOf>): boolean {
  const option = optionOf(requires);
  return around.has(option) && around.get(option) === undefined;
}

/** What stands where `option: value` is needed. */
function foundFor(requires: string, around: ReturnType<typeof aroundOf>): string {
  const option = optionOf(requires);
  return around.has(option) ? `${option}: ${String(around.get(option))}` : `no ${option}`;
}
