import schema from '../../../../schemas/maxtext.schema.json' with { type: 'json' };
import type { FieldName, Objective, Resident } from '../../plan/index.ts';
import type { ConfigTree } from '../../text/index.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { topKeys, weigh } from '../kit/evidence.ts';
import type { Around, JsonSchema } from '../types.ts';
import { INHERITANCE, startsMaxtext, stateOwnDimensions } from './maxtext-command.ts';
import { axisSize, BASE, hasOwnDimensions, MAXTEXT_KEYS } from './maxtext-keys.ts';

/** MaxText: flat files over base.yml and the arguments of its trainers, read by OmegaConf. */
export const maxtextAdapter = defineAdapter({
  id: 'maxtext',
  title: 'MaxText',
  loaders: { yaml: 'omegaconf' },
  recognise: (input) =>
    startsMaxtext(input.tree)
      ? { score: 100, reasons: ['the program that is started'] }
      : weigh(input, [
          { key: 'base_config', weight: 40 },
          { key: 'per_device_batch_size', weight: 30 },
          { key: 'max_target_length', weight: 30 },
          { key: 'remat_policy', weight: 20 },
          { key: 'ici_fsdp_parallelism', weight: 40 },
          { key: 'ici_tensor_parallelism', weight: 40 },
          { key: 'dcn_data_parallelism', weight: 40 },
          { key: 'base_emb_dim', weight: 50 },
          { key: 'base_num_decoder_layers', weight: 30 },
          { key: 'use_iota_embed', weight: 20 },
          { key: 'load_parameters_path', weight: 10 },
        ]),
  keys: MAXTEXT_KEYS,
  // TypeScript reads a JSON module's literals as wide types; the file is written as a JsonSchema.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  inherits: INHERITANCE,
  opensLaunched: true,
  join: stateOwnDimensions,
  partial: isPiece,
  settle: settleMaxtext,
  residents: residentsOf,
});

/** A model's file states dimensions alone, for a run that names it. */
function isPiece(tree: ConfigTree): boolean {
  if (startsMaxtext(tree)) return false;
  const keys = topKeys(tree);
  return !keys.has('base_config') && !keys.has('per_device_batch_size') && !keys.has('steps');
}

/** What the trainer for reinforcement learning has other keys for (MaxText: trainers/post_train/rl/train_rl.py). */
const OF_PRETRAINING: readonly FieldName[] = [
  'batch.micro',
  'batch.gradientAccumulation',
  'schedule.totalSteps',
  'schedule.warmupSteps',
  'schedule.decaySteps',
  'data.packing',
];

function settleMaxtext(draft: Draft): void {
  const { builder, around, tree } = draft;
  const objective = objectiveOf(around);
  if (isPiece(tree)) {
    settleFamily(draft);
    return;
  }
  builder.assumeAll(
    {
      'run.task': around.get('use_multimodal') === true ? 'vision-language' : 'causal-lm',
      'sharding.engine': 'jax',
      'parallel.ulysses': 1,
      'adapter.kind': around.get('lora.enable_lora') === true ? 'lora' : 'none',
      'precision.master': 'none',
      'loss.kernel': 'plain',
    },
    BASE,
  );
  // Tunix takes batches and steps of its own there, of which base.yml's mean nothing.
  if (/train_rl/.test(around.started ?? '')) for (const field of OF_PRETRAINING) builder.drop(field);
  builder.infer('run.objective', objective, 'use_sft, use_dpo, use_grpo and the teacher');
  if (objective === 'dpo') builder.infer('batch.unit', 'pairs', 'DPO compares completions');
  const loads = ['load_parameters_path', 'load_full_state_path'].some((name) => (around.get(name) ?? '') !== '');
  if (loads || objective !== 'pretraining') builder.infer('run.fromScratch', false, 'it starts from trained weights');
  else builder.infer('run.fromScratch', true, 'no weights to start from are named');
  settleMesh(draft);
  settleAutocast(draft);
  settleFamily(draft);
}

function objectiveOf(around: Around): Objective {
  if (around.has('teacher_overrides')) return 'distillation';
  if (around.get('use_dpo') === true) return 'dpo';
  const trainer = around.started?.slice(around.started.search(/post_train|experimental|sft|grpo|dpo/)) ?? '';
  if (around.get('use_grpo') === true || /grpo|train_rl/.test(trainer)) return 'grpo';
  if (/dpo/.test(trainer)) return 'dpo';
  if (/distill/.test(trainer)) return 'distillation';
  return around.get('use_sft') === true || /sft/.test(trainer) ? 'sft' : 'pretraining';
}

/** States are split along the fsdp axes and whole along the data axis. */
function settleMesh(draft: Draft): void {
  const { builder, around } = draft;
  const fsdp = axisSize(around, ['fsdp', 'fsdp_transpose']);
  const replicas = axisSize(around, ['data'], 'one slice');
  builder.infer('sharding.zeroStage', fsdp === 1 ? 0 : 3, 'the size of the fsdp axes');
  if (fsdp !== undefined && fsdp > 1) builder.infer('sharding.degree', fsdp, 'the size of the fsdp axes');
  else if (fsdp === undefined && replicas !== undefined && replicas > 1)
    builder.infer('sharding.replicas', replicas, 'the size of the data axes');
  const shared = ['data', 'fsdp', 'fsdp_transpose', 'expert'];
  const data = axisSize(around, shared);
  const onSlice = axisSize(around, shared, 'one slice');
  if (data !== undefined) builder.infer('parallel.data', data, 'the sizes of the data, fsdp and expert axes');
  else if (onSlice !== undefined && onSlice > 1)
    builder.infer('parallel.data', onSlice, 'the sizes of the data, fsdp and expert axes on one slice');
  if (fsdp !== 1) builder.assume('sharding.reshardAfterForward', true, BASE);
}

/** Weights keep their dtype and are cast on the way, as autocast does. */
function settleAutocast(draft: Draft): void {
  const weights = draft.builder.value('precision.weights');
  const compute = draft.builder.value('precision.compute');
  if (weights === undefined || compute === undefined) return;
  draft.builder.infer('precision.autocast', weights === compute ? 'off' : compute, 'dtype and weight_dtype');
}

/** Decoder blocks whose layers are the catalogue's family. */
const FAMILIES: Readonly<Record<string, string>> = {
  llama2: 'llama',
  mistral: 'mistral',
  mixtral: 'mixtral',
  qwen2: 'qwen2',
  qwen3: 'qwen3',
};

function settleFamily(draft: Draft): void {
  const { around } = draft;
  if (!hasOwnDimensions(around)) return;
  const block = around.get('decoder_block') ?? (isPiece(draft.tree) ? undefined : 'llama2');
  const family = FAMILIES[String(block)];
  if (family !== undefined) draft.builder.infer('model.family', family, `decoder_block is ${String(block)}`);
}

function residentsOf({ around, locate, builder }: Draft): readonly Resident[] {
  const dtype = builder.sourced('precision.weights');
  const shared = dtype === undefined ? {} : { dtype };
  if (around.get('use_dpo') === true) return [{ role: 'reference', trainable: false, ...shared }];
  const teacher = around.get('teacher_overrides.model_name');
  const at = locate('teacher_overrides.model_name');
  if (typeof teacher !== 'string' || at === undefined) return [];
  return [{ role: 'teacher', trainable: false, model: { value: teacher, origin: 'explicit', at }, ...shared }];
}
