import type { ParsedText } from '../text/index.ts';
import { withLoader } from '../text/index.ts';
import { accelerateAdapter } from './accelerate/accelerate-adapter.ts';
import { aiToolkitAdapter } from './ai-toolkit/ai-toolkit-adapter.ts';
import { axolotlAdapter } from './axolotl/axolotl-adapter.ts';
import { bingBertAdapter } from './bing-bert/bing-bert-adapter.ts';
import { deepspeedAdapter } from './deepspeed/deepspeed-adapter.ts';
import { detectron2Adapter } from './detectron2/detectron2-adapter.ts';
import { diffusersAdapter } from './diffusers/diffusers-adapter.ts';
import { dinov2Adapter } from './dinov2/dinov2-adapter.ts';
import { fairseqAdapter } from './fairseq/fairseq-adapter.ts';
import { fmsHfTuningAdapter } from './fms-hf-tuning/fms-hf-tuning-adapter.ts';
import { genericAdapter } from './generic/generic-adapter.ts';
import { gptNeoxAdapter } from './gpt-neox/gpt-neox-adapter.ts';
import { hfTrainerAdapter } from './hf-trainer/hf-trainer-adapter.ts';
import { internvlClassificationAdapter } from './internvl-classification/internvl-classification-adapter.ts';
import { ldmAdapter } from './ldm/ldm-adapter.ts';
import { levanterAdapter } from './levanter/levanter-adapter.ts';
import { lightningAdapter } from './lightning/lightning-adapter.ts';
import { linguaAdapter } from './lingua/lingua-adapter.ts';
import { litgptAdapter } from './litgpt/litgpt-adapter.ts';
import { llamaFactoryAdapter } from './llama-factory/llama-factory-adapter.ts';
import { llamaFactoryV1Adapter } from './llama-factory/llama-factory-v1-adapter.ts';
import { llmFoundryAdapter } from './llm-foundry/llm-foundry-adapter.ts';
import { ludwigAdapter } from './ludwig/ludwig-adapter.ts';
import { m4Adapter } from './m4/m4-adapter.ts';
import { maxtextAdapter } from './maxtext/maxtext-adapter.ts';
import { megatronLmAdapter } from './megatron-lm-args/megatron-lm-adapter.ts';
import { mistralFinetuneAdapter } from './mistral-finetune/mistral-finetune-adapter.ts';
import { swiftAdapter } from './ms-swift/swift-adapter.ts';
import { nanotronAdapter } from './nanotron/nanotron-adapter.ts';
import { nemoAdapter } from './nemo/nemo-adapter.ts';
import { nemoLauncherAdapter } from './nemo/nemo-launcher-adapter.ts';
import { automodelAdapter } from './nemo-automodel/automodel-adapter.ts';
import { nemoRlAdapter } from './nemo-rl/nemo-rl-adapter.ts';
import { olmoAdapter } from './olmo/olmo-adapter.ts';
import { openClipAdapter } from './open-clip/open-clip-adapter.ts';
import { openInstructAdapter } from './open-instruct/open-instruct-adapter.ts';
import { openInstructRlAdapter } from './open-instruct/open-instruct-rl-adapter.ts';
import { openRlhfAdapter } from './openrlhf/openrlhf-adapter.ts';
import { oumiAdapter } from './oumi/oumi-adapter.ts';
import { peftAdapter } from './peft/peft-adapter.ts';
import { primeRlAdapter } from './prime-rl/prime-rl-adapter.ts';
import { rlZoo3Adapter } from './rl-zoo3/rl-zoo3-adapter.ts';
import { rollAdapter } from './roll/roll-adapter.ts';
import { sentenceTransformersAdapter } from './sentence-transformers/sentence-transformers-adapter.ts';
import { simpletunerAdapter } from './simpletuner/simpletuner-adapter.ts';
import { timmAdapter } from './timm/timm-adapter.ts';
import { torchtitanAdapter } from './torchtitan/torchtitan-adapter.ts';
import { torchtuneAdapter } from './torchtune/torchtune-adapter.ts';
import { type Adapter, type Evidence, MINIMUM_SCORE } from './types.ts';
import { ultralyticsAdapter } from './ultralytics/ultralytics-adapter.ts';
import { verlAdapter } from './verl/verl-adapter.ts';
import { visslAdapter } from './vissl/vissl-adapter.ts';

export { runsOnOneNode } from './kit/launched.ts';
export type {
  Adapter,
  Evidence,
  JsonSchema,
  KeyEdit,
  KeyIssue,
  KeyPlace,
  Link,
  LinkedFiles,
  PlanReading,
  ReadContext,
  Reading,
  StartingCommand,
} from './types.ts';

/** Every framework Batchwise reads, in no particular order: recognition is by evidence. */
export const ADAPTERS: readonly Adapter[] = [
  axolotlAdapter,
  llamaFactoryAdapter,
  llamaFactoryV1Adapter,
  deepspeedAdapter,
  accelerateAdapter,
  hfTrainerAdapter,
  openInstructAdapter,
  openInstructRlAdapter,
  fmsHfTuningAdapter,
  internvlClassificationAdapter,
  torchtuneAdapter,
  lightningAdapter,
  linguaAdapter,
  mistralFinetuneAdapter,
  torchtitanAdapter,
  oumiAdapter,
  primeRlAdapter,
  litgptAdapter,
  nemoAdapter,
  nemoLauncherAdapter,
  gptNeoxAdapter,
  olmoAdapter,
  nanotronAdapter,
  m4Adapter,
  levanterAdapter,
  maxtextAdapter,
  llmFoundryAdapter,
  bingBertAdapter,
  nemoRlAdapter,
  automodelAdapter,
  megatronLmAdapter,
  rlZoo3Adapter,
  detectron2Adapter,
  visslAdapter,
  fairseqAdapter,
  simpletunerAdapter,
  timmAdapter,
  ultralyticsAdapter,
  ludwigAdapter,
  aiToolkitAdapter,
  ldmAdapter,
  dinov2Adapter,
  swiftAdapter,
  openRlhfAdapter,
  peftAdapter,
  sentenceTransformersAdapter,
  openClipAdapter,
  diffusersAdapter,
  rollAdapter,
  verlAdapter,
  genericAdapter,
];

export interface Recognition {
  readonly adapter: Adapter;
  readonly evidence: Evidence;
}

/** The framework a file is written for, or undefined where the evidence is thin. */
export function recognise(
  file: string,
  parsed: ParsedText,
  adapters: readonly Adapter[] = ADAPTERS,
): Recognition | undefined {
  const tree = withLoader(parsed, parsed.format === 'yaml' ? 'pyyaml' : parsed.format);
  let best: Recognition | undefined;
  for (const adapter of adapters) {
    if (adapter.guessed === true && best !== undefined) continue;
    const evidence = adapter.recognise({ file, tree });
    if (evidence !== undefined && evidence.score >= MINIMUM_SCORE && evidence.score > (best?.evidence.score ?? 0))
      best = { adapter, evidence };
  }
  return best;
}

/** The adapter with this id, for settings that name one. */
export function findAdapter(id: string): Adapter | undefined {
  return ADAPTERS.find((adapter) => adapter.id === id);
}
