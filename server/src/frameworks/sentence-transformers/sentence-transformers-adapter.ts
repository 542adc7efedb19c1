import schema from '../../../../schemas/sentence-transformers.schema.json' with { type: 'json' };
import type { ConfigValue } from '../../text/index.ts';
import { DEEPSPEED_AUTO_DERIVATIONS, joinDeepSpeed } from '../hf-family/join-deepspeed.ts';
import { joinFsdp } from '../hf-family/join-fsdp.ts';
import { mixedFromFlags, readDtype, settlePrecision, writeDtype } from '../hf-family/settle-precision.ts';
import { TRAINING_ARGUMENT_KEYS, TRAINING_ARGUMENTS } from '../hf-family/training-argument-keys.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { byDefault, key, positive } from '../kit/key.ts';
import type { Around, Evidence, JsonSchema, KeyTable, Recognisable } from '../types.ts';

const ARGUMENTS_CLASS = 'SentenceTransformerTrainingArguments';
const ARGUMENTS = 'sentence-transformers: sentence_transformers/training_args.py';
const LOSSES = 'sentence-transformers: sentence_transformers/losses';
const MODEL = 'sentence-transformers: sentence_transformers/SentenceTransformer.py';

/** Losses of the library by class name, and its samplers: nobody else's training arguments name them. */
const LOSS_NAME =
  /^(Cached)?(MultipleNegatives\w*|GIST\w*|CoSENT|AnglE|Contrastive\w*|OnlineContrastive|Triplet|Batch(All|Hard|Semi)\w*|CosineSimilarity|Matryoshka\w*|DenoisingAutoEncoder|MSE|MarginMSE|Softmax|Distill\w*|Infinity|Splade|Sparse\w*|LambdaRank\w*|RankNet|ListNet|ListMLE|PListMLE|BinaryCrossEntropy|CrossEntropy)Loss$/;

const WHOLE = { read: positive, write: (to: number): ConfigValue => to };

/** The loss as text, or under `name`, `type` or `class` of a mapping; of several, the first. */
function lossOf(value: ConfigValue | undefined): string | undefined {
  if (typeof value === 'string') return value.slice(value.lastIndexOf('.') + 1);
  if (Array.isArray(value)) return lossOf(value[0]);
  if (typeof value !== 'object' || value === null) return undefined;
  // Neither a list nor a scalar, so a mapping of config values.
  const fields = value as { readonly [field: string]: ConfigValue };
  return lossOf(fields['name'] ?? fields['type'] ?? fields['class'] ?? undefined);
}

const isCached = (around: Around): boolean => /^Cached/.test(lossOf(around.get('loss')) ?? '');
const isRanked = (around: Around): boolean => /MultipleNegatives|GIST/.test(lossOf(around.get('loss')) ?? '');

const MINI_BATCH = key('contrastive.cachedMicro', {
  ...WHOLE,
  when: isCached,
  default: byDefault(32, `${LOSSES}/CachedMultipleNegativesRankingLoss.py`),
});
// Losses over labels take single texts and triplet losses three; ranking losses take as many columns as the data has.
const TEXTS = key('contrastive.texts', {
  read: (value) => {
    const loss = lossOf(value) ?? '';
    if (/^Batch/.test(loss)) return 1;
    if (/^(Triplet|MarginMSE)/.test(loss)) return 3;
    return /^(CoSENT|AnglE|CosineSimilarity|Contrastive|OnlineContrastive)/.test(loss) ? 2 : undefined;
  },
});
const GATHERED = key('contrastive.gathered', {
  when: isRanked,
  default: byDefault(false, `${LOSSES}/MultipleNegativesRankingLoss.py`),
});
// Similarities are multiplied by the scale, so it is one over the temperature.
const SCALE = key('contrastive.temperature', {
  read: (value) => {
    const scale = positive(value);
    return scale === undefined ? undefined : 1 / scale;
  },
  write: (to) => 1 / to,
  when: (around) => /MultipleNegatives/.test(lossOf(around.get('loss')) ?? ''),
  default: byDefault(0.05, `${LOSSES}/MultipleNegativesRankingLoss.py`),
});
const DTYPE = key('precision.weights', { read: readDtype, write: writeDtype });

