import { describe, expect, it } from 'vitest';
import { readConfig } from '../read-config.ts';

function twice(first: string, second: string) {
  const text = `python -m MaxText.train base.yml steps=10 packing=${first} run_name=a packing=${second}\n`;
  const issues = readConfig({ 'run.sh': text }).reading.issues.filter(({ kind }) => kind === 'duplicate-key');
  return issues.map(({ data }) => data?.['same']);
}

describe('an argument that is given twice', () => {
  it('says the same where a parser reads the same', () => {
    expect(twice('True', 'true')).toEqual([1]);
    expect(twice('1e-5', '0.00001')).toEqual([1]);
    expect(twice('true', 'false')).toEqual([0]);
  });
});
