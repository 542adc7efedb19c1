import { describe, expect, it } from 'vitest';
import { type Analysis, analyze } from '../../server/src/engine/index.ts';
import { applyEdits } from '../../server/src/text/index.ts';

const project = (references: unknown): string => JSON.stringify({ hardware: { gpus: 8 }, references });

function analysed(text: string): Analysis {
  const file = '/project/batchwise.json';
  return analyze({ file, text, files: { roots: ['/project'], read: () => ({ kind: 'missing' }) }, settings: {} });
}

describe('a project file', () => {
  it('tells of a recipe that nobody knows, where it stands', () => {
    const text = project([{ config: 'base.yaml' }, { recipe: 'zephyr-7b-beta-dpp' }]);
    const { findings } = analysed(text);
    expect(findings.map(({ rule, severity, message }) => [rule, severity, message])).toEqual([
      [
        'value-not-allowed',
        'warning',
        'references[1].recipe is zephyr-7b-beta-dpp and Batchwise takes zephyr-7b-beta-dpo: the value is ignored.',
      ],
    ]);
    const [finding] = findings;
    expect(text.slice(finding?.at.start, finding?.at.end)).toBe('"zephyr-7b-beta-dpp"');
    expect(applyEdits(text, finding?.fixes[0]?.edits ?? [])).toBe(text.replace('dpp', 'dpo'));
  });

  it('names no near miss where there is none', () => {
    expect(analysed(project([{ recipe: 'our own' }])).findings[0]?.message).toContain(
      'takes the id or name of a published recipe',
    );
  });

  it.each([project([{ recipe: 'zephyr-7b-beta-dpo' }]), project([{ recipe: 3 }]), project(null), '[', '{}'])(
    'is no config otherwise: %j',
    (text) => {
      const { findings, framework } = analysed(text);
      expect(findings).toEqual([]);
      expect(framework).toBeUndefined();
    },
  );
});
