import type { ConfigWriter } from '../config-writer.ts';
import { TRAINER_ARGUMENTS } from './trainer-arguments.ts';

/** Arguments of transformers' example scripts, as a file. */
export const HF_TRAINER: ConfigWriter = {
  framework: 'hf-trainer',
  file: 'run_glue.yaml',
  methods: ['encoder-fine-tuning'],
  frame: ({ model }) => ({
    model_name_or_path: model.name,
    task_name: 'mnli',
    do_train: true,
    do_eval: true,
    max_seq_length: 128,
    output_dir: 'out',
    logging_steps: 100,
  }),
  says: { ...TRAINER_ARGUMENTS, 'adapter.kind': () => ({}) },
};
