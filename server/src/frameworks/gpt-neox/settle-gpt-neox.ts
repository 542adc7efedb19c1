import type { Resident } from '../../plan/index.ts';
import type { ConfigTree, ConfigValue } from '../../text/index.ts';
import { mixedFromFlags, settlePrecision } from '../hf-family/settle-precision.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { topKeys } from '../kit/evidence.ts';
import { castNumber } from '../kit/key.ts';
import { ARGUMENTS, attends } from './gpt-neox-keys.ts';
import { eitherSpelling } from './spellings.ts';

const TRANSFORMER = 'gpt-neox: megatron/model/transformer.py';
const TOKENIZER = 'gpt-neox: megatron/tokenizer/tokenizer.py';
const MODEL = 'gpt-neox: megatron/model/gpt2_model.py';

/** Runs are put together from several files; one without the model or the training is a piece of another's. */
export function isPiece(tree: ConfigTree): boolean {
  const keys = new Set([...topKeys(tree)].map((name) => name.replaceAll('-', '_')));
  const needed = ['num_layers', 'hidden_size', 'train_micro_batch_size_per_gpu'];
  return tree.problems.length > 0 || needed.some((name) => !keys.has(name));
}

/** What hangs on several keys: dtypes, the layer's kind, its feed-forward width and the vocabulary's padding. */
export function settleGptNeox(draft: Draft): void {
  const { builder } = draft;
  builder.assume('run.task', 'causal-lm', MODEL);
  builder.assume('adapter.kind', 'none', MODEL);
  builder.assume('sharding.engine', 'deepspeed', 'gpt-neox: megatron/training.py');
  builder.assume('parallel.ulysses', 1, 'gpt-neox: megatron/neox_arguments/neox_args.py');
  builder.assume('parallel.expert', 1, 'gpt-neox: megatron/neox_arguments/neox_args.py');
  builder.assume('loss.kernel', 'plain', MODEL);
  settleLoss(draft);
  if (!isPiece(draft.tree)) builder.assumeAll({ 'precision.bf16Flag': false, 'precision.fp16Flag': false }, ARGUMENTS);
  const mixed = mixedFromFlags(draft);
  settlePrecision(draft, { engine: 'deepspeed', mixed, loaded: mixed === 'off' ? 'fp32' : undefined, frozen: false });
  settleStart(draft);
  settleShape(draft);
}

/** The cross-entropy stays split by vocabulary; KTO gathers the logits first, and how DPO takes them is unsure. */
function settleLoss({ builder }: Draft): void {
  const objective = builder.value('run.objective');
  if ((builder.value('parallel.tensor') ?? 1) <= 1) return;
  if (objective === 'pretraining' || objective === 'sft') builder.assume('parallel.loss', true, MODEL);
  if (objective === 'kto') builder.assume('parallel.loss', false, 'gpt-neox: megatron/training.py (forward_step)');
}

function settleStart(draft: Draft): void {
  const around = eitherSpelling(draft.around);
  const objective = draft.builder.value('run.objective');
  const trained = around.get('finetune') === true || (objective !== undefined && objective !== 'pretraining');
  draft.builder.infer(
    'run.fromScratch',
    !trained,
    trained ? 'finetune starts from loaded weights' : 'no fine-tuning is asked for',
  );
  if (objective === 'dpo' || objective === 'reward')
    draft.builder.infer('batch.unit', 'pairs', `${objective} compares completions`);
  if (objective === 'kto') draft.builder.infer('batch.unit', 'samples', 'kto takes completions one by one');
}

/** A family whose program fits the layer; a layer that fits none has no family. */
function settleShape(draft: Draft): void {
  const around = eitherSpelling(draft.around);
  // Without the model's own keys there is nothing whose defaults would count.
  if (!attends(around) || !around.has('hidden_size')) return;
  const norm = around.get('norm') ?? 'layernorm';
  const activation = around.get('activation') ?? 'gelu';
  const position = around.get('pos_emb') ?? 'learned';
  const biases = ['use_bias_in_attn_linear', 'use_bias_in_mlp'].map((name) => around.get(name) ?? true);
  const isGpt = norm === 'layernorm' && activation === 'gelu' && biases.every((bias) => bias === true);
  if (isGpt && position === 'rotary')
    draft.builder.infer('model.family', 'gpt_neox', 'LayerNorm, GELU, rotary positions and biases');
  if (isGpt && position === 'learned')
    draft.builder.infer('model.family', 'gpt2', 'LayerNorm, GELU, learned positions and biases');
  if (norm === 'rmsnorm' && activation === 'swiglu' && position === 'rotary' && biases.every((bias) => bias === false))
    draft.builder.infer('model.family', 'llama', 'RMSNorm, SwiGLU, rotary positions and no biases');
  settleFeedForward(draft, around.get('intermediate_size'), activation);
  settleVocabulary(draft);
}

function settleFeedForward(draft: Draft, stated: ConfigValue | undefined, activation: ConfigValue): void {
  const around = eitherSpelling(draft.around);
  const hidden = draft.builder.value('model.hiddenSize');
  const multiple = castNumber(around.get('mlp_multiple_of') ?? 1) ?? 1;
  const factor = castNumber(around.get('expansion_factor') ?? 4) ?? 4;
  const full = castNumber(stated ?? null) ?? (hidden === undefined ? undefined : Math.floor(factor * hidden));
  if (full === undefined || !(multiple > 0)) return;
  if (activation === 'gelu') {
    draft.builder.infer(
      'model.intermediateSize',
      Math.ceil(full / multiple) * multiple,
      `feed-forward width (${TRANSFORMER})`,
    );
    return;
  }
  // Gated layers were first as wide as stated, later two thirds of that; both come to the same where the multiple is the width.
  if (stated !== undefined && multiple === full)
    draft.builder.infer('model.intermediateSize', full, `feed-forward width (${TRANSFORMER})`);
}

/** Tokens of tokenizers that a config tells by class or file. */
const VOCABULARIES: readonly (readonly [RegExp, number])[] = [
  [/^GPT2BPETokenizer/, 50_257],
  [/^HFGPT2Tokenizer/, 50_257],
  [/^HFTokenizer .*20B_tokenizer/, 50_277],
];

function settleVocabulary(draft: Draft): void {
  const around = eitherSpelling(draft.around);
  const tokenizer = `${String(around.get('tokenizer_type') ?? 'GPT2BPETokenizer')} ${String(around.get('vocab_file') ?? '')}`;
  const size = VOCABULARIES.find(([pattern]) => pattern.test(tokenizer))?.[1];
  const tensor = draft.builder.value('parallel.tensor');
  const multiple = castNumber(around.get('make_vocab_size_divisible_by') ?? 128);
  if (size === undefined || tensor === undefined || multiple === undefined || !(multiple > 0)) return;
  const step = multiple * tensor;
  const how = `the tokenizer's ${size} tokens, padded to a multiple of ${step} (${TOKENIZER})`;
  draft.builder.infer('model.vocabSize', Math.ceil(size / step) * step, how);
}

/** DPO and KTO keep the model they started from beside the trained one. */
export function residentsOf({ around: spelt, builder }: Draft): readonly Resident[] {
  const around = eitherSpelling(spelt);
  const kind = around.get('train_impl');
  if ((kind !== 'dpo' && kind !== 'kto') || around.get('dpo_reference_free') === true) return [];
  const dtype = builder.sourced('precision.weights');
  return [{ role: 'reference', trainable: false, ...(dtype === undefined ? {} : { dtype }) }];
}
