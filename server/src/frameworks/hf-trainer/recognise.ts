import type { ConfigTree } from '../../text/index.ts';
import { topKeys, weigh } from '../kit/evidence.ts';
import type { Evidence, Recognisable } from '../types.ts';
import { isArgumentClass } from './detect-trainer.ts';
import { HF_TRAINER_SCHEMA } from './own-script.ts';

/** Keys of frameworks that take TrainingArguments' keys too and add their own. */
const OTHERS: readonly string[] = [
  // Axolotl
  'base_model',
  'micro_batch_size',
  'sequence_len',
  // LLaMA-Factory
  'stage',
  'finetuning_type',
  'cutoff_len',
  'template',
  // ms-swift, ROLL, oumi, verl, SimpleTuner, open-instruct
  'tuner_type',
  'train_type',
  'sft_type',
  'exp_name',
  'actor_train',
  'trainer',
  'training',
  'dataset_mixer_list',
  'checkpointing_steps',
  'with_tracking',
  'preprocessing_num_workers_per_gpu',
  'distributed_type',
  'zero_optimization',
];

const TELLING: readonly (readonly [string, number])[] = [
  ['per_device_train_batch_size', 30],
  ['gradient_accumulation_steps', 10],
  ['model_name_or_path', 25],
  ['num_train_epochs', 15],
  ['learning_rate', 5],
  ['lr_scheduler_type', 10],
  ['gradient_checkpointing', 5],
  ['save_strategy', 10],
  ['save_total_limit', 10],
  ['eval_strategy', 15],
  ['evaluation_strategy', 15],
  ['logging_steps', 5],
  ['output_dir', 5],
  ['warmup_ratio', 5],
  ['report_to', 5],
  ['push_to_hub', 10],
  ['hub_model_id', 15],
  ['use_peft', 15],
  ['attn_implementation', 10],
  ['dataset_train_split', 15],
  ['dataset_name', 10],
  ['dataset_mixture', 20],
  ['num_generations', 15],
  ['max_completion_length', 15],
  ['bf16', 5],
  ['optim', 5],
  ['deepspeed', 10],
  ['do_train', 10],
];

/** TrainingArguments' keys in a flat file, without the decisive keys of frameworks built on them. */
export function recogniseHfTrainer(input: Recognisable): Evidence | undefined {
  const [call] = input.tree.format === 'python' ? (input.tree.launches ?? []) : [];
  if (call !== undefined)
    return isArgumentClass(call.program) && takesTrainerKeys(input.tree)
      ? { score: 90, reasons: [`the call of ${call.program}`] }
      : undefined;
  const keys = topKeys(input.tree);
  const evidence = weigh(
    input,
    TELLING.map(([key, weight]) => ({ key, weight })),
  );
  if (evidence === undefined) return undefined;
  const others = OTHERS.filter((key) => keys.has(key)).length;
  const score = Math.min(85, evidence.score) - 60 * others;
  return score > 0 ? { ...evidence, score } : undefined;
}

/** Other projects have classes of these names with arguments of their own. */
function takesTrainerKeys(tree: ConfigTree): boolean {
  const known = HF_TRAINER_SCHEMA.properties ?? {};
  const keys = [...topKeys(tree)];
  const own = keys.filter((key) => Object.hasOwn(known, key));
  return own.length > keys.length / 2 && own.some((key) => TELLING.some(([telling]) => telling === key));
}