const KEYS: KeyTable = {
  ...TRAINING_ARGUMENT_KEYS,
  model_name_or_path: key('model.name'),
  model_name: key('model.name'),
  model: key('model.name'),
  base_model: key('model.name'),
  max_seq_length: key('data.sequenceLength', WHOLE),
  loss: [key('contrastive.loss', { read: lossOf }), TEXTS],
  loss_name: [key('contrastive.loss', { read: lossOf }), TEXTS],
  mini_batch_size: MINI_BATCH,
  'loss.mini_batch_size': MINI_BATCH,
  'loss_kwargs.mini_batch_size': MINI_BATCH,
  gather_across_devices: GATHERED,
  'loss.gather_across_devices': GATHERED,
  'loss_kwargs.gather_across_devices': GATHERED,
  scale: SCALE,
  'loss.scale': SCALE,
  'loss_kwargs.scale': SCALE,
  'model_kwargs.torch_dtype': DTYPE,
  'model_kwargs.dtype': DTYPE,
  num_processes: key('parallel.world'),
};

/** Training arguments of Sentence Transformers with the loss beside them. */
export const sentenceTransformersAdapter = defineAdapter({
  id: 'sentence-transformers',
  title: 'Sentence Transformers',
  loaders: { yaml: 'pyyaml', json: 'json' },
  recognise: (input) =>
    callOf(input) ??
    weigh(input, [
      { key: 'loss', value: isOwnLoss, weight: 70 },
      { key: 'loss_name', value: isOwnLoss, weight: 70 },
      { key: 'batch_sampler', value: isSampler, weight: 70 },
      { key: 'multi_dataset_batch_sampler', weight: 80 },
      { key: 'per_device_train_batch_size', weight: 15 },
      ...['finetuning_type', 'actor_train', 'trainer', 'training', 'micro_batch_size'].map((name) => ({
        key: name,
        weight: -200,
      })),
    ]),
  keys: KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  // The script that reads the file is the user's own.
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  settle,
  derivations: DEEPSPEED_AUTO_DERIVATIONS,
});

function callOf({ tree }: Recognisable): Evidence | undefined {
  const program = tree.format === 'python' ? tree.launches?.[0]?.program : undefined;
  return program === ARGUMENTS_CLASS ? { score: 95, reasons: [`the call of ${program}`] } : undefined;
}

function isOwnLoss(value: unknown): boolean {
  // A key's value comes from the tree, so it is a config value.
  return LOSS_NAME.test(lossOf(value as ConfigValue) ?? '');
}

function isSampler(value: unknown): boolean {
  return typeof value === 'string' && /^(no_duplicates|group_by_label|batch_sampler)/.test(value);
}

function settle(draft: Draft): void {
  const { builder } = draft;
  builder.assume('run.task', 'contrastive', ARGUMENTS);
  builder.assume('run.objective', 'embedding', ARGUMENTS);
  builder.assume('batch.unit', 'pairs', ARGUMENTS);
  builder.assume('adapter.kind', 'none', MODEL);
  builder.assume('precision.weights', 'fp32', MODEL);
  joinDeepSpeed(draft);
  joinFsdp(draft, { options: 'fsdp', config: 'fsdp_config', version: 1, byTrainer: true });
  builder.assume('sharding.engine', 'ddp', `${TRAINING_ARGUMENTS} (unless a launch config says otherwise)`);
  for (const degree of ['parallel.tensor', 'parallel.pipeline', 'parallel.context', 'parallel.ulysses'] as const)
    builder.assume(degree, 1, TRAINING_ARGUMENTS);
  settlePrecision(draft, {
    engine: builder.value('sharding.engine'),
    mixed: mixedFromFlags(draft),
    loaded: builder.value('precision.weights'),
    frozen: false,
  });
}
