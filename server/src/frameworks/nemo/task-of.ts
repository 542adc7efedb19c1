import type { Objective, Task } from '../../plan/index.ts';
import type { Around } from '../types.ts';
import { algorithmOf, objectiveOfAlgorithm } from './aligner-keys.ts';

/** Keys that only one kind of model has, in order: the first that is there says what is trained. */
const TASK_SIGNS: readonly (readonly [string, Task])[] = [
  ['model.mm_cfg', 'vision-language'],
  ['model.unet_config', 'diffusion'],
  ['model.unet', 'diffusion'],
  ['model.first_stage_config', 'diffusion'],
  ['model.noise_scheduler', 'diffusion'],
  ['model.guidance', 'diffusion'],
  ['model.vision', 'contrastive'],
  ['model.img_h', 'image-classification'],
  ['model.preprocessor', 'speech'],
  ['model.sample_rate', 'speech'],
  ['model.train_ds.sample_rate', 'speech'],
  ['model.n_mel_channels', 'speech'],
  ['model.generator', 'speech'],
  ['model.audio_encoder', 'speech'],
  ['model.perception', 'speech'],
  ['model.masked_lm_prob', 'masked-lm'],
  ['model.bert_binary_head', 'masked-lm'],
  ['model.decoder_seq_length', 'seq2seq'],
  ['model.data.seq_length_dec', 'seq2seq'],
  ['model.decoder.num_layers', 'seq2seq'],
];

/** What kind of model a recipe trains; undefined where its keys do not tell. */
export function taskOf(around: Around): Task | undefined {
  const sign = TASK_SIGNS.find(([path]) => around.has(path));
  if (sign !== undefined) return sign[1];
  const name = `${textAt(around, 'name')} ${textAt(around, 'run.name')} ${around.file}`;
  if (/t5|bart|ul2|nmt|xquad/i.test(name)) return 'seq2seq';
  if (/bert/i.test(name)) return 'masked-lm';
  if (around.has('model.encoder_seq_length') || around.has('model.data.data_prefix')) return 'causal-lm';
  return around.has('model.data.train_ds.file_names') ? 'causal-lm' : undefined;
}

/** Files of text to pretrain on, or of prompts and answers to tune on. */
export function objectiveOf(around: Around): Objective | undefined {
  const aligned = objectiveOfAlgorithm(around);
  if (aligned !== undefined) return aligned;
  if (around.has('model.data.data_prefix')) return 'pretraining';
  return around.has('model.data.train_ds.file_names') || around.has('model.peft') ? 'sft' : undefined;
}

/** Nothing is restored, so weights start random; unknown where the key is not there. */
export function startsFromScratch(around: Around): boolean | undefined {
  if (algorithmOf(around) !== undefined) return false;
  const sources = ['model.restore_from_path', 'model.restore_from_ckpt', 'model.resume_from_checkpoint'];
  const written = sources.filter((path) => around.has(path));
  if (written.some((path) => around.get(path) === undefined)) return undefined;
  if (written.some((path) => (around.get(path) ?? null) !== null)) return false;
  return around.has('model.data.data_prefix') ? true : undefined;
}

function textAt(around: Around, path: string): string {
  const value = around.get(path);
  return typeof value === 'string' ? value : '';
}
