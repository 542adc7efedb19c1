import { isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';

const PARSER = 'LLaMA-Factory: src/llamafactory/hparams/parser.py, get_train_args';

const isOn = (around: Around, key: string): boolean => isTrue(around.get(key) ?? null);

/** What the parser warns of without a refusal, and the one map of devices that it refuses. Read at the head of August 2026. */
export const LLAMA_FACTORY_ADVICE: readonly KeyCheck[] = [
  requires('quantization_device_map', {
    when: (value, around) => value === 'auto' && isOn(around, 'do_train'),
    requires: 'a run that does not train',
    found: () => 'do_train: true',
    effect: 'refused',
    cite: PARSER,
  }),
  ...['use_galore', 'use_apollo'].map((key) =>
    requires(key, {
      when: (value, around) => isTrue(value) && isOn(around, 'do_train'),
      requires: 'pure_bf16: true to save memory',
      found: (around) => (isOn(around, 'pure_bf16') ? undefined : 'none'),
      effect: 'accepted',
      cite: PARSER,
    }),
  ),
];
