import type { FieldName, PlanFields } from '../../plan/index.ts';
import { type ConfigTree, nodeAt } from '../../text/index.ts';
import { aroundOf } from '../kit/around.ts';
import { type Draft, defineAdapter, type Section } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { key, positive } from '../kit/key.ts';
import { explicit } from '../kit/read-keys.ts';
import type { KeyTable } from '../types.ts';

const MODEL = 'DeepSpeedExamples: training/bing_bert/turing/models.py';
const TRAIN = 'DeepSpeedExamples: training/bing_bert/deepspeed_train.py';

/** The keys of one phase. Batch, optimizer and precision are in a DeepSpeed config of their own. */
const PHASE_KEYS: KeyTable = {
  learning_rate: key('optimizer.peakLearningRate'),
  warmup_proportion: key('schedule.warmupRatio'),
  total_training_steps: key('schedule.totalSteps', { read: positive, write: (to) => to }),
};

/** Dimensions, beside the phases. */
const DIMENSIONS = {
  hidden_size: 'model.hiddenSize',
  intermediate_size: 'model.intermediateSize',
  num_hidden_layers: 'model.layers',
  num_attention_heads: 'model.heads',
  max_position_embeddings: 'model.maxPositions',
} as const satisfies Readonly<Record<string, FieldName>>;

/** Tokens of BERT's tokenizers (transformers: models/bert/tokenization_bert.py), padded to a multiple of 8. */
const VOCABULARIES: Readonly<Record<string, number>> = {
  'bert-base-uncased': 30_522,
  'bert-large-uncased': 30_522,
  'bert-base-cased': 28_996,
  'bert-large-cased': 28_996,
};

/** bing_bert: BERT's pretraining in phases of growing length, each with a schedule of its own. */
export const bingBertAdapter = defineAdapter({
  id: 'bing-bert',
  title: 'bing_bert',
  loaders: { json: 'json' },
  recognise: (input) =>
    weigh(input, [
      { key: 'bert_model_config', weight: 50 },
      { key: 'mixed_seq_training', weight: 50 },
      { key: 'bert_token_file', weight: 30 },
    ]),
  keys: PHASE_KEYS,
  sections: phases,
  // Batch, optimizer and precision are read from another file.
  partial: () => true,
  join: stateModel,
});

/** One plan a sequence length. */
function phases(tree: ConfigTree): readonly Section[] {
  const node = nodeAt(tree, ['mixed_seq_training']);
  if (node?.kind === 'map')
    return node.entries
      .filter((entry) => entry.overwritten === undefined && entry.value.kind === 'map')
      .map(({ key: name }) => ({ name, base: ['mixed_seq_training', name] }));
  return nodeAt(tree, ['training']) === undefined ? [] : [{ name: 'main', base: ['training'] }];
}

function stateModel({ tree, section, builder }: Draft): void {
  const around = aroundOf(tree, ['bert_model_config']);
  for (const [name, field] of Object.entries(DIMENSIONS)) {
    const node = around.node(name);
    const size = positive(around.get(name) ?? null);
    if (node !== undefined && size !== undefined) builder.state(field, explicit(tree, node, size));
  }
  const file = aroundOf(tree).get('bert_token_file');
  const tokens = VOCABULARIES[String(file)];
  const infer = <F extends FieldName>(field: F, value: PlanFields[F], how: string): void =>
    builder.state(field, { value, origin: 'inferred', from: [], how });
  if (tokens !== undefined)
    infer(
      'model.vocabSize',
      Math.ceil(tokens / 8) * 8,
      `the tokenizer's ${tokens} tokens, padded to a multiple of 8 (${MODEL})`,
    );
  const length = positive(section.name);
  if (length !== undefined) infer('data.sequenceLength', length, 'the name of the phase');
  builder.assumeAll(
    {
      'model.family': 'bert',
      'model.tiedEmbeddings': true,
      'run.task': 'masked-lm',
      'run.objective': 'pretraining',
      'adapter.kind': 'none',
    },
    MODEL,
  );
  builder.assumeAll(
    {
      'run.fromScratch': true,
      'parallel.tensor': 1,
      'parallel.pipeline': 1,
      'parallel.context': 1,
      'parallel.ulysses': 1,
    },
    TRAIN,
  );
}
