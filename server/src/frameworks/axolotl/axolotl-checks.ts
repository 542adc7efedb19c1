import { castNumber } from '../kit/key.ts';
import { excludes, foundAt, isSet, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';

const VALIDATION = 'axolotl: src/axolotl/utils/schemas/validation.py';

const positive = (value: unknown): boolean => typeof value === 'number' && value > 0;
const usesFsdp = (around: Around): boolean => isSet(around.get('fsdp') ?? null) || around.has('fsdp_config');
const isFsdp2 = (around: Around): boolean =>
  String(around.get('fsdp_version') ?? around.get('fsdp_config.fsdp_version') ?? 1) === '2';

/** A value that is worked out elsewhere. */
const isOpen = (around: Around, key: string): boolean => around.has(key) && around.get(key) === undefined;

/** Both keys set, which the validation refuses. */
const refused = (key: string, other: string): KeyCheck => excludes(key, other, VALIDATION, isSet);

/** An optimizer that some engines cannot shard. */
function optimizerEngine(optimizer: RegExp): KeyCheck {
  return requires('optimizer', {
    when: (value, around) =>
      optimizer.test(String(value)) && (isSet(around.get('deepspeed') ?? null) || usesFsdp(around)),
    requires: 'FSDP2 or no sharding',
    found: (around) =>
      isSet(around.get('deepspeed') ?? null) ? foundAt(around, 'deepspeed') : isFsdp2(around) ? undefined : 'FSDP1',
    effect: 'refused',
    cite: VALIDATION,
  });
}

/** Only one patch of the cross-entropy at a time. */
const LOSSES = [
  'cut_cross_entropy',
  'chunked_cross_entropy',
  'liger_cross_entropy',
  'liger_fused_linear_cross_entropy',
] as const;
const oneLoss = LOSSES.flatMap((key, index) =>
  LOSSES.slice(0, index).map((other) => excludes(key, other, VALIDATION, isTrue)),
);

const LORA_KERNELS = ['lora_mlp_kernel', 'lora_qkv_kernel', 'lora_o_kernel'] as const;

/** Combinations that Axolotl's validation refuses, as far as the file alone tells. */
export const AXOLOTL_CHECKS: readonly KeyCheck[] = [
  refused('gradient_accumulation_steps', 'batch_size'),
  refused('saves_per_epoch', 'save_steps'),
  refused('evals_per_epoch', 'eval_steps'),
  refused('noisy_embedding_alpha', 'neftune_noise_alpha'),
  refused('lr_groups', 'loraplus_lr_ratio'),
  refused('max_memory', 'gpu_memory_limit'),
  refused('test_datasets', 'val_set_size'),
  ...oneLoss,
  ...(['load_in_8bit', 'load_in_4bit'] as const).map((key) =>
    excludes(key, 'model_quantization_config', VALIDATION, isSet),
  ),
  ...(['load_in_8bit', 'load_in_4bit'] as const).map((key) =>
    requires(key, {
      when: (value, around) => isTrue(value) && !isSet(around.get('inference') ?? null),
      requires: key === 'load_in_4bit' ? 'adapter: qlora' : 'adapter: lora',
      found: (around) => (isSet(around.get('adapter') ?? null) || isOpen(around, 'adapter') ? undefined : 'no adapter'),
      effect: 'refused',
      cite: 'axolotl: src/axolotl/utils/schemas/peft.py, validate_adapter',
    }),
  ),
  ...(['save', 'eval'] as const).map((what) =>
    requires(`${what}_steps`, {
      when: positive,
      requires: `${what}_strategy: steps`,
      found: (around) => {
        const strategy = around.get(`${what}_strategy`);
        return typeof strategy === 'string' && strategy !== 'steps' ? `${what}_strategy: ${strategy}` : undefined;
      },
      effect: 'refused',
      cite: VALIDATION,
    }),
  ),
  requires('eval_steps', {
    when: (value, around) =>
      isSet(value) && !isSet(around.get('test_datasets') ?? null) && around.get('eval_strategy') !== 'no',
    requires: 'val_set_size above 0',
    found: (around) => (around.get('val_set_size') === 0 ? 'val_set_size: 0' : undefined),
    effect: 'refused',
    cite: VALIDATION,
  }),
  requires('rl', {
    when: isSet,
    requires: 'sample_packing: false',
    found: (around) => (isTrue(around.get('sample_packing') ?? null) ? 'sample_packing: true' : undefined),
    effect: 'refused',
    cite: VALIDATION,
  }),
  requires('max_steps', {
    when: (value, around) => !isSet(value) && isTrue(around.get('streaming') ?? null),
    requires: 'a number, for streamed data have no end',
    found: (around) => foundAt(around, 'max_steps'),
    effect: 'refused',
    cite: VALIDATION,
  }),
  requires('pretraining_dataset', {
    when: isSet,
    requires: 'max_steps',
    found: (around) => (isSet(around.get('max_steps') ?? null) ? undefined : 'none'),
    effect: 'refused',
    cite: VALIDATION,
  }),
  ...(['pretraining_dataset', 'streaming'] as const).map((key) =>
    requires(key, {
      when: isSet,
      requires: 'no val_set_size',
      found: (around) =>
        isSet(around.get('val_set_size') ?? null) && around.get('val_set_size') !== 0
          ? foundAt(around, 'val_set_size')
          : undefined,
      effect: 'refused',
      cite: VALIDATION,
    }),
  ),
  requires('early_stopping_patience', {
    when: positive,
    requires: 'save_steps a multiple of eval_steps',
    found: (around) => {
      const [save, evaluate] = [
        castNumber(around.get('save_steps') ?? null),
        castNumber(around.get('eval_steps') ?? null),
      ];
      if (save === undefined || evaluate === undefined) return save === undefined ? 'no save_steps' : 'no eval_steps';
      return evaluate > 0 && Number.isInteger(save / evaluate) ? undefined : `${save} and ${evaluate}`;
    },
    effect: 'refused',
    cite: VALIDATION,
  }),
  requires('peft_layers_pattern', {
    when: isSet,
    requires: 'peft_layers_to_transform',
    found: (around) => (isSet(around.get('peft_layers_to_transform') ?? null) ? undefined : 'none'),
    effect: 'refused',
    cite: VALIDATION,
  }),
  ...LORA_KERNELS.flatMap((key) => [
    requires(key, {
      when: (value, around) => isTrue(value) && around.get('adapter') === 'lora',
      requires: 'load_in_8bit: false',
      found: (around) => (isTrue(around.get('load_in_8bit') ?? null) ? 'load_in_8bit: true' : undefined),
      effect: 'refused',
      cite: VALIDATION,
    }),
    excludes(key, 'trust_remote_code', VALIDATION, isTrue),
  ]),
  requires('context_parallel_size', {
    when: (value, around) => (castNumber(value) ?? 1) > 1 && isTrue(around.get('sample_packing') ?? null),
    requires: 'micro_batch_size: 1 with sample_packing',
    found: (around) =>
      (castNumber(around.get('micro_batch_size') ?? null) ?? 1) > 1 ? foundAt(around, 'micro_batch_size') : undefined,
    effect: 'refused',
    cite: VALIDATION,
  }),
  requires('batch_flattening', {
    when: isTrue,
    requires: 'sample_packing: false',
    found: (around) => (isTrue(around.get('sample_packing') ?? null) ? 'sample_packing: true' : undefined),
    effect: 'refused',
    cite: VALIDATION,
  }),
  requires('relora', {
    when: isTrue,
    requires: 'jagged_restart_steps and no sharding',
    found: (around) =>
      !isSet(around.get('jagged_restart_steps') ?? null)
        ? 'no jagged_restart_steps'
        : isSet(around.get('deepspeed') ?? null)
          ? foundAt(around, 'deepspeed')
          : usesFsdp(around)
            ? 'FSDP'
            : undefined,
    effect: 'refused',
    cite: VALIDATION,
  }),
  requires('deepcompile', {
    when: isTrue,
    requires: 'deepspeed',
    found: (around) => (isSet(around.get('deepspeed') ?? null) ? undefined : foundAt(around, 'deepspeed')),
    effect: 'refused',
    cite: VALIDATION,
  }),
  requires('gptq', {
    when: isTrue,
    requires: 'no revision_of_model',
    found: (around) =>
      isSet(around.get('revision_of_model') ?? null) ? foundAt(around, 'revision_of_model') : undefined,
    effect: 'refused',
    cite: VALIDATION,
  }),
  requires('chat_template', {
    when: (value) => value === 'jinja',
    requires: 'chat_template_jinja',
    found: (around) => (isSet(around.get('chat_template_jinja') ?? null) ? undefined : 'none'),
    effect: 'refused',
    cite: VALIDATION,
  }),
  requires('neftune_noise_alpha', {
    when: isSet,
    requires: 'a number above 0',
    found: (around) => ((castNumber(around.get('neftune_noise_alpha') ?? null) ?? 1) > 0 ? undefined : '0 or less'),
    effect: 'refused',
    cite: VALIDATION,
  }),
  requires('warmup_ratio', {
    when: (value, around) => positive(value) && around.get('rl') === 'simpo',
    requires: 'warmup_steps instead, with rl: simpo',
    found: (around) => foundAt(around, 'warmup_ratio'),
    effect: 'refused',
    cite: VALIDATION,
  }),
  requires('adapter', {
    when: (value) => value === 'qlora',
    requires: 'load_in_4bit: true',
    found: (around) => {
      if (isTrue(around.get('load_in_8bit') ?? null)) return 'load_in_8bit: true';
      return around.get('load_in_4bit') === false ? 'load_in_4bit: false' : undefined;
    },
    effect: 'refused',
    cite: 'axolotl: src/axolotl/utils/schemas/peft.py',
  }),
  optimizerEngine(/^(muon|flash_)/),
];
