import { type KeyCheck, takesOneOf } from '../kit/key-checks.ts';

/** DeepSpeed configs that ms-swift brings along, by the names that stand for them. */
const BUNDLED = ['zero0', 'zero1', 'zero2', 'zero3', 'zero2_offload', 'zero3_offload'];

/** A word that can be neither a file nor JSON. */
const WORD = /^[\w-]+$/;

/** What ms-swift refuses as it reads its arguments. */
export const SWIFT_CHECKS: readonly KeyCheck[] = ['deepspeed', 'teacher_deepspeed'].map((key) =>
  takesOneOf(key, {
    values: (around) => {
      const value = around.get(key);
      return typeof value === 'string' && WORD.test(value) ? BUNDLED : undefined;
    },
    named: () => 'a file, or zero0, zero1, zero2 or zero3',
    cite: 'ms-swift: swift/arguments/sft_args.py, _init_deepspeed',
  }),
);
