import type { ConfigValue } from '../../text/index.ts';
import { zeroStageOf } from '../hf-family/deepspeed-keys.ts';
import { foundAt, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';

const CONFIG = 'deepspeed: deepspeed/runtime/config.py, _do_error_check';
const ENGINE = 'deepspeed: deepspeed/runtime/engine.py, _do_optimizer_sanity_check';

const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['fp16', 'fp16'],
  ['float16', 'fp16'],
  ['torch.float16', 'fp16'],
  ['bf16', 'bf16'],
  ['bfloat16', 'bf16'],
  ['torch.bfloat16', 'bf16'],
  ['fp32', 'fp32'],
  ['float32', 'fp32'],
  ['torch.float32', 'fp32'],
]);

/** Whether a switch is on; undefined where a launcher fills it in. */
function flagAt(around: Around, key: string): boolean | undefined {
  const value: ConfigValue = around.has(key) ? (around.get(key) ?? 'auto') : false;
  return isTrue(value) ? true : value === false ? false : undefined;
}

/** What DeepSpeed casts the model to. */
function modelDtype(around: Around): string | undefined {
  const fp16 = flagAt(around, 'fp16.enabled');
  const bf16 = flagAt(around, around.has('bf16') ? 'bf16.enabled' : 'bfloat16.enabled');
  if (fp16 === undefined || bf16 === undefined) return undefined;
  return fp16 ? 'fp16' : bf16 ? 'bf16' : 'fp32';
}

/** Stage 0 in so many words, or no section at all. */
const withoutZero = (around: Around): string | undefined => (zeroStageOf(around) === 0 ? 'stage 0' : undefined);

const sixteenBitMasters = (key: string): readonly KeyCheck[] => [
  requires(key, {
    when: isTrue,
    requires: 'zero_optimization.stage: 1, 2 or 3',
    found: withoutZero,
    effect: 'refused',
    cite: CONFIG,
  }),
];

/** Precisions that DeepSpeed refuses by the config alone. Read at 0.19.6; rows name the release where releases differ. */
export const PRECISION_CHECKS: readonly KeyCheck[] = [
  ...sixteenBitMasters('fp16.fp16_master_weights_and_grads'),
  ...sixteenBitMasters('bf16.bf16_master_weights_and_grads'),
  requires('fp16.fp16_master_weights_and_grads', {
    when: isTrue,
    // Releases before it take stage 2 alone.
    requires: 'DeepSpeed 0.18.3 or newer beyond ZeRO 2',
    found: (around) => {
      const stage = zeroStageOf(around);
      return stage === 1 || stage === 3 ? `stage ${stage}` : undefined;
    },
    effect: 'accepted',
    cite: CONFIG,
  }),
  requires('bf16.bf16_optimizer_states', {
    when: isTrue,
    requires: 'bf16_master_weights_and_grads: true',
    found: (around) =>
      flagAt(around, 'bf16.bf16_master_weights_and_grads') === false
        ? foundAt(around, 'bf16.bf16_master_weights_and_grads')
        : undefined,
    effect: 'refused',
    cite: CONFIG,
  }),
  {
    // Gradients are summed in another type by ZeRO alone; bf16 summed in fp32 went without it up to 0.17.5, bf16 in bf16 since.
    key: 'data_types.grad_accum_dtype',
    cite: ENGINE,
    wrong: (around) => {
      const sums = SPELLINGS.get(String(around.get('data_types.grad_accum_dtype') ?? ''));
      const model = modelDtype(around);
      if (sums === undefined || model === undefined || zeroStageOf(around) !== 0) return undefined;
      if (model === 'bf16' && sums !== 'fp16') {
        const release = sums === 'fp32' ? '0.17.5 or older' : '0.17.6 or newer';
        const data = { requires: `ZeRO, or DeepSpeed ${release} without`, found: 'stage 0' };
        return { kind: 'needs-other-key', data, effect: 'accepted' };
      }
      if (sums === model) return undefined;
      return {
        kind: 'needs-other-key',
        data: { requires: `ZeRO for a model of ${model}`, found: 'stage 0' },
        effect: 'refused',
      };
    },
  },
];
