/** How much of a text is looked at, in UTF-16 units; a training config says early that it trains. */
const LOOK = 65_536;

/** Some word of this list stands in every config that trains or shards a model. */
const TRAINING_WORDS =
  /batch|learning|\blr\b|optim|epoch|train|max_steps|timesteps|zero_optimization|fsdp|deepspeed|parallel|distributed_type|lora/i;

/** A script is a config only if it starts a run and says how. */
const LAUNCHERS =
  /torchrun|accelerate|deepspeed|torch\.distributed|llamafactory|axolotl|swift|srun|python[\d.]*\s|trl\s|pretrain/i;
const RUN_ARGUMENTS = /--learning[_-]rate|--lr\b|batch/i;

/** Calls that the server reads in Python; nearly all Python files have none. */
const ARGUMENT_CALLS =
  /\b(?:(?:Seq2Seq|SentenceTransformer)?TrainingArguments|(?:SFT|DPO|GRPO|RLOO|PPO|KTO|ORPO|CPO|Reward)Config)\s*\(/;

/** Whether a text may be a training config. Generous: the server decides what is one. */
export function saysTraining(languageId: string, text: string): boolean {
  // Argument objects stand behind the functions of a file, so a Python file is looked through.
  if (languageId === 'python') return ARGUMENT_CALLS.test(text);
  const start = text.slice(0, LOOK);
  if (languageId === 'shellscript') return LAUNCHERS.test(start) && RUN_ARGUMENTS.test(start);
  return TRAINING_WORDS.test(start);
}
