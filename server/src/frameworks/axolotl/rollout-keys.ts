import { byDefault, key } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';

const GRPO = 'trl: trl/trainer/grpo_config.py';
const VLLM = 'axolotl: src/axolotl/utils/schemas/vllm.py';

const rollsOut = (around: Around): boolean => ['grpo', 'gdpo'].includes(String(around.get('rl')));
const prefers = (around: Around): boolean => ['dpo', 'ipo', 'kto', 'orpo', 'simpo'].includes(String(around.get('rl')));
const colocates = (around: Around): boolean =>
  rollsOut(around) && around.get('trl.use_vllm') === true && around.get('trl.vllm_mode') === 'colocate';

/** Keys of preference training and of GRPO, which axolotl hands to TRL. */
export const rolloutKeys: KeyTable = {
  rl_beta: key('preference.beta', { when: prefers }),
  dpo_beta: key('preference.beta', { when: prefers }),
  orpo_alpha: key('preference.beta', { when: (around) => around.get('rl') === 'orpo' }),
  dpo_label_smoothing: key('loss.labelSmoothing'),
  max_prompt_len: key('rollout.promptLength', { when: rollsOut }),
  'trl.beta': [
    key('rollout.klCoefficient', { default: byDefault(0, GRPO), when: rollsOut }),
    // TRL's preference trainers take 0.1 where no key says otherwise.
    key('preference.beta', { default: byDefault(0.1, 'trl: trl/trainer/dpo_config.py'), when: prefers }),
  ],
  'trl.num_generations': key('rollout.generations', { default: byDefault(8, GRPO), when: rollsOut }),
  'trl.generation_batch_size': key('rollout.batch', { when: rollsOut }),
  'trl.max_completion_length': key('rollout.completionLength', { when: rollsOut }),
  'trl.num_iterations': key('rollout.updateEpochs', { default: byDefault(1, GRPO), when: rollsOut }),
  'trl.epsilon': key('rollout.clipRange', { default: byDefault(0.2, GRPO), when: rollsOut }),
  'trl.use_vllm': key('rollout.engine', {
    read: (value) => (value === true ? 'vllm' : undefined),
    write: (to) => to === 'vllm',
    when: rollsOut,
  }),
  'trl.vllm_mode': key('rollout.colocated', {
    read: (value) => (value === 'colocate' ? true : value === 'server' ? false : undefined),
    write: (to) => (to ? 'colocate' : 'server'),
    when: (around) => rollsOut(around) && around.get('trl.use_vllm') === true,
  }),
  'trl.use_liger_loss': key('loss.kernel', {
    read: (value) => (value === true ? 'fused' : undefined),
    when: rollsOut,
  }),
  dpo_use_liger_kernel: key('loss.kernel', { read: (value) => (value === true ? 'fused' : undefined) }),
  'vllm.gpu_memory_utilization': key('rollout.memoryShare', { default: byDefault(0.9, VLLM), when: colocates }),
  'vllm.tensor_parallel_size': key('rollout.tensorParallel', { when: rollsOut }),
};
