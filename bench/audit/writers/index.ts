import type { ConfigWriter } from '../config-writer.ts';
import { AXOLOTL } from './axolotl.ts';
import { DETECTRON2 } from './detectron2.ts';
import { GPT_NEOX } from './gpt-neox.ts';
import { HF_TRAINER } from './hf-trainer.ts';
import { LLAMA_FACTORY } from './llama-factory.ts';
import { LLM_FOUNDRY } from './llm-foundry.ts';
import { MEGATRON_LM } from './megatron-lm.ts';
import { NANOTRON } from './nanotron.ts';
import { OLMO } from './olmo.ts';
import { OUMI } from './oumi.ts';
import { RL_ZOO3 } from './rl-zoo3.ts';
import { TIMM } from './timm.ts';
import { TORCHTUNE } from './torchtune.ts';
import { TRL } from './trl.ts';
import { ULTRALYTICS } from './ultralytics.ts';
import { VERL } from './verl.ts';
import { VISSL } from './vissl.ts';

/** Frameworks that recipes are written down for. */
export const CONFIG_WRITERS: readonly ConfigWriter[] = [
  AXOLOTL,
  DETECTRON2,
  GPT_NEOX,
  HF_TRAINER,
  LLAMA_FACTORY,
  LLM_FOUNDRY,
  MEGATRON_LM,
  NANOTRON,
  OLMO,
  OUMI,
  RL_ZOO3,
  TIMM,
  TORCHTUNE,
  TRL,
  ULTRALYTICS,
  VERL,
  VISSL,
];
