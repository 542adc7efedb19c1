import { castNumber } from '../kit/key.ts';
import { foundAt, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';
import { attentionKinds } from './gpt-neox-keys.ts';
import { eitherSpelling, hyphened } from './spellings.ts';

const ARGUMENTS = 'gpt-neox: megatron/neox_arguments/arguments.py, calculate_derived';

const has = (around: Around, ...kinds: readonly string[]): string | undefined =>
  attentionKinds(around).find((kind) => kinds.includes(kind));

/** What the arguments refuse by one file's keys. Read at the head of May 2026. */
const CHECKS: readonly KeyCheck[] = [
  requires('zero_optimization.stage', {
    when: (value) => (castNumber(value) ?? 0) >= 2,
    requires: 'a model without experts, or stage 1',
    found: (around) =>
      (castNumber(around.get('moe_num_experts') ?? 1) ?? 1) > 1 ? foundAt(around, 'moe_num_experts') : undefined,
    effect: 'refused',
    cite: ARGUMENTS,
  }),
  requires('zero_optimization.stage', {
    when: (value) => castNumber(value) === 3,
    requires: 'layers that attend, or stage 2',
    found: (around) => has(around, 'mamba', 'rwkv'),
    effect: 'refused',
    cite: ARGUMENTS,
  }),
  requires('model_parallel_size', {
    when: (value) => (castNumber(value) ?? 1) > 1,
    requires: 'layers other than RWKV',
    found: (around) => has(around, 'rwkv'),
    effect: 'refused',
    cite: ARGUMENTS,
  }),
  requires('partition_activations', {
    when: isTrue,
    requires: 'layers other than gMLP and aMLP',
    found: (around) => has(around, 'gmlp', 'amlp'),
    effect: 'refused',
    cite: ARGUMENTS,
  }),
  requires('optimizer.type', {
    when: (value) => String(value).toLowerCase() === 'onebitadam',
    requires: 'train_iters, which sets its schedule',
    // Another of the files that are merged may say it, unless the run is counted in epochs.
    found: (around) => (around.has('train_epochs') && !around.has('train_iters') ? 'train_epochs' : undefined),
    effect: 'refused',
    cite: ARGUMENTS,
  }),
  ...[
    ['fp16', 'fp16'],
    ['bf16', 'bfloat16'],
  ].map(([section = '', precision = '']) =>
    requires(`${section}.enabled`, {
      when: isTrue,
      requires: `precision: ${precision}, or none`,
      found: (around) => {
        const stated = around.get('precision') ?? precision;
        return stated === precision ? undefined : foundAt(around, 'precision');
      },
      effect: 'refused',
      cite: ARGUMENTS,
    }),
  ),
  requires('fp16_lm_cross_entropy', {
    when: isTrue,
    requires: 'precision: fp16',
    found: (around) =>
      isTrue(around.get('bf16.enabled') ?? null)
        ? 'bf16'
        : (around.get('precision') ?? 'fp16') === 'fp16'
          ? undefined
          : foundAt(around, 'precision'),
    effect: 'refused',
    cite: 'gpt-neox: megatron/neox_arguments/arguments.py, validate_values',
  }),
  {
    key: 'num_kv_heads',
    cite: ARGUMENTS,
    wrong: (around) => {
      const [own, all] = [around.get('num_kv_heads'), around.get('num_attention_heads')].map((value) =>
        castNumber(value ?? null),
      );
      if (own === undefined || all === undefined || own <= 0 || all % own === 0) return undefined;
      return { kind: 'not-allowed', data: { found: own, expected: `a divisor of ${all} heads` }, effect: 'refused' };
    },
  },
];

const looking = (check: KeyCheck, key: string): KeyCheck => ({
  key,
  cite: check.cite,
  wrong: (around) => check.wrong(eitherSpelling(around)),
});

/** The checks at keys with underscores and with hyphens. */
export const GPT_NEOX_CHECKS: readonly KeyCheck[] = CHECKS.flatMap((check) =>
  [...new Set([check.key, hyphened(check.key)])].map((key) => looking(check, key)),
);
