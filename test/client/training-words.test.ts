import { expect, test } from 'vitest';
import { saysTraining } from '../../client/src/training-words.ts';

test.each<[string, string, boolean]>([
  ['yaml', 'learning_rate: 1e-5\n', true],
  ['yaml', 'services:\n  web:\n    image: nginx\n', false],
  ['json', '{ "zero_optimization": { "stage": 3 } }', true],
  ['python', 'args = SFTConfig(learning_rate=1e-5)\n', true],
  ['python', 'args = transformers.Seq2SeqTrainingArguments (\n', true],
  ['python', `${'# filler\n'.repeat(20_000)}args = TrainingArguments(output_dir="x")\n`, true],
  ['python', 'batch = next(loader)\noptimizer.zero_grad()\ntrain(learning_rate=1e-5)\n', false],
  ['python', 'from transformers import TrainingArguments\n', false],
  ['python', 'config = MySFTConfig(1)\n', false],
  ['shellscript', 'torchrun --nproc_per_node 8 train.py --learning_rate 1e-5\n', true],
  ['shellscript', 'python3 -m verl.trainer.main_ppo data.train_batch_size=8\n', true],
  ['shellscript', 'deepspeed train.py --config a.yaml\n', false],
  ['shellscript', 'tar xf batch.tar\n', false],
])('a text in %s starts the server only where it may train: %j', (language, text, expected) => {
  expect(saysTraining(language, text)).toBe(expected);
});
