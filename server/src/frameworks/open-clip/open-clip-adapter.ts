import schema from '../../../../schemas/open-clip.schema.json' with { type: 'json' };
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import type { JsonSchema } from '../types.ts';
import { OPEN_CLIP_KEYS, PARAMS, PRECISIONS, paramOf } from './open-clip-keys.ts';

const TRAIN = 'open_clip: src/open_clip_train/train.py';

const isArchitecture = (value: unknown): boolean =>
  typeof value === 'string' &&
  /^(ViT-|RN\d|convnext|coca_|EVA\d*-|roberta-ViT|xlm-roberta|MobileCLIP|nllb-clip)/i.test(value);

/** OpenCLIP's training flags kept as a flat file, with hyphens or underscores. */
export const openClipAdapter = defineAdapter({
  id: 'open-clip',
  title: 'OpenCLIP',
  loaders: { yaml: 'pyyaml', json: 'json' },
  recognise: (input) =>
    weigh(input, [
      { key: 'model', value: isArchitecture, weight: 40 },
      ...['batch-size', 'batch_size'].map((key) => ({ key, weight: 15 })),
      ...['accum-freq', 'accum_freq'].map((key) => ({ key, weight: 60 })),
      ...['gather-with-grad', 'gather_with_grad', 'local-loss', 'local_loss'].map((key) => ({ key, weight: 45 })),
      ...['train-num-samples', 'train_num_samples', 'zeroshot-frequency', 'zeroshot_frequency'].map((key) => ({
        key,
        weight: 25,
      })),
      ...['train-data', 'train_data', 'dataset-type', 'dataset_type', 'imagenet-val', 'imagenet_val', 'siglip'].map(
        (key) => ({ key, weight: 10 }),
      ),
      ...['trainer', 'base_model', 'model_name_or_path', 'job'].map((key) => ({ key, weight: -200 })),
    ]),
  keys: OPEN_CLIP_KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  settle: settleOpenClip,
});

function settleOpenClip(draft: Draft): void {
  const { builder, around } = draft;
  builder.assume('run.task', 'contrastive', TRAIN);
  builder.assume('run.objective', 'embedding', TRAIN);
  builder.assume('batch.unit', 'pairs', TRAIN);
  builder.assume('adapter.kind', 'none', TRAIN);
  builder.assume('data.dropLast', true, 'open_clip: src/open_clip_train/data.py');
  builder.assume('sharding.engine', 'ddp', 'open_clip: src/open_clip_train/main.py');
  for (const degree of ['parallel.tensor', 'parallel.pipeline', 'parallel.context', 'parallel.ulysses'] as const)
    builder.assume(degree, 1, TRAIN);
  const row = PRECISIONS[String(paramOf(draft.around, 'precision') ?? 'amp')];
  if (row === undefined || (around.has('precision') && around.get('precision') === undefined)) return;
  const how = `precision ${String(around.get('precision') ?? 'amp')} (${PARAMS})`;
  const from = ['precision.weights'] as const;
  const compute = row.autocast === 'off' ? row.weights : row.autocast;
  builder.state('precision.compute', { value: compute, origin: 'inferred', from, how });
  builder.state('precision.autocast', { value: row.autocast, origin: 'inferred', from, how });
  builder.state('precision.master', { value: 'none', origin: 'inferred', from, how });
  builder.state('precision.gradients', { value: row.weights, origin: 'inferred', from, how });
  builder.state('precision.lossScaling', { value: row.autocast === 'fp16', origin: 'inferred', from, how });
}
