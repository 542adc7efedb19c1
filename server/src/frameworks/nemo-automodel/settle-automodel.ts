import type { Objective, Resident, Task } from '../../plan/index.ts';
import { readDtype } from '../hf-family/settle-precision.ts';
import { checkpointDtype } from '../kit/checkpoint-dtype.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { explicit } from '../kit/read-keys.ts';
import type { Around } from '../types.ts';
import { drafts } from './automodel-keys.ts';

const DISTRIBUTED = 'nemo-automodel: nemo_automodel/components/distributed/config.py';
const MODEL = 'nemo-automodel: nemo_automodel/_transformers/auto_model.py';

/** What hangs on the recipe, the model's class and the strategy. */
export function settleAutomodel(draft: Draft): void {
  const { builder, around } = draft;
  builder.assume('parallel.ulysses', 1, DISTRIBUTED);
  const task = taskOf(around);
  if (task !== undefined) builder.infer('run.task', task, 'the recipe and the class of the model');
  const objective = objectiveOf(draft);
  if (objective !== undefined) builder.infer('run.objective', objective, 'the recipe and its data');
  if (task === 'diffusion') builder.infer('batch.unit', 'samples', 'the recipe');
  if (!drafts(around)) builder.infer('adapter.kind', around.has('peft') ? 'lora' : 'none', 'the section peft');
  settleSchedule(draft);
  settlePipeline(draft);
  if (/Mock/.test(textAt(around, 'dataset._target_')))
    builder.infer('data.padToMax', true, 'made-up data have the stated length, all of them');
  settleWeights(draft);
  settleDtypes(draft);
}

/** A scheduler without a lowest rate comes down to a hundredth of the peak. */
function settleSchedule({ builder, around }: Draft): void {
  if (!around.has('lr_scheduler') || builder.has('schedule.minLearningRate')) return;
  if (builder.value('schedule.kind') !== 'constant')
    builder.assume('schedule.minRatio', 0.01, 'nemo-automodel: nemo_automodel/components/optim/optimizer.py');
}

/** Layers are dealt out stage by stage, and the last one takes what is left; a stage's layers stay gathered. */
function settlePipeline({ builder }: Draft): void {
  if ((builder.value('parallel.pipeline') ?? 1) <= 1) return;
  builder.assume('parallel.unevenStages', true, 'nemo-automodel: nemo_automodel/components/distributed/pipelining');
  if (builder.value('sharding.engine') === 'fsdp2')
    builder.assume(
      'sharding.reshardAfterForward',
      false,
      'nemo-automodel: nemo_automodel/components/distributed/parallelizer.py',
    );
}

/** Signs in the recipe's name, else in the class of the model; what trains a draft head is none of these. */
const TASKS: readonly (readonly [RegExp, Task])[] = [
  [/Diffusion|FlowMatching/, 'diffusion'],
  [/VLM|ImageTextToText|Multimodal/, 'vision-language'],
  [/SequenceClassification/, 'classification'],
  [/Seq2Seq|T5/, 'seq2seq'],
  [/CausalLM|NextTokenPrediction/, 'causal-lm'],
];

function taskOf(around: Around): Task | undefined {
  // A language model that denoises its text trains otherwise than one that continues it.
  if (drafts(around) || /dllm|DiffusionGemma/i.test(recipeOf(around))) return undefined;
  if (around.has('flow_matching')) return 'diffusion';
  const names = `${recipeOf(around)} ${textAt(around, 'model._target_')}`;
  // An encoder-decoder is loaded through a class of its own although the recipe is that of decoders.
  if (/Seq2Seq/.test(names)) return 'seq2seq';
  return TASKS.find(([sign]) => sign.test(names))?.[1];
}

function objectiveOf({ around, context }: Draft): Objective | undefined {
  const recipe = recipeOf(around);
  if (drafts(around)) return 'other';
  if (/KnowledgeDistillation|KD/.test(recipe)) return 'distillation';
  if (/BiEncoder|CrossEncoder|Retrieval/.test(`${recipe} ${textAt(around, 'model._target_')}`)) return 'embedding';
  if (/Benchmark/.test(recipe)) return undefined;
  const data = textAt(around, 'dataset._target_');
  if (/pretrain/i.test(context.file) || /megatron|nanogpt/i.test(data)) return 'pretraining';
  const tunes = /Finetune|SFT/i.test(recipe) || /from_pretrained$/.test(textAt(around, 'model._target_'));
  return tunes && !around.has('flow_matching') ? 'sft' : undefined;
}

/** Left to itself, a checkpoint is loaded as it is stored, and a model without one is made in bf16. */
function settleWeights(draft: Draft): void {
  const { builder, around } = draft;
  if ((around.get('model.torch_dtype') ?? 'auto') !== 'auto' || draft.partial) return;
  if (builder.value('run.fromScratch') === true) {
    builder.assume('precision.weights', 'bf16', MODEL);
    return;
  }
  const name = builder.value('model.name');
  const dtype = drafts(around) ? undefined : checkpointDtype(name);
  if (dtype !== undefined)
    builder.infer('precision.weights', dtype, `the dtype that the checkpoint of ${name} is stored in (${MODEL})`);
}

/** FSDP2 gathers in bf16 and reduces in fp32 whatever the weights are stored in, unless a policy says otherwise. */
function settleDtypes(draft: Draft): void {
  const { builder, around } = draft;
  if (builder.value('sharding.engine') !== 'fsdp2') return;
  builder.assume('sharding.defersReduction', true, DISTRIBUTED);
  const policy = 'distributed.mp_policy';
  const param = around.has(`${policy}.param_dtype`) ? readDtype(around.get(`${policy}.param_dtype`)) : 'bf16';
  const reduce = around.has(`${policy}.reduce_dtype`) ? readDtype(around.get(`${policy}.reduce_dtype`)) : 'fp32';
  const how = `FSDP2's mixed precision policy (${DISTRIBUTED})`;
  const usesFp8 = around.get('fp8.enabled') === true && around.get('fp8.emulate') !== true;
  if (param !== undefined) builder.infer('precision.compute', usesFp8 ? 'fp8' : param, how);
  if (reduce !== undefined) builder.infer('precision.reduce', reduce, how);
  builder.infer('precision.autocast', 'off', how);
  builder.infer('precision.master', 'none', how);
  const weights = builder.value('precision.weights');
  // Adapters take the dtype of the layer they sit on (components/_peft/lora.py).
  if (weights !== undefined && around.has('peft') && !around.has('peft.lora_dtype'))
    builder.infer('adapter.dtype', weights, 'as the stored weights');
  if (weights !== undefined) builder.infer('precision.gradients', weights, 'as the stored weights');
}

/** A teacher to learn from, or the target of a draft model, frozen on the same GPUs. */
export function residentsOfAutomodel({ around, tree }: Draft): readonly Resident[] {
  const paths = ['teacher_model.pretrained_model_name_or_path', 'recipe_args.target_model_name_or_path'];
  return paths.flatMap((path): readonly Resident[] => {
    const node = around.node(path);
    const name = around.get(path);
    if (node === undefined || typeof name !== 'string') return [];
    return [{ role: 'teacher', trainable: false, model: explicit(tree, node, name) }];
  });
}

/** The recipe's class, named at once or as the target of a map. */
function recipeOf(around: Around): string {
  return textAt(around, 'recipe') || textAt(around, 'recipe._target_');
}

function textAt(around: Around, path: string): string {
  const value = around.get(path);
  return typeof value === 'string' ? value : '';
}
