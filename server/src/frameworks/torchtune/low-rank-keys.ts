import type { AdapterKind, AdapterTargets, WeightQuantization } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { byDefault, key } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';
import { builderOf } from './torchtune-recipe.ts';

const BUILDERS = 'torchtune: torchtune/models/llama3/_component_builders.py';

/** Attention projections as the builders call them. */
const PROJECTIONS = new Map([['output_proj', 'o_proj']]);
const MLP = ['gate_proj', 'up_proj', 'down_proj'];

const adapts = (around: Around): boolean => /^q?lora_/.test(builderOf(around));

/** Keys of the model builder that say what trains and how the rest is stored. */
export const LOW_RANK_KEYS: KeyTable = {
  'model._component_': key('adapter.kind', { read: (_, around) => kindOf(around) }),
  'model.lora_rank': key('adapter.rank', { default: byDefault(8, BUILDERS), when: adapts }),
  'model.lora_alpha': key('adapter.alpha', { default: byDefault(16, BUILDERS), when: adapts }),
  'model.lora_dropout': key('adapter.dropout', { default: byDefault(0, BUILDERS), when: adapts }),
  'model.lora_attn_modules': key('adapter.targets', {
    read: (value, around) => targetsOf(value, around),
    when: adapts,
  }),
  'model.quantize_base': key('adapter.quantization', {
    read: (value, around) => storageOf(value === true, around),
    write: (to) => (to === 'nf4' ? true : to === 'none' ? false : undefined),
    default: byDefault<WeightQuantization>((around: Around) => storageOf(false, around), BUILDERS),
  }),
  'model.encoder_trainable': key('adapter.freezesVisionTower', {
    read: (value) => value === false || value === 'frozen',
  }),
};

function kindOf(around: Around): AdapterKind {
  if (adapts(around)) return around.get('model.use_dora') === true ? 'dora' : 'lora';
  // Parts of a vision-language model can be frozen in full, which no adapter says.
  const frozen = ['decoder_trainable', 'encoder_trainable', 'fusion_trainable'].some((part) => {
    const trains = around.get(`model.${part}`);
    return trains === false || trains === 'frozen';
  });
  return frozen ? 'other' : 'none';
}

function targetsOf(value: ConfigValue, around: Around): AdapterTargets | undefined {
  if (!Array.isArray(value) || !value.every((name): name is string => typeof name === 'string')) return undefined;
  const attention = value.map((name) => PROJECTIONS.get(name) ?? name);
  const mlp = around.get('model.apply_lora_to_mlp') === true ? MLP : [];
  const head = around.get('model.apply_lora_to_output') === true ? ['lm_head'] : [];
  return [...attention, ...mlp, ...head];
}

/** `qlora_` builders fix `quantize_base`; torchao's NF4 quantises its block scales too. */
function storageOf(asked: boolean, around: Around): WeightQuantization {
  return asked || builderOf(around).startsWith('qlora_') ? 'nf4' : 'none';
}
