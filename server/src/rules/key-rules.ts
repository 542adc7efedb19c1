import {
  findingOfKey,
  type KeyEffect,
  type KeyFinding,
  type KeyProblem,
  type KeyRule,
} from './support/define-key-rule.ts';
import type { Severity } from './types.ts';

const REFUSED_OR_LOST: Readonly<Record<KeyEffect, Severity>> = {
  refused: 'error',
  misread: 'error',
  dropped: 'warning',
  accepted: 'hint',
};

/** Rules on keys and their raw values; adapters find the problems, these tables word them. */
export const KEY_RULES: readonly KeyRule[] = [
  {
    id: 'unknown-key',
    kind: 'unknown-key',
    summary: 'A key the framework does not know',
    since: '0.1.0',
    severity: 'warning',
    severityByEffect: REFUSED_OR_LOST,
    messages: {
      refused: [
        '{key} is no key here, {replacement} is: the framework refuses the file.',
        '{key} is no key the framework knows: it refuses the file.',
      ],
      dropped: [
        '{key} is no key here, {replacement} is: the framework drops it without a word and the setting has no effect.',
        '{key} is no key the framework knows: it is dropped without a word and has no effect.',
      ],
      misread: [
        '{key} is no key here, {replacement} is: it is read as something else.',
        '{key} is read as something else.',
      ],
      accepted: ['{key} is no key here, {replacement} is.', '{key} is no key the framework knows.'],
    },
    sources: [
      'DeepSpeed: deepspeed/runtime/config_utils.py (sections refuse unknown keys, the top level ignores them)',
      'torchtune: torchtune/config/_validate.py',
    ],
  },
  {
    id: 'wrong-type',
    kind: 'wrong-type',
    summary: 'A value of a type the framework does not take',
    since: '0.1.0',
    severity: 'error',
    severityByEffect: REFUSED_OR_LOST,
    messages: {
      refused: [
        '{key} is {found} and takes a value of type {expected}: the framework refuses the file.',
        '{key} has a value of the wrong type.',
      ],
      dropped: [
        '{key} is {found} and takes a value of type {expected}: the value is ignored.',
        '{key} has a value of the wrong type.',
      ],
      misread: [
        '{key} is {found} and takes a value of type {expected}: it is read as something else.',
        '{key} has a value of the wrong type.',
      ],
      accepted: ['{key} is {found} and takes a value of type {expected}.', '{key} has a value of the wrong type.'],
    },
    sources: ['Batchwise: schemas/, from the configuration classes of each framework'],
  },
  {
    id: 'value-not-allowed',
    kind: 'not-allowed',
    summary: 'A value outside those the framework takes',
    since: '0.1.0',
    severity: 'error',
    severityByEffect: REFUSED_OR_LOST,
    messages: {
      refused: [
        '{key} is {found} and the framework takes {expected}: it refuses the file.',
        '{key} has a value the framework refuses.',
      ],
      dropped: [
        '{key} is {found} and {reader} takes {expected}: the value is ignored.',
        '{key} is {found} and the framework takes {expected}: the value is ignored.',
        '{key} has a value the framework ignores.',
      ],
      misread: [
        '{key} is {found} and the framework takes {expected}: it is read as something else.',
        '{key} is read as something else.',
      ],
      accepted: [
        '{key} is {found}; the framework documents {expected}.',
        '{key} has a value the framework does not document.',
      ],
    },
    sources: ['Batchwise: schemas/, from the configuration classes of each framework'],
  },
  {
    id: 'deprecated-key',
    kind: 'deprecated-key',
    summary: 'A key whose name is on its way out',
    since: '0.1.0',
    severity: 'hint',
    severityByEffect: { refused: 'error', misread: 'error', dropped: 'warning', accepted: 'hint' },
    messages: {
      refused: [
        '{key} was removed in {removed}, {replacement} took its place: the framework refuses the file.',
        '{key} was removed in {removed}: the framework refuses the file.',
        '{key} was removed, {replacement} took its place: the framework refuses the file.',
        '{key} was removed: the framework refuses the file.',
      ],
      dropped: [
        '{key} was removed in {removed}, {replacement} took its place: the setting has no effect.',
        '{key} was removed in {removed}: the setting has no effect.',
        '{key} was removed, {replacement} took its place: the setting has no effect.',
        '{key} was removed: the setting has no effect.',
      ],
      misread: [
        '{key} means something else by now; {replacement} is the old meaning.',
        '{key} means something else by now.',
      ],
      accepted: ['{key} is deprecated; {replacement} takes its place.', '{key} is deprecated and will stop working.'],
    },
    sources: ['transformers: src/transformers/training_args.py (evaluation_strategy became eval_strategy)'],
  },
  {
    id: 'duplicate-key',
    kind: 'duplicate-key',
    summary: 'A key that is written twice in one mapping',
    since: '0.1.0',
    severity: 'warning',
    severityByEffect: { refused: 'error', misread: 'error', dropped: 'warning', accepted: 'hint' },
    messages: {
      refused: [
        '{key} is written twice, {first} and {last}: the framework refuses the file.',
        '{key} is written twice: the framework refuses the file.',
      ],
      dropped: [
        '{key} is written twice: {first} here is lost and {last} further down counts.',
        '{key} is written twice: the first is lost.',
      ],
      misread: [
        '{key} is written twice: {first} here is lost and {last} further down counts.',
        '{key} is written twice: the first is lost.',
      ],
      accepted: ['{key} is written twice with the same value.'],
    },
    sources: [
      'DeepSpeed: deepspeed/runtime/config_utils.py, dict_raise_error_on_duplicate_keys',
      'PyYAML: lib/yaml/constructor.py, construct_mapping (the last wins)',
    ],
  },
  {
    id: 'number-read-as-text',
    kind: 'number-read-as-text',
    summary: 'A number that the loader reads as text',
    since: '0.1.0',
    severity: 'error',
    severityByEffect: { refused: 'error', misread: 'error', dropped: 'error', accepted: 'hint' },
    messages: {
      refused: [
        '{key}: {found} is text to this loader, not the number {number}, and the framework refuses it.',
        '{key} is text to this loader, not a number.',
      ],
      dropped: [
        '{key}: {found} is text to this loader, not the number {number}, and is ignored.',
        '{key} is text to this loader, not a number.',
      ],
      misread: [
        '{key}: {found} is text to this loader, not the number {number}: arithmetic with it fails once training starts.',
        '{key} is text to this loader, not a number: arithmetic with it fails once training starts.',
      ],
      accepted: [
        '{key}: {found} is text to this loader; the framework turns it into {number}.',
        '{key} is text that the framework turns into a number.',
      ],
    },
    sources: [
      'PyYAML: lib/yaml/resolver.py (a float needs a dot: 1e-4 is text, 1.0e-4 a number)',
      'LLaMA-Factory: issue 4014',
      'ALBEF: issue 128',
    ],
  },
  {
    id: 'missing-key',
    kind: 'missing-key',
    summary: 'A key the framework cannot do without',
    since: '0.1.0',
    severity: 'error',
    severityByEffect: { refused: 'error', misread: 'error', dropped: 'warning', accepted: 'hint' },
    messages: {
      refused: [
        '{key} is missing and {needs} needs it: the framework refuses the file.',
        '{key} is missing: the framework refuses the file.',
      ],
      dropped: ['{key} is missing, so {needs} has no effect.', '{key} is missing, so others have no effect.'],
      misread: ['{key} is missing and {needs} is read as something else.', '{key} is missing.'],
      accepted: ['{key} is missing: {consequence}.', '{key} is missing.'],
    },
    sources: ['DeepSpeed: deepspeed/runtime/config.py, _do_error_check'],
  },
  {
    id: 'interpolation-without-target',
    kind: 'lost-reference',
    summary: 'A reference to a key that is not where it points',
    since: '0.1.0',
    severity: 'error',
    severityByEffect: REFUSED_OR_LOST,
    messages: {
      refused: [
        '{key} refers to {found}, which is not there ({replacement} is): reading it fails.',
        '{key} refers to {found}, which is not there: reading it fails.',
        '{key} refers to a key that is not there: reading it fails.',
      ],
      dropped: ['{key} refers to a key that is not there.'],
      misread: ['{key} refers to a key that is not there.'],
      accepted: ['{key} refers to {found}, which is not there.', '{key} refers to a key that is not there.'],
    },
    sources: ['OmegaConf: omegaconf/base.py, InterpolationKeyError'],
  },
  {
    id: 'key-needs-another',
    kind: 'needs-other-key',
    summary: 'A key that does nothing, or fails, without another',
    since: '0.1.0',
    severity: 'warning',
    severityByEffect: { refused: 'error', misread: 'error', dropped: 'warning', accepted: 'hint' },
    messages: {
      refused: [
        '{key} needs {needs} to be {expected}: the framework refuses the file.',
        '{key} needs {requires} and finds {found}: the framework refuses the file.',
        '{key} needs another key: the framework refuses the file.',
      ],
      dropped: [
        '{key} needs {needs} to have {expected}: {consequence}.',
        '{key} needs {requires} and finds {found}: it has no effect.',
        '{key} needs {requires}: it has no effect.',
        '{key} needs another key and has no effect without it.',
      ],
      misread: ['{key} needs {requires} and finds {found}: it is read as something else.', '{key} needs another key.'],
      accepted: ['{key} needs {requires}.', '{key} needs another key.'],
    },
    sources: ['DeepSpeed: deepspeed/runtime/zero/config.py', 'axolotl: src/axolotl/utils/schemas/validation.py'],
  },
];

const RULE_OF_KIND: ReadonlyMap<string, KeyRule> = new Map(KEY_RULES.map((rule) => [rule.kind, rule]));

/** Rule id, severity and message of a key problem. */
export function describeKeyIssue(problem: KeyProblem): KeyFinding {
  const rule = RULE_OF_KIND.get(problem.kind);
  if (rule === undefined)
    return { rule: problem.kind, severity: 'warning', message: `${problem.key} is not as the framework expects it.` };
  return findingOfKey(rule, problem);
}
