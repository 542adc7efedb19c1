import type { ConfigValue } from '../../text/index.ts';
import { byDefault, key, positive } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';
import { isMegatron } from './megatron-keys.ts';

const isLoaderBatched = (around: Around): boolean => !isMegatron(around);

/** With sizes of their own for buckets, or batches by seconds of audio, the plain batch size says nothing. */
function readBatch(value: ConfigValue, around: Around): number | undefined {
  const bucketed = (around.get('model.train_ds.bucketing_batch_size') ?? null) !== null;
  const bySeconds = (around.get('model.train_ds.batch_duration') ?? null) !== null;
  return bucketed || bySeconds ? undefined : positive(value);
}

const LOADER = { read: readBatch, write: (to: number): ConfigValue => to, when: isLoaderBatched };

/** Speech, audio and voice models: the loader's batch is one GPU's, and Lightning accumulates. */
export const SPEECH_KEYS: KeyTable = {
  'model.train_ds.batch_size': key('batch.micro', LOADER),
  'model.train_ds.dataloader_params.batch_size': key('batch.micro', LOADER),
  'model.validation_ds.batch_size': key('batch.eval', { read: positive, write: (to) => to, when: isLoaderBatched }),
  'trainer.accumulate_grad_batches': key('batch.gradientAccumulation', {
    read: positive,
    write: (to) => to,
    default: byDefault(1, 'lightning: src/lightning/pytorch/trainer/trainer.py'),
    when: isLoaderBatched,
  }),
};
