import type { ConfigValue } from '../../text/index.ts';
import { byDefault, key, positive } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';
import { isMegatron } from './megatron-keys.ts';

const isLoaderBatched = (around: Around): boolean => !isMegatron(around);

/** Settings beside a batch size under which it says nothing: sizes by bucket, batches by seconds or tokens. */
const INSTEAD: readonly string[] = ['bucketing_batch_size', 'batch_duration', 'batch_tokens'];

/** Lhotse's loader fills batches by duration; the plain loader passes that key over. */
function readBatch(value: ConfigValue, around: Around): number | undefined {
  const loaders = ['model.train_ds', 'data.train_ds'];
  const usesLhotse = loaders.some((path) => around.get(`${path}.use_lhotse`) !== false);
  const names = usesLhotse ? INSTEAD : INSTEAD.slice(0, 1);
  const replaced = loaders.some((path) => names.some((name) => (around.get(`${path}.${name}`) ?? null) !== null));
  return replaced ? undefined : positive(value);
}

const LOADER = { read: readBatch, write: (to: number): ConfigValue => to, when: isLoaderBatched };

/** Speech, audio and voice models: the loader's batch is one GPU's, and Lightning accumulates. */
export const SPEECH_KEYS: KeyTable = {
  'model.train_ds.batch_size': key('batch.micro', LOADER),
  'model.train_ds.dataloader_params.batch_size': key('batch.micro', LOADER),
  'model.train_ds.batch_sampler.batch_size': key('batch.micro', LOADER),
  'data.train_ds.batch_size': key('batch.micro', LOADER),
  'model.validation_ds.batch_size': key('batch.eval', { read: positive, write: (to) => to, when: isLoaderBatched }),
  'trainer.accumulate_grad_batches': key('batch.gradientAccumulation', {
    read: positive,
    write: (to) => to,
    default: byDefault(1, 'lightning: src/lightning/pytorch/trainer/trainer.py'),
    when: isLoaderBatched,
  }),
};
