import type { ConfigValue } from '../../text/index.ts';
import { byDefault, key, positive } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';
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

const COUNT = { read: positive, write: (to: number): ConfigValue => to, when: isLoaderBatched };

/** Speech, audio and voice models: the loader's batch is one GPU's, and Lightning accumulates. */
export const SPEECH_KEYS: KeyTable = {
  'model.train_ds.batch_size': key('batch.micro', LOADER),
  'model.train_ds.dataloader_params.batch_size': key('batch.micro', LOADER),
  'model.train_ds.batch_sampler.batch_size': key('batch.micro', LOADER),
  'data.train_ds.batch_size': key('batch.micro', LOADER),
  'data.train_ds.micro_batch_size': key('batch.micro', LOADER),
  'data.train_ds.global_batch_size': key('batch.global', LOADER),
  'model.max_seq_length': key('data.sequenceLength', COUNT),
  'model.max_source_len': key('data.sequenceLength', COUNT),
  'model.max_target_len': key('data.targetLength', COUNT),
  'data.train_ds.max_seq_length': key('data.sequenceLength', COUNT),
  'strategy.tensor_model_parallel_size': key('parallel.tensor', COUNT),
  'strategy.pipeline_model_parallel_size': key('parallel.pipeline', COUNT),
  'strategy.context_parallel_size': key('parallel.context', COUNT),
  // The language model that a speech model is built around.
  'model.pretrained_llm': key('model.name'),
  'model.llm.pretrained_model': key('model.name'),
  'model.language_model.pretrained_model_name': key('model.name', { when: isLoaderBatched }),
  'model.model_name': key('model.name', { when: isLoaderBatched }),
  'model.validation_ds.batch_size': key('batch.eval', { read: positive, write: (to) => to, when: isLoaderBatched }),
  'trainer.accumulate_grad_batches': key('batch.gradientAccumulation', {
    read: positive,
    write: (to) => to,
    default: byDefault(1, 'lightning: src/lightning/pytorch/trainer/trainer.py'),
    // With a global batch the strategy reckons the accumulation itself.
    when: (around) => isLoaderBatched(around) && !around.has('data.train_ds.global_batch_size'),
  }),
};
