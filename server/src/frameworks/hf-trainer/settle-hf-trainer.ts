import type { FieldName } from '../../plan/index.ts';
import type { ConfigTree } from '../../text/index.ts';
import { joinAccelerate } from '../hf-family/join-accelerate.ts';
import { joinDeepSpeed } from '../hf-family/join-deepspeed.ts';
import { joinFsdp } from '../hf-family/join-fsdp.ts';
import { joinLauncher } from '../hf-family/join-launcher.ts';
import { mixedFromFlags, settlePrecision } from '../hf-family/settle-precision.ts';
import { COMPLETION_LOGITS, LIGER_EVALUATION, TRAINING_ARGUMENTS } from '../hf-family/training-argument-keys.ts';
import { taskForModel } from '../hf-family/vision-name.ts';
import { checkpointDtype } from '../kit/checkpoint-dtype.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { topKeys } from '../kit/evidence.ts';
import { isArgumentClass, trainerOf } from './detect-trainer.ts';
import { MODEL_CONFIG, usesPeft } from './hf-trainer-keys.ts';
import { isForOwnScript } from './own-script.ts';
import { TRAINERS, TRL_BASE, TRL_DEFAULTS, type TrainerKind } from './trainer-kinds.ts';

/** Fields whose default hangs on the trainer: unknown where the trainer is. */
const TRAINER_DECIDES: readonly FieldName[] = [
  'optimizer.peakLearningRate',
  'activations.checkpointing',
  'precision.bf16Flag',
  'precision.weights',
];

/** Before the table's defaults, which are transformers' own: those of the trainer, where a file tells which it is. */
export function assumeTrainer(draft: Draft): void {
  const { builder } = draft;
  obscureAutoDtype(draft);
  if (isArgumentClass(draft.around.started) && usesPeft(draft.around)) builder.assumeAll(LORA_DEFAULTS, LORA_CONFIG);
  const kind = trainerOf(draft.around);
  // trl asks for no logits in evaluation either.
  if (kind === 'trainer') builder.assume('evaluation.lossKernel', 'plain', LIGER_EVALUATION);
  if (kind !== undefined) assumeObjective(draft, kind);
  if (kind === undefined || isForOwnScript(draft.tree) || draft.partial) {
    // A script of somebody's own has its own switch for adapters.
    if (isForOwnScript(draft.tree) && namesAdapter(draft.tree)) builder.obscure('adapter.kind');
    for (const field of TRAINER_DECIDES) builder.obscure(field);
    return;
  }
  const { cite, defaults } = TRAINERS[kind];
  builder.assumeAll(defaults, cite);
  if (kind === 'trainer') return;
  builder.assumeAll(TRL_DEFAULTS, TRL_BASE);
  builder.assume('precision.bf16Flag', builder.value('precision.fp16Flag') !== true, TRL_BASE);
  builder.assume('precision.weights', 'fp32', MODEL_CONFIG);
}

function namesAdapter(tree: ConfigTree): boolean {
  return [...topKeys(tree)].some((key) => /lora|peft|adapter/i.test(key));
}

function assumeObjective({ builder }: Draft, kind: TrainerKind): void {
  const { objective, task, unit, cite, samples } = TRAINERS[kind];
  builder.assume('run.task', taskForModel(task, builder.value('model.name')), cite);
  if (objective !== 'other') builder.assume('run.objective', objective, cite);
  builder.assume('batch.unit', unit, cite);
  if (objective === 'dpo') builder.assume('loss.logProbabilities', 'selective', DPO_TRAINER);
  if (samples) builder.assume('rollout.algorithm', objective, cite);
  if (unit === 'completions') builder.assume('loss.completionLogits', true, COMPLETION_LOGITS);
}

/** trl: trl/trainer/utils.py, selective_log_softmax, which its other preference trainers mix with a cross-entropy. */
const DPO_TRAINER = 'trl: trl/trainer/dpo_trainer.py';

/** `dtype: auto` is the checkpoint's own dtype, and null is the library's: neither is in the file. */
function obscureAutoDtype({ around, builder }: Draft): void {
  for (const key of ['dtype', 'torch_dtype', 'model_init_kwargs.dtype', 'model_init_kwargs.torch_dtype'])
    if (around.has(key)) builder.obscure('precision.weights');
  const options = around.node('model_init_kwargs');
  if (options?.kind === 'scalar' && options.unresolved !== undefined) builder.obscure('precision.weights');
}

/** peft's own class has other defaults than trl's arguments. */
const LORA_CONFIG = 'peft: src/peft/tuners/lora/config.py';
const LORA_DEFAULTS = { 'adapter.rank': 8, 'adapter.alpha': 8, 'adapter.dropout': 0 } as const;

