import type { AdapterKind, AdapterTargets, WeightQuantization } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { byDefault, key } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';

const PEFT = 'axolotl: src/axolotl/utils/schemas/peft.py';
const LOADER = 'axolotl: src/axolotl/loaders/model.py (_set_quantization_config)';

const hasAdapter = (around: Around): boolean => {
  const adapter = around.get('adapter');
  return typeof adapter === 'string' && adapter !== '';
};

/** Keys of the adapter and of the storage of frozen weights. */
export const lowRankKeys: KeyTable = {
  adapter: key('adapter.kind', {
    read: adapterKindOf,
    write: (to) => (to === 'lora' ? 'lora' : undefined),
    default: byDefault<AdapterKind>((around: Around) => (trainsPart(around) ? 'other' : 'none'), PEFT),
  }),
  lora_r: key('adapter.rank', { when: hasAdapter }),
  lora_alpha: key('adapter.alpha', { when: hasAdapter }),
  lora_dropout: key('adapter.dropout', { default: byDefault(0, PEFT), when: hasAdapter }),
  lora_target_linear: key('adapter.targets', {
    read: (value) => (value === true ? 'all-linear' : undefined),
    when: (around) => hasAdapter(around) && !attachesToParameters(around),
  }),
  lora_target_modules: key('adapter.targets', {
    read: readTargets,
    when: (around) => hasAdapter(around) && !attachesToParameters(around),
  }),
  lora_target_parameters: key('adapter.targetParameters', {
    read: (value) => (typeof value === 'string' ? [value] : undefined) ?? textsOf(value),
    when: hasAdapter,
  }),
  peft_layers_to_transform: key('adapter.layers', { read: layersOf, when: hasAdapter }),
  unfrozen_parameters: key('adapter.trainedParameters', { read: patternsOf, when: (around) => !hasAdapter(around) }),
  peft_use_rslora: key('adapter.rankStabilized', { default: byDefault(false, PEFT), when: hasAdapter }),
  lora_modules_to_save: key('adapter.savedModules', { when: hasAdapter }),

  // Only `qlora` loads the base in 4 bit and only `lora` in 8 bit; elsewhere the flag has no effect.
  load_in_4bit: key('adapter.quantization', {
    read: (value) => (value === true ? 'nf4' : undefined),
    when: (around) => around.get('adapter') === 'qlora',
  }),
  load_in_8bit: key('adapter.quantization', {
    read: (value) => (value === true ? 'int8' : undefined),
    when: (around) => around.get('adapter') === 'lora',
  }),
  gptq: key('adapter.quantization', { read: (value) => (value === true ? 'int4' : undefined) }),
  model_quantization_config: key('adapter.quantization', {
    read: readModelQuantization,
    default: byDefault('none', LOADER),
  }),
  'bnb_config_kwargs.bnb_4bit_use_double_quant': key('adapter.doubleQuantization', {
    default: byDefault(true, LOADER),
    when: (around) => around.get('adapter') === 'qlora' && around.get('load_in_4bit') === true,
  }),
  quantize_moe_experts: key('adapter.quantizesExperts', { when: hasAdapter, write: (to) => to }),
};

/** The methods `adapter` names; a method of a plugin is of a kind of its own. */
function adapterKindOf(value: ConfigValue, around: Around): AdapterKind | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  if (value !== 'lora' && value !== 'qlora') return 'other';
  return around.get('peft_use_dora') === true ? 'dora' : 'lora';
}

/** Frozen by name, by turns or by score: some share of the parameters trains, and no key says which. */
function trainsPart(around: Around): boolean {
  const unfrozen = around.get('unfrozen_parameters');
  const plugins = around.get('plugins');
  return (
    (Array.isArray(unfrozen) && unfrozen.length > 0) ||
    typeof around.get('lisa_n_layers') === 'number' ||
    (Array.isArray(plugins) && plugins.includes('axolotl.integrations.spectrum.SpectrumPlugin'))
  );
}

function attachesToParameters(around: Around): boolean {
  const value = around.get('lora_target_parameters');
  return (Array.isArray(value) && value.length > 0) || typeof value === 'string';
}

function textsOf(value: ConfigValue): readonly string[] | undefined {
  return Array.isArray(value) && value.every((item): item is string => typeof item === 'string') ? value : undefined;
}

function layersOf(value: ConfigValue): readonly number[] | undefined {
  if (typeof value === 'number') return [value];
  return Array.isArray(value) && value.every((item): item is number => typeof item === 'number') ? value : undefined;
}

/** Patterns a parameter's name begins with; rows of a matrix may be named behind them, whose gradient is the whole matrix's all the same. */
function patternsOf(value: ConfigValue): readonly string[] | undefined {
  return textsOf(value)?.map((text) => `^(?:${text.replace(/\[\d*:?\d*\]$/, '')})`);
}

/** Names as they are; of a regular expression the alternatives it ends in, where it ends in a plain list of them. */
function readTargets(value: ConfigValue): AdapterTargets | undefined {
  if (value === 'all-linear') return 'all-linear';
  if (Array.isArray(value)) {
    const names = value.filter((name): name is string => typeof name === 'string').map(lastName);
    return names.length === 0 || names.length !== value.length ? undefined : names;
  }
  if (typeof value !== 'string') return undefined;
  const ending = /(?:^|\.)\(([\w|]+)\)(\w*)\$?$/.exec(value);
  if (ending?.[1] !== undefined) return ending[1].split('|').map((name) => `${name}${ending[2] ?? ''}`);
  return /^\w+$/.test(value) ? [value] : undefined;
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function readModelQuantization(value: ConfigValue, around: Around): WeightQuantization | undefined {
  if (around.get('model_quantization_config_kwargs.dequantize') === true) return 'none';
  if (value === 'Mxfp4Config') return 'mxfp4';
  return value === 'FineGrainedFP8Config' ? 'fp8' : undefined;
}
