import {
  type AdapterKind,
  type AdapterTargets,
  type Derivation,
  derive,
  type WeightQuantization,
} from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { byDefault, castNumber, key, oneOf } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';

const TUNING = 'LLaMA-Factory: src/llamafactory/hparams/finetuning_args.py';
const QUANTIZATION = 'LLaMA-Factory: src/llamafactory/hparams/model_args.py';

const methodOf = (around: Around): ConfigValue => around.get('finetuning_type') ?? 'lora';
const isLora = (around: Around): boolean => methodOf(around) === 'lora';
const isOft = (around: Around): boolean => methodOf(around) === 'oft';
const usesBitsandbytes = (around: Around): boolean => (around.get('quantization_method') ?? 'bnb') === 'bnb';

/** Keys of the adapter and of the storage of frozen weights. */
export const lowRankKeys: KeyTable = {
  finetuning_type: key('adapter.kind', {
    read: (value, around) => kindOf(value, around),
    write: (to) => ({ lora: 'lora', oft: 'oft', none: 'full', dora: undefined, other: undefined })[to],
    default: byDefault<AdapterKind>((around: Around) => kindOf('lora', around), TUNING),
  }),
  // Only whole layers: which of a layer's modules a name means hangs on the model.
  freeze_trainable_layers: key('adapter.trainedLayers', {
    default: byDefault(2, TUNING),
    when: (around) => methodOf(around) === 'freeze' && freezesWholeLayers(around),
  }),
  lora_rank: key('adapter.rank', { default: byDefault(8, TUNING), when: isLora }),
  lora_alpha: key('adapter.alpha', {
    default: byDefault((around: Around) => 2 * (castNumber(around.get('lora_rank') ?? 8) ?? 8), TUNING),
    when: isLora,
  }),
  lora_dropout: key('adapter.dropout', { default: byDefault(0, TUNING), when: isLora }),
  module_dropout: key('adapter.dropout', { default: byDefault(0, TUNING), when: isOft }),
  lora_target: key('adapter.targets', {
    read: namesOf,
    write: (to) => (to === 'all-linear' ? 'all' : to.join(',')),
    default: byDefault<AdapterTargets>('all-linear', TUNING),
    when: isLora,
  }),
  oft_target: key('adapter.targets', {
    read: namesOf,
    write: (to) => (to === 'all-linear' ? 'all' : to.join(',')),
    default: byDefault<AdapterTargets>('all-linear', TUNING),
    when: isOft,
  }),
  oft_block_size: key('adapter.blockSize', { default: byDefault(32, TUNING), when: isOft }),
  use_rslora: key('adapter.rankStabilized', { default: byDefault(false, TUNING), when: isLora }),
  additional_target: key('adapter.savedModules', {
    read: savedNames,
    when: (around) => isLora(around) || isOft(around),
  }),
  quantization_bit: key('adapter.quantization', {
    read: storageOf,
    write: (to) => ({ nf4: 4, fp4: 4, int4: 4, int8: 8, none: undefined, fp8: undefined, mxfp4: undefined })[to],
    default: byDefault<WeightQuantization>('none', QUANTIZATION),
  }),
  double_quantization: key('adapter.doubleQuantization', {
    default: byDefault(true, QUANTIZATION),
    when: (around) => castNumber(around.get('quantization_bit') ?? 0) === 4 && usesBitsandbytes(around),
  }),
  freeze_vision_tower: key('adapter.freezesVisionTower', {
    default: byDefault(true, TUNING),
    when: (around) => ['image_max_pixels', 'video_max_pixels', 'freeze_vision_tower'].some((name) => around.has(name)),
  }),
};

const KINDS = oneOf<AdapterKind>([
  ['lora', 'lora'],
  ['oft', 'oft'],
  ['full', 'none'],
  // Some layers train in full; the share hangs on the model's depth.
  ['freeze', 'other'],
]);

function kindOf(value: ConfigValue, around: Around): AdapterKind | undefined {
  const kind = KINDS.read(value);
  // KTransformers keeps the experts on the CPU, which no adapter says.
  if (around.get('use_kt') === true) return 'other';
  if (kind === 'lora') return around.get('use_dora') === true ? 'dora' : 'lora';
  // One block of layers at a time holds gradients and states.
  return kind === 'none' && around.get('use_badam') === true ? 'other' : kind;
}

function freezesWholeLayers(around: Around): boolean {
  const extra = around.get('freeze_extra_modules') ?? null;
  return extra === null && (around.get('freeze_trainable_modules') ?? 'all') === 'all';
}

/** The numbers of the layers that train under `freeze` (LLaMA-Factory: src/llamafactory/model/adapter.py, _setup_freeze_tuning). */
export const FREEZE_DERIVATIONS: readonly Derivation[] = [
  derive(
    'adapter.trainedParameters',
    ['adapter.trainedLayers', 'model.layers'],
    'trained layers, counted from the end, or from the start where negative',
    (count, layers) => {
      if (!Number.isInteger(count) || count === 0 || Math.abs(count) > layers) return undefined;
      const first = count > 0 ? layers - count : 0;
      return Array.from({ length: Math.abs(count) }, (_, index) => `\\.${first + index}\\.`);
    },
  ),
];

/** `all`, or names in a list or separated by commas. */
function namesOf(value: ConfigValue): AdapterTargets | undefined {
  const names = savedNames(value);
  if (names === undefined || names.length === 0) return undefined;
  return names.length === 1 && names[0] === 'all' ? 'all-linear' : names;
}

function savedNames(value: ConfigValue): readonly string[] | undefined {
  if (typeof value === 'string')
    return value
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
  return Array.isArray(value) && value.every((name): name is string => typeof name === 'string') ? value : undefined;
}

function storageOf(value: ConfigValue, around: Around): WeightQuantization | undefined {
  const bits = castNumber(value);
  if (bits === 8) return 'int8';
  if (bits !== 4) return undefined;
  if (!usesBitsandbytes(around)) return 'int4';
  return around.get('quantization_type') === 'fp4' ? 'fp4' : 'nf4';
}
