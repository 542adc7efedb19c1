import type { ConfigTree } from '../../text/index.ts';
import { needsOther } from '../deepspeed/stage-issues.ts';
import { aroundOf } from '../kit/around.ts';
import type { KeyIssue } from '../types.ts';
import { isForTrl } from './detect-trainer.ts';
import { usesPeft } from './hf-trainer-keys.ts';

/** Keys TRL looks at only together with another. */
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
    keys: ['use_bnb_nested_quant', 'bnb_4bit_quant_type'],
    requires: 'load_in_4bit: true',
    missing: (around) => around.get('load_in_4bit') !== true,
  },
];

/** Keys without effect for want of another; only where the trainer is known to be TRL's. */
export function hfIssues(tree: ConfigTree): readonly KeyIssue[] {
  if (!isForTrl(tree)) return [];
  const around = aroundOf(tree);
  return NEEDS.filter(({ missing }) => missing(around)).flatMap(({ keys, requires }) =>
    keys
      .filter((key) => around.has(key) && around.get(key) !== null && around.get(key) !== false)
      .map((key) => needsOther(tree, [key], { requires, found: foundFor(requires, around) })),
  );
}

/** What stands where `option: value` is needed. */
function foundFor(requires: string, around: ReturnType<typeof aroundOf>): string {
  const option = requires.slice(0, requires.indexOf(':'));
  return around.has(option) ? `${option}: ${String(around.get(option))}` : `no ${option}`;
}
