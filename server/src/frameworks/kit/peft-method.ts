import type { AdapterMethod } from '../../plan/index.ts';

/** peft's names of its methods (peft: utils/peft_types.py) and the plan's. */
const METHODS: Readonly<Record<string, AdapterMethod>> = {
  ADALORA: 'adalora',
  FOURIERFT: 'fourierft',
  HRA: 'hra',
  IA3: 'ia3',
  LN_TUNING: 'ln-tuning',
  LOHA: 'loha',
  LOKR: 'lokr',
  MISS: 'miss',
  OFT: 'oft',
  P_TUNING: 'p-tuning',
  PREFIX_TUNING: 'prefix',
  PROMPT_TUNING: 'prompt',
  VERA: 'vera',
};

/** The method that a `peft_type` names, where it is one whose memory can be told. */
export function peftMethod(type: string): AdapterMethod | undefined {
  return METHODS[type.toUpperCase().replaceAll('-', '_')];
}
