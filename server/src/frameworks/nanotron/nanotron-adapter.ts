import schema from '../../../../schemas/nanotron.schema.json' with { type: 'json' };
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import type { JsonSchema } from '../types.ts';
import { CONFIG, NANOTRON_KEYS, PARALLELISM } from './nanotron-keys.ts';

const TRAINER = 'nanotron: src/nanotron/trainer.py';
const ACCUMULATOR = 'nanotron: src/nanotron/optim/gradient_accumulator.py';

/** nanotron: PyYAML into typed dataclasses that refuse unknown keys and text for numbers. */
export const nanotronAdapter = defineAdapter({
  id: 'nanotron',
  title: 'nanotron',
  loaders: { yaml: 'pyyaml' },
  recognise: (input) =>
    weigh(input, [
      { key: 'tokens.micro_batch_size', weight: 40 },
      { key: 'tokens.batch_accumulation_per_replica', weight: 30 },
      { key: 'parallelism.dp', weight: 20 },
      { key: 'parallelism.tp', weight: 20 },
      { key: 'model.model_config', weight: 20 },
      { key: 'optimizer.learning_rate_scheduler', weight: 20 },
      { key: 'data_stages', weight: 20 },
    ]),
  keys: NANOTRON_KEYS,
  // TypeScript reads a JSON module's literals as wide types; the file is written as a JsonSchema.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'refused', castsNumbers: () => false },
  partial: (tree) => tree.root?.kind !== 'map' || !tree.root.entries.some((entry) => entry.key === 'tokens'),
  settle: settleNanotron,
});

function settleNanotron(draft: Draft): void {
  const { builder, around } = draft;
  builder.assumeAll(
    { 'run.task': 'causal-lm', 'adapter.kind': 'none', 'loss.kernel': 'plain', 'data.packing': true },
    TRAINER,
  );
  builder.assume('parallel.ulysses', 1, PARALLELISM);
  if ((builder.value('parallel.tensor') ?? 1) > 1)
    builder.assume('parallel.loss', true, 'nanotron: src/nanotron/models/llama.py');
  builder.assume('sharding.engine', 'megatron', 'nanotron: src/nanotron/optim/zero.py');
  const tunes = around.get('data_stages.0.data.dataset.sft_dataloader') === true;
  builder.assume('run.objective', tunes ? 'sft' : 'pretraining', CONFIG);
  settleStart(draft);
  settleFamily(draft);
  settleDtypes(draft);
}

/** A checkpoint that is resumed may be another run's or this one's, so it tells nothing. */
function settleStart(draft: Draft): void {
  const { around } = draft;
  if (around.has('model.init_method.path'))
    draft.builder.infer('run.fromScratch', false, 'model.init_method names a checkpoint');
  else if (around.has('model.init_method') && (around.get('checkpoints.resume_checkpoint_path') ?? null) === null)
    draft.builder.infer('run.fromScratch', true, 'weights are drawn at random and no checkpoint is resumed');
}

function settleFamily(draft: Draft): void {
  const { around } = draft;
  const isDense = (around.get('model.model_config.moe_config') ?? null) === null;
  if (!isDense) return;
  if (around.get('model.model_config.is_llama_config') === true)
    draft.builder.infer('model.family', 'llama', 'is_llama_config is set');
  if (around.get('model.model_config.is_qwen2_config') === true) {
    const biased = around.get('model.model_config.attention_bias') === true;
    draft.builder.infer(
      'model.family',
      biased ? 'qwen2' : 'llama',
      'is_qwen2_config, with or without biases on queries, keys and values',
    );
  }
}

/** With fp32 accumulation there are fp32 gradients and fp32 weights for the optimizer beside the model's own. */
function settleDtypes(draft: Draft): void {
  const { builder, around } = draft;
  const dtype = builder.value('precision.weights');
  if (dtype === undefined) return;
  const how = `model.dtype and optimizer.accumulate_grad_in_fp32 (${ACCUMULATOR})`;
  builder.infer('precision.compute', dtype, how);
  builder.infer('precision.autocast', 'off', how);
  const accumulates = around.get('optimizer.accumulate_grad_in_fp32');
  if (typeof accumulates !== 'boolean') return;
  builder.infer('precision.master', accumulates && dtype !== 'fp32' ? 'fp32' : 'none', how);
  builder.infer('precision.gradients', accumulates ? 'fp32' : dtype, how);
}