/** After every default: joins with linked files, what spreads the run, the dtypes that follow. */
export function settleHfTrainer(draft: Draft, launchKeys: readonly string[] = LAUNCH_KEYS): void {
  const { builder, around } = draft;
  joinDeepSpeed(draft);
  joinFsdp(draft, { options: 'fsdp', config: 'fsdp_config', version: 1, byTrainer: true });
  for (const key of launchKeys) joinAccelerate(draft, key);
  joinLauncher(draft);
  // What the arguments come with may name a DeepSpeed config.
  if (draft.partial) builder.obscure('sharding.engine');
  builder.assume('sharding.engine', 'ddp', `${TRAINING_ARGUMENTS} (unless a launch config says otherwise)`);
  for (const field of ['parallel.tensor', 'parallel.pipeline', 'parallel.context', 'parallel.ulysses'] as const)
    builder.assume(field, 1, TRAINING_ARGUMENTS);
  settlePacking(draft);
  settleStart(draft);
  settleQuantizedAdapter(draft);
  settleAutoDtype(draft);
  settlePrecision(draft, {
    engine: builder.value('sharding.engine'),
    mixed: mixedFromFlags(draft),
    loaded: builder.value('precision.weights'),
    frozen: (builder.value('adapter.kind') ?? 'none') !== 'none',
  });
  if (typeof around.get('torch_compile_backend') === 'string' || typeof around.get('torch_compile_mode') === 'string') {
    const at = draft.locate('torch_compile_backend') ?? draft.locate('torch_compile_mode');
    if (at !== undefined && builder.value('compile.enabled') !== true)
      builder.overrule('compile.enabled', { value: true, origin: 'explicit', at });
  }
}

/** Whatever tunes a model loads the one that is named; scripts for pretraining may take its config alone. */
function settleStart({ builder, around }: Draft): void {
  const objective = builder.value('run.objective');
  if (objective === undefined || objective === 'pretraining' || objective === 'other') return;
  if (typeof around.get('model_name_or_path') === 'string')
    builder.infer('run.fromScratch', false, 'it starts from the model it names', ['model.name']);
}

const DTYPE_KEYS = ['dtype', 'torch_dtype', 'model_init_kwargs.dtype', 'model_init_kwargs.torch_dtype'];

/** "auto" loads weights in the dtype their checkpoint is stored in. */
function settleAutoDtype({ builder, around }: Draft): void {
  const name = builder.value('model.name');
  const dtype = checkpointDtype(name);
  if (dtype === undefined || builder.has('precision.weights') || !DTYPE_KEYS.some((key) => around.get(key) === 'auto'))
    return;
  builder.overrule('precision.weights', {
    value: dtype,
    origin: 'inferred',
    from: ['model.name'],
    how: `the dtype that the checkpoint of ${name} is stored in`,
  });
}

/** Keys that name an Accelerate launch config: TRL's command line, LMFlow. */
const LAUNCH_KEYS: readonly string[] = ['accelerate_config', 'accelerate_config_file'];

/** TRL's trainers cast the adapter of a quantised model to bf16. */
function settleQuantizedAdapter({ builder, around }: Draft): void {
  const kind = trainerOf(around);
  if (kind === undefined || kind === 'trainer' || builder.value('adapter.kind') === 'none') return;
  if ((builder.value('adapter.quantization') ?? 'none') === 'none') return;
  const bf16 = {
    value: 'bf16',
    origin: 'inferred',
    from: ['adapter.kind', 'adapter.quantization'],
    how: 'the adapter of a quantised model is cast to bf16 (trl: trl/trainer/sft_trainer.py)',
  } as const;
  builder.state('precision.gradients', bf16);
  if (!builder.has('adapter.dtype')) builder.state('adapter.dtype', bf16);
}

/** TRL keeps packed examples apart by position ids, which only a flash kernel honours; `wrapped` never does. */
function settlePacking({ builder, around }: Draft): void {
  if (builder.value('data.packing') !== true) return;
  const strategy = around.get('packing_strategy') ?? 'bfd';
  const apart = typeof strategy === 'string' && strategy !== 'wrapped' && builder.value('model.attention') === 'flash';
  builder.state('data.packingIsolated', {
    value: apart,
    origin: 'inferred',
    from: ['data.packing', 'model.attention'],
    how: apart
      ? 'a flash kernel keeps packed examples apart by their position ids (trl: trl/trainer/sft_trainer.py)'
      : 'packed examples are kept apart only by a flash kernel, and never under the wrapped strategy (trl: trl/trainer/sft_trainer.py)',
  });
}
