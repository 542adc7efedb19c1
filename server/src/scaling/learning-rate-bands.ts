import type { TrainingMethod } from './training-method.ts';

/** Where published peak learning rates of one method lie, Adam family. */
export interface LearningRateBand {
  readonly method: TrainingMethod;
  /** Parameter counts the band is for: from, below. */
  readonly parameters: readonly [number, number];
  /** Where ordinary published recipes lie. */
  readonly usual: readonly [number, number];
  /** Above it a rate is worth a look. */
  readonly noticeAbove: number;
  /** Above it no published recipe of the method was found to work. */
  readonly warnAbove: number;
  /** Recipes the band rests on. */
  readonly sources: readonly string[];
}

const ANY_SIZE = [0, Number.POSITIVE_INFINITY] as const;

/** Bands in order of method and size; the first that holds a plan is its band. */
export const LEARNING_RATE_BANDS: readonly LearningRateBand[] = [
  {
    method: 'pretraining',
    parameters: [0, 0.5e9],
    usual: [2e-4, 3e-3],
    noticeAbove: 5e-3,
    warnAbove: 1e-2,
    sources: [
      'GPT-3 (arXiv 2005.14165), table 2.1',
      'Pythia 70M: 1e-3',
      'Step Law (arXiv 2503.04715): optima from 2e-3 to 8e-3',
    ],
  },
  {
    method: 'pretraining',
    parameters: [0.5e9, 3e9],
    usual: [1.5e-4, 1.5e-3],
    noticeAbove: 3e-3,
    warnAbove: 6e-3,
    sources: ['GPT-3 1.3B: 2e-4', 'TinyLlama 1.1B: 4e-4', 'OLMo 2 1B: 4e-4'],
  },
  {
    method: 'pretraining',
    parameters: [3e9, 15e9],
    usual: [1e-4, 6e-4],
    noticeAbove: 1e-3,
    warnAbove: 3e-3,
    sources: ['LLaMA 7B: 3e-4', 'DeepSeek LLM 7B: 4.2e-4', 'Marin 8B: 1.7e-3 at 12M tokens a step'],
  },
  {
    method: 'pretraining',
    parameters: [15e9, Number.POSITIVE_INFINITY],
    usual: [6e-5, 3.2e-4],
    noticeAbove: 6e-4,
    warnAbove: 1.5e-3,
    sources: ['GPT-3 175B: 6e-5', 'DeepSeek LLM 67B: 3.2e-4', 'Llama 3.1 405B: 8e-5'],
  },
  {
    method: 'continued-pretraining',
    parameters: ANY_SIZE,
    usual: [1e-5, 3e-4],
    noticeAbove: 5e-4,
    warnAbove: 1e-3,
    sources: ['SmolLM FineMath 3B: 5e-5', 'OLMo 3: 2.07e-4'],
  },
  {
    method: 'full-sft',
    parameters: [0, 2e9],
    usual: [5e-6, 1e-3],
    noticeAbove: 1e-3,
    warnAbove: 2e-3,
    sources: ['SmolLM2 1.7B SFT: 3e-4', 'SmolLM2 360M SFT: 1e-3', 'SmolTulu SFT: 9e-5'],
  },
  {
    method: 'full-sft',
    parameters: [2e9, Number.POSITIVE_INFINITY],
    usual: [2e-6, 4e-5],
    noticeAbove: 5e-5,
    warnAbove: 1e-4,
    sources: ['Zephyr 7B SFT: 2e-5', 'Tülu 3 8B SFT: 5e-6', 'OpenR1-Distill 7B: 4e-5', 'torchtune full: 2e-5'],
  },
  {
    method: 'lora-sft',
    parameters: ANY_SIZE,
    usual: [5e-5, 5e-4],
    noticeAbove: 1e-3,
    warnAbove: 3e-3,
    sources: [
      'QLoRA (arXiv 2305.14314): 2e-4 and 1e-4',
      'torchtune LoRA: 3e-4',
      'LoRA learns less (arXiv 2405.09673): 2e-4 to 5e-4',
    ],
  },
  {
    method: 'full-preference',
    parameters: ANY_SIZE,
    usual: [2e-7, 1e-6],
    noticeAbove: 5e-6,
    warnAbove: 1e-5,
    sources: [
      'Zephyr 7B DPO: 5e-7',
      'Tülu 3 70B DPO: 2e-7',
      'TRL: trl/trainer/dpo_config.py, 1e-6',
      'Llama 3.1 DPO: 1e-5',
    ],
  },
  {
    method: 'lora-preference',
    parameters: ANY_SIZE,
    usual: [1e-6, 1e-5],
    noticeAbove: 5e-4,
    warnAbove: 1e-3,
    sources: ['Zephyr 7B DPO QLoRA: 5e-6', 'torchtune LoRA DPO: 5e-4', 'axolotl DPO examples: 2e-4'],
  },
  {
    method: 'full-rl',
    parameters: ANY_SIZE,
    usual: [3e-7, 3e-6],
    noticeAbove: 1e-5,
    warnAbove: 3e-5,
    sources: ['TRL: GRPO 1e-6, PPO 3e-6', 'verl: actor 1e-6', 'torchtune PPO: 3e-6', 'open-r1 GRPO demo: 2e-5'],
  },
  {
    method: 'lora-rl',
    parameters: ANY_SIZE,
    usual: [5e-6, 5e-5],
    noticeAbove: 2e-4,
    warnAbove: 1e-3,
    sources: ['TRL: docs/source/lora_without_regret.md, 1e-5'],
  },
  {
    method: 'reward-model',
    parameters: ANY_SIZE,
    usual: [1e-6, 1e-4],
    noticeAbove: 3e-4,
    warnAbove: 1e-3,
    sources: ['TRL: trl/trainer/reward_config.py, 1e-4', 'OpenRLHF: 9e-6'],
  },
  {
    method: 'encoder-fine-tuning',
    parameters: [0, 1e9],
    usual: [1e-5, 5e-5],
    noticeAbove: 1e-4,
    warnAbove: 5e-4,
    sources: ['transformers: src/transformers/training_args.py, 5e-5'],
  },
  {
    method: 'control-rl',
    parameters: ANY_SIZE,
    usual: [1e-4, 1e-3],
    noticeAbove: 3e-3,
    warnAbove: 1e-2,
    sources: ['stable-baselines3: PPO 3e-4', 'CleanRL: 2.5e-4'],
  },
];

/** The band of a method at a size; an unknown size has one only where the method has a single band. */
export function bandOf(method: TrainingMethod, parameterCount: number | undefined): LearningRateBand | undefined {
  const bands = LEARNING_RATE_BANDS.filter((band) => band.method === method);
  if (parameterCount === undefined) return bands.length === 1 && isUnbounded(bands[0]) ? bands[0] : undefined;
  return bands.find((band) => parameterCount >= band.parameters[0] && parameterCount < band.parameters[1]);
}

function isUnbounded(band: LearningRateBand | undefined): boolean {
  return band?.parameters[1] === Number.POSITIVE_INFINITY;
}
