import { castNumber } from '../kit/key.ts';
import type { Around } from '../types.ts';

/** Which command a config is for. Each has its own defaults. */
export type Script = 'pretrain' | 'full' | 'lora' | 'adapter';

/** The command by the keys only it has, then by the folder names that litgpt itself gives. */
export function scriptOf(around: Around): Script {
  if (['model_name', 'model_config', 'initial_checkpoint_dir', 'tokenizer_dir'].some((key) => around.has(key)))
    return 'pretrain';
  if (['lora_r', 'lora_alpha', 'lora_query', 'lora_value'].some((key) => around.has(key))) return 'lora';
  const names = `${around.file} ${String(around.get('out_dir') ?? '')}`;
  if (/adapter/.test(names)) return 'adapter';
  return /lora/.test(names) ? 'lora' : 'full';
}

export function isPretraining(around: Around): boolean {
  return scriptOf(around) === 'pretrain';
}

/** GPUs of the run; undefined where `devices` says "auto" or all. */
export function worldOf(around: Around): number | undefined {
  const devices = castNumber(around.get('devices') ?? (isPretraining(around) ? 'auto' : 1));
  const nodes = castNumber(around.get('num_nodes') ?? 1);
  return devices === undefined || nodes === undefined || devices < 1 ? undefined : devices * nodes;
}

/** Whether bitsandbytes stores the base, which also swaps the optimizer for a paged one. */
export function isQuantized(around: Around): boolean {
  return String(around.get('quantize') ?? '').startsWith('bnb.');
}
