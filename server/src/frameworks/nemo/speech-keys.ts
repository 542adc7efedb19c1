import type { ConfigValue } from '../../text/index.ts';
import { byDefault, key, positive } from '../kit/key.ts';
import type { AnyKeyRow, Around, KeyTable } from '../types.ts';
import { isMegatron } from './megatron-keys.ts';

const isLoaderBatched = (around: Around): boolean => !isMegatron(around);

/** Settings beside a batch size under which it says nothing: sizes by bucket, batches by seconds or tokens. */
const INSTEAD: readonly string[] = ['bucketing_batch_size', 'batch_duration', 'batch_tokens'];

/** Recognisers switch to Lhotse where asked; models of speech and language always use it (nemo: nemo/collections/asr/models, speechlm2/data). */
const LOADERS: readonly { readonly path: string; readonly isLhotse: (asked: ConfigValue | undefined) => boolean }[] = [
  { path: 'model.train_ds', isLhotse: (asked) => asked === true },
  { path: 'data.train_ds', isLhotse: (asked) => asked !== false },
];

/** Lhotse's loader fills batches by duration; the plain loader passes that key over. */
function readBatch(value: ConfigValue, around: Around): number | undefined {
  const replaced = LOADERS.some(({ path, isLhotse }) => {
    const names = isLhotse(around.get(`${path}.use_lhotse`)) ? INSTEAD : INSTEAD.slice(0, 1);
    return names.some((name) => (around.get(`${path}.${name}`) ?? null) !== null);
  });
  return replaced ? undefined : positive(value);
}

const LOADER = { read: readBatch, write: (to: number): ConfigValue => to, when: isLoaderBatched };

type WrittenField =
  | 'model.name'
  | 'batch.micro'
  | 'batch.global'
  | 'data.sequenceLength'
  | 'data.targetLength'
  | 'parallel.tensor'
  | 'parallel.pipeline'
  | 'parallel.context';

/**
 * Keys of one kind of model each, so none is begun in a file of another: NeMo 2 states both batch sizes and keeps
 * Megatron's degrees in its strategy, models of speech and language are built around a published one.
 */
const WRITTEN: readonly (readonly [string, WrittenField])[] = [
  ['data.train_ds.micro_batch_size', 'batch.micro'],
  ['data.train_ds.global_batch_size', 'batch.global'],
  ['data.train_ds.max_seq_length', 'data.sequenceLength'],
  ['model.max_seq_length', 'data.sequenceLength'],
  ['model.max_source_len', 'data.sequenceLength'],
  ['model.max_target_len', 'data.targetLength'],
  ['strategy.tensor_model_parallel_size', 'parallel.tensor'],
  ['strategy.pipeline_model_parallel_size', 'parallel.pipeline'],
  ['strategy.context_parallel_size', 'parallel.context'],
  ['model.pretrained_llm', 'model.name'],
  ['model.llm.pretrained_model', 'model.name'],
  ['model.language_model.pretrained_model_name', 'model.name'],
  ['model.model_name', 'model.name'],
];

function whereWritten(path: string, field: WrittenField): AnyKeyRow {
  const when = (around: Around): boolean => isLoaderBatched(around) && around.has(path);
  // Below zero and zero stand for "not set" in sizes; the other rows are names.
  return field === 'model.name' ? key(field, { when }) : key(field, { read: positive, write: (to) => to, when });
}

/** Speech, audio and voice models: the loader's batch is one GPU's, and Lightning accumulates. */
export const SPEECH_KEYS: KeyTable = {
  'model.train_ds.batch_size': key('batch.micro', LOADER),
  'model.train_ds.dataloader_params.batch_size': key('batch.micro', LOADER),
  'model.train_ds.batch_sampler.batch_size': key('batch.micro', LOADER),
  'data.train_ds.batch_size': key('batch.micro', LOADER),
  ...Object.fromEntries(WRITTEN.map(([path, field]) => [path, whereWritten(path, field)])),
  'model.validation_ds.batch_size': key('batch.eval', { read: positive, write: (to) => to, when: isLoaderBatched }),
  'model.validation_ds.dataloader_params.batch_size': key('batch.eval', {
    read: positive,
    write: (to) => to,
    when: isLoaderBatched,
  }),
  'model.train_ds.dataloader_params.drop_last': key('data.dropLast'),
  'trainer.accumulate_grad_batches': key('batch.gradientAccumulation', {
    read: positive,
    write: (to) => to,
    default: byDefault(1, 'lightning: src/lightning/pytorch/trainer/trainer.py'),
    // With a global batch the strategy reckons the accumulation itself.
    when: (around) => isLoaderBatched(around) && !around.has('data.train_ds.global_batch_size'),
  }),
};
