import { describe, expect, it } from 'vitest';
import { describeKeyIssue, KEY_RULES } from '../../server/src/rules/key-rules.ts';
import type { KeyProblem } from '../../server/src/rules/support/define-key-rule.ts';

const CASES: readonly [KeyProblem, string, string, readonly string[]][] = [
  [
    {
      kind: 'unknown-key',
      key: 'zero_optimization.stage3_max_live_params',
      data: { replacement: 'stage3_max_live_parameters' },
      effect: 'refused',
    },
    'unknown-key',
    'error',
    ['stage3_max_live_params', 'stage3_max_live_parameters', 'refuses'],
  ],
  [
    { kind: 'unknown-key', key: 'adam_eps', data: {}, effect: 'dropped' },
    'unknown-key',
    'warning',
    ['adam_eps', 'no effect'],
  ],
  [
    { kind: 'wrong-type', key: 'warmup_steps', data: { found: '0.1', expected: 'integer' }, effect: 'refused' },
    'wrong-type',
    'error',
    ['0.1', 'integer'],
  ],
  [
    {
      kind: 'not-allowed',
      key: 'save_strategy',
      data: { found: 'never', expected: 'no, steps, epoch, best' },
      effect: 'refused',
    },
    'value-not-allowed',
    'error',
    ['never', 'no, steps, epoch, best'],
  ],
  [
    { kind: 'deprecated-key', key: 'evaluation_strategy', data: { replacement: 'eval_strategy' }, effect: 'accepted' },
    'deprecated-key',
    'hint',
    ['eval_strategy'],
  ],
  [
    { kind: 'deprecated-key', key: 'debug', data: { removed: '0.5.0' }, effect: 'dropped' },
    'deprecated-key',
    'warning',
    ['was removed in 0.5.0: the setting has no effect'],
  ],
  [
    {
      kind: 'deprecated-key',
      key: 'eval_table_max_new_tokens',
      data: { removed: '0.5.0', replacement: 'generation_max_new_tokens' },
      effect: 'refused',
    },
    'deprecated-key',
    'error',
    ['was removed in 0.5.0, generation_max_new_tokens took its place: the framework refuses'],
  ],
  [
    {
      kind: 'duplicate-key',
      key: 'checkpointing_steps',
      data: { first: 'epoch', last: '1000', same: 0 },
      effect: 'dropped',
    },
    'duplicate-key',
    'warning',
    ['epoch here is lost', '1000'],
  ],
  [
    {
      kind: 'lost-reference',
      key: 'model.data.seq_length',
      data: { found: 'model.encoder_seq_length', replacement: 'training.model.encoder_seq_length' },
      effect: 'refused',
    },
    'interpolation-without-target',
    'error',
    ['model.encoder_seq_length, which is not there', 'training.model.encoder_seq_length is'],
  ],
  [
    { kind: 'number-read-as-text', key: 'learning_rate', data: { found: '1e-5', number: 1e-5 }, effect: 'misread' },
    'number-read-as-text',
    'error',
    ['1e-5', 'text'],
  ],
  [
    { kind: 'missing-key', key: 'train_batch_size', data: {}, effect: 'refused' },
    'missing-key',
    'error',
    ['train_batch_size'],
  ],
  [
    {
      kind: 'needs-other-key',
      key: 'zero_optimization.offload_param',
      data: { requires: 'stage 3', found: 'stage 2' },
      effect: 'dropped',
    },
    'key-needs-another',
    'warning',
    ['stage 3', 'stage 2', 'no effect'],
  ],
  [
    {
      kind: 'needs-other-key',
      key: 'zero_optimization.sub_group_size',
      data: { requires: 'stage 3', found: 'stage 1' },
      effect: 'dropped',
      idle: true,
    },
    'key-needs-another',
    'information',
    ['stage 3', 'stage 1', 'no effect'],
  ],
  [
    {
      kind: 'needs-other-key',
      key: 'load_in_4bit',
      data: { needs: 'adapter', expected: 'qlora', consequence: 'the base is loaded in 16 bit' },
      effect: 'dropped',
    },
    'key-needs-another',
    'warning',
    ['adapter', 'qlora', 'the base is loaded in 16 bit'],
  ],
];

describe('key rules', () => {
  it.each(CASES)('word %o', (problem, rule, severity, parts) => {
    const finding = describeKeyIssue(problem);
    expect(finding.rule).toBe(rule);
    expect(finding.severity).toBe(severity);
    for (const part of parts) expect(finding.message).toContain(part);
    expect(finding.message).toMatch(/\.$/);
    expect(finding.message.length).toBeLessThanOrEqual(160);
  });

  it('say something sound of every kind and effect, even without data', () => {
    for (const rule of KEY_RULES) {
      for (const effect of ['refused', 'dropped', 'misread', 'accepted'] as const) {
        const { message } = describeKeyIssue({ kind: rule.kind, key: 'a.b', data: {}, effect });
        expect(message).toMatch(/^a\.b .*\.$/);
        expect(message).not.toMatch(/[{}]/);
      }
    }
  });

  it('cut long values, so that a message keeps to one line', () => {
    const found = 'x'.repeat(500);
    const { message } = describeKeyIssue({
      kind: 'not-allowed',
      key: 'k',
      data: { found, expected: found },
      effect: 'refused',
    });
    expect(message.length).toBeLessThanOrEqual(160);
  });
});
