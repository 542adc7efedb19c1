import { findModel } from '../../facts/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import type { Around } from '../types.ts';

/**
 * Models by the names the launcher gives its runs (NeMo-Framework-Launcher: launcher_scripts/conf). Its "qwen2" files
 * hold the dimensions of Qwen1.5, whose code has that name.
 */
const MODEL_NAMES: Readonly<Record<string, string>> = {
  llama1_7b: 'huggyllama/llama-7b',
  llama1_13b: 'huggyllama/llama-13b',
  llama1_30b: 'huggyllama/llama-30b',
  llama1_65b: 'huggyllama/llama-65b',
  llama2_7b: 'meta-llama/Llama-2-7b-hf',
  llama2_13b: 'meta-llama/Llama-2-13b-hf',
  llama2_70b: 'meta-llama/Llama-2-70b-hf',
  llama3_8b: 'meta-llama/Meta-Llama-3-8B',
  llama3_70b: 'meta-llama/Meta-Llama-3-70B',
  llama3_1_8b: 'meta-llama/Llama-3.1-8B',
  llama3_1_70b: 'meta-llama/Llama-3.1-70B',
  llama3_1_405b: 'meta-llama/Llama-3.1-405B',
  mistral_7b: 'mistralai/Mistral-7B-v0.1',
  mistral_nemo_12b: 'mistralai/Mistral-Nemo-Base-2407',
  mixtral_8x7b: 'mistralai/Mixtral-8x7B-v0.1',
  mixtral_8x22b: 'mistralai/Mixtral-8x22B-v0.1',
  qwen2_4b: 'Qwen/Qwen1.5-4B',
  qwen2_7b: 'Qwen/Qwen1.5-7B',
  qwen2_14b: 'Qwen/Qwen1.5-14B',
  qwen2_72b: 'Qwen/Qwen1.5-72B',
  baichuan2_7b: 'baichuan-inc/Baichuan2-7B-Base',
  baichuan2_13b: 'baichuan-inc/Baichuan2-13B-Base',
  starcoder2_7b: 'bigcode/starcoder2-7b',
  starcoder2_15b: 'bigcode/starcoder2-15b',
  chatglm3_6b: 'THUDM/chatglm3-6b',
  falcon_7b: 'tiiuae/falcon-7b',
};

/**
 * The model a run's name stands for; undefined for names that say no more than themselves, and where the file's own
 * dimensions are another model's: recipes are copied, and the name of a run stays behind.
 */
export function modelOfRun(value: ConfigValue, around: Around): string | undefined {
  const name = typeof value === 'string' ? MODEL_NAMES[value.toLowerCase()] : undefined;
  const shape = name === undefined ? undefined : findModel(name)?.shape;
  const [layers, width] = ['model.num_layers', 'model.hidden_size'].map((path) => around.get(path));
  const differs = (stated: ConfigValue | undefined, own: number | undefined): boolean =>
    typeof stated === 'number' && own !== undefined && stated !== own;
  return differs(layers, shape?.layers) || differs(width, shape?.hiddenSize) ? undefined : name;
}

/** The model a tuning run starts from: the published one its name stands for, or the name itself. */
export function trainedModel(value: ConfigValue, around: Around): string | undefined {
  return modelOfRun(value, around) ?? (typeof value === 'string' && value !== '' ? value : undefined);
}
