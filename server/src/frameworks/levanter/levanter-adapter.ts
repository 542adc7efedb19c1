import schema from '../../../../schemas/levanter.schema.json' with { type: 'json' };
import type { Task } from '../../plan/index.ts';
import type { ConfigTree } from '../../text/index.ts';
import type { Inheritance } from '../kit/compose.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { topKeys, weigh } from '../kit/evidence.ts';
import { parentsByTag } from '../kit/parents-by-key.ts';
import { tokenizerSize } from '../kit/tokenizer-sizes.ts';
import type { Around, JsonSchema } from '../types.ts';
import { hasOwnDimensions, kindOf, LEVANTER_KEYS, MODELS, mayAdapt, TRAINER } from './levanter-keys.ts';

const isSophia = (value: unknown): boolean => value === 'sophia-h' || value === 'sophia-g';
const INCLUDES = parentsByTag('!include');

/** Other files under any key; the data's own tell nothing of the training, so that they may be missing. */
const INHERITANCE: Inheritance = {
  parents: (tree, into) =>
    INCLUDES.parents(tree, into).map((parent) =>
      parent.into?.[0] === 'data' ? { ...parent, optional: true } : parent,
    ),
};

/** levanter: draccus over PyYAML, with `!include` for parts in files of their own. Numbers are cast. */
export const levanterAdapter = defineAdapter({
  id: 'levanter',
  title: 'levanter',
  loaders: { yaml: 'pyyaml' },
  recognise: (input) =>
    weigh(input, [
      { key: 'trainer.train_batch_size', weight: 30 },
      { key: 'trainer.num_train_steps', weight: 40 },
      { key: 'trainer.per_device_parallelism', weight: 30 },
      { key: 'trainer.per_device_eval_parallelism', weight: 30 },
      { key: 'trainer.tensor_parallel_axes', weight: 40 },
      { key: 'trainer.fsdp_axis', weight: 20 },
      { key: 'trainer.mp', weight: 40 },
      { key: 'trainer.axis_resources', weight: 40 },
      { key: 'initialize_from_hf', weight: 20 },
      { key: 'use_hf_model_config', weight: 20 },
      { key: 'supervised_data', weight: 30 },
      // A file of optimizer settings for another to include.
      { key: 'type', value: isSophia, weight: 50 },
      { key: 'exp_manager', weight: -200 },
      { key: 'actor_rollout_ref', weight: -200 },
    ]),
  keys: LEVANTER_KEYS,
  // TypeScript reads a JSON module's literals as wide types; the file is written as a JsonSchema.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  inherits: INHERITANCE,
  partial: isPiece,
  // Evaluations share the trainer's keys, and name the checkpoint that they judge.
  sections: (tree) =>
    ['checkpoint_path', 'hf_checkpoint'].some((name) => topKeys(tree).has(name)) ? [] : [{ name: 'main', base: [] }],
  settle: settleLevanter,
});

function isPiece(tree: ConfigTree): boolean {
  return !topKeys(tree).has('trainer');
}

function settleLevanter(draft: Draft): void {
  const { builder, around, tree } = draft;
  if (isPiece(tree)) return;
  const task = taskOf(around);
  builder.assume('run.task', task, MODELS);
  builder.assumeAll(
    {
      'sharding.engine': 'jax',
      'parallel.pipeline': 1,
      'parallel.context': 1,
      'parallel.ulysses': 1,
      'parallel.expert': 1,
      'precision.master': 'none',
    },
    TRAINER,
  );
  if (!mayAdapt(around)) builder.assume('adapter.kind', around.has('lora') ? 'lora' : 'none', TRAINER);
  if (builder.value('sharding.zeroStage') === 3) builder.assume('sharding.reshardAfterForward', true, TRAINER);
  settleDtypes(draft);
  if (task === 'causal-lm') settleLanguageModel(draft);
}

function taskOf(around: Around): Task {
  const kind = kindOf(around);
  if (kind === 'whisper' || kind.startsWith('asr')) return 'speech';
  return 'causal-lm';
}

/** Weights keep their dtype and are cast to the compute dtype on the way, as autocast does. */
function settleDtypes(draft: Draft): void {
  const weights = draft.builder.value('precision.weights');
  const compute = draft.builder.value('precision.compute');
  if (weights === undefined || compute === undefined) return;
  const how = `trainer.mp (${TRAINER})`;
  draft.builder.infer('precision.gradients', weights, how);
  draft.builder.infer('precision.autocast', compute === weights ? 'off' : compute, how);
}

/** Checkpoints a kind of model starts from where the file says only that it does. */
const REFERENCES: Readonly<Record<string, string>> = {
  gpt2: 'gpt2',
  llama: 'NousResearch/Llama-2-7b-hf',
  mistral: 'mistralai/Mistral-7B-v0.1',
  mixtral: 'mistralai/Mixtral-8x7B-v0.1',
  olmo2: 'allenai/OLMo-2-1124-7B',
};

/** Keys of the scripts that tune on instructions or conversations, one example a sequence. */
const TUNING_KEYS = ['supervised_data', 'chat_train_urls', 'messages_field', 'prompts', 'model_name_or_path'];

function settleLanguageModel(draft: Draft): void {
  const { builder, around } = draft;
  const tunes = TUNING_KEYS.some((name) => around.has(name));
  // Without data the settings of a trainer are what another task, as the conversion of a checkpoint, asks for.
  if (tunes || around.has('data'))
    builder.infer('run.objective', tunes ? 'sft' : 'pretraining', 'the kind of data it reads');
  const named = (around.get('initialize_from_hf') ?? false) !== false || around.has('model_name_or_path');
  const resumed = (around.get('trainer.initialize_from') ?? null) !== null;
  if (named || resumed) builder.infer('run.fromScratch', false, 'a checkpoint to start from is named');
  else if (!tunes) builder.infer('run.fromScratch', true, 'no checkpoint to start from is named');
  builder.assume('data.packing', !tunes, MODELS);
  builder.assume('model.attention', 'flash', 'levanter: src/levanter/layers/attention.py');
  builder.assume('loss.kernel', 'plain', MODELS);
  if (around.get('initialize_from_hf') === true && around.get('use_hf_model_config') === true) {
    const reference = REFERENCES[kindOf(around)];
    if (reference !== undefined)
      builder.infer('model.name', reference, `${kindOf(around)}'s reference checkpoint (${MODELS})`);
  }
  if (!hasOwnDimensions(around)) return;
  settleFamily(draft);
  const tokenizer =
    around.get('tokenizer') ?? around.get('data.tokenizer') ?? (dataIsHere(around) ? 'gpt2' : undefined);
  const size = typeof tokenizer === 'string' ? tokenizerSize(tokenizer) : undefined;
  if (size !== undefined) builder.infer('model.vocabSize', size, `the ${String(tokenizer)} tokenizer's ${size} tokens`);
}

/** Whether the data section is in the text, so that a tokenizer it lacks is the default. */
function dataIsHere(around: Around): boolean {
  return typeof around.get('data') === 'object';
}

/** Kinds whose layers are the catalogue's family of the same name, unless norms or biases are switched. */
function settleFamily(draft: Draft): void {
  const { around } = draft;
  const kind = kindOf(around);
  const biased = around.get('model.use_bias');
  const isUsual = biased === undefined || biased === (kind === 'gpt2');
  const isSwitched = around.get('model.hybrid_norm') === true || around.get('model.input_embedding_norm') === true;
  if (isUsual && !isSwitched && ['gpt2', 'llama', 'mistral', 'mixtral', 'olmo2'].includes(kind))
    draft.builder.infer('model.family', kind, `model.type is ${kind}`);
}
