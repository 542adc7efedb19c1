import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIELD_VALUE_TYPE } from '../../server/src/frameworks/kit/field-value-type.ts';
import {
  FIELD_NAMES,
  type FieldName,
  type PlanFields,
  type PlanValues,
  type Sourced,
} from '../../server/src/plan/index.ts';
import { RULES } from '../../server/src/rules/index.ts';
import { memoryOf } from './memory-of.ts';
import { planOf } from './plan-of.ts';
import { runRule } from './test-rule.ts';

const number = fc.oneof(
  fc.constantFrom(0, 1, 2, 3, 7, 8, 64, 128, 2048, 1e-5, 2e-4, 0.1, 0.95, 0.999, 1e9, 1e11, -1),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const word = fc.constantFrom(
  ...[
    'adamw_torch',
    'lion',
    'sgd',
    'adamw_bnb_8bit',
    'H100',
    'T4',
    'causal-lm',
    'reinforcement-learning',
    'sft',
    'dpo',
  ],
  ...[
    'grpo',
    'pretraining',
    'none',
    'lora',
    'cosine',
    'linear',
    'deepspeed',
    'fsdp2',
    'plain',
    'steps',
    'no',
    'nf4',
    '',
  ],
);

function anyValue(type: (typeof FIELD_VALUE_TYPE)[FieldName]): fc.Arbitrary<unknown> {
  if (type === 'number') return number;
  if (type === 'boolean') return fc.boolean();
  return type === 'list' ? fc.array(word, { maxLength: 3 }) : word;
}

/** Any value of a field's kind, with any origin. */
function sourced(field: FieldName): fc.Arbitrary<Sourced<unknown>> {
  const type = FIELD_VALUE_TYPE[field];
  const value = anyValue(type);
  const at = { file: 'a.yaml', start: 0, end: 1 };
  return fc.oneof(
    value.map((v): Sourced<unknown> => ({ value: v, origin: 'explicit', at })),
    value.map((v): Sourced<unknown> => ({ value: v, origin: 'default', cite: 'x' })),
    value.map((v): Sourced<unknown> => ({ value: v, origin: 'inferred', from: FIELD_NAMES.slice(0, 3), how: 'x' })),
  );
}

const values = fc
  .record(Object.fromEntries(FIELD_NAMES.map((field) => [field, sourced(field)])), { requiredKeys: [] })
  // Each value was made for its own field.
  .map((record) => record as PlanValues);

describe('on any plan whatever', () => {
  it('no rule throws, and every message is whole', () => {
    fc.assert(
      fc.property(values, values, (now, before) => {
        const plan = { ...planOf({}), values: now };
        const reference = { label: 'HEAD', kind: 'head' as const, plan: { ...planOf({}), values: before } };
        const memory = memoryOf({ terms: { weights: 10, 'logits and loss': 20 } });
        for (const rule of RULES) {
          for (const finding of runRule(rule, { plan, memory, largestMicroBatch: 8, references: [reference] })) {
            expect(finding.message).toMatch(/\.$/);
            expect(finding.message).not.toMatch(/\{\w+\}|undefined|NaN/);
            for (const fix of finding.fixes) expect(fix.title).not.toMatch(/undefined|NaN/);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a plan that says nothing draws no finding', () => {
    const plan = planOf({} satisfies Partial<PlanFields>);
    expect(RULES.flatMap((rule) => runRule(rule, { plan }))).toEqual([]);
  });
});
