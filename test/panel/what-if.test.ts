import { expect, test } from 'vitest';
import { differences, shownValue, withChange } from '../../client/webview/what-if.ts';
import type { PanelControl } from '../../server/src/protocol/panel.ts';
import { exceeding } from './fixtures.ts';

const micro = control('batch.micro');

test('a change back to the file’s value is no change', () => {
  const tried = withChange({ 'data.sequenceLength': 2048 }, micro, 8);
  expect(tried).toEqual({ 'data.sequenceLength': 2048, 'batch.micro': 8 });
  expect(withChange(tried, micro, 10)).toEqual({ 'data.sequenceLength': 2048 });
});

test('a control shows what was chosen last, whatever state arrives in between', () => {
  const late = { ...exceeding, whatIf: { 'batch.micro': 4 } };
  expect(shownValue(micro, late, { 'batch.micro': 8 })).toBe(8);
  expect(shownValue({ ...micro, value: 4 } as PanelControl, late, {})).toBe(10); // A number control stays one.
});

test('differences are named as the controls are, unknown fields by their own name', () => {
  const changes = differences(exceeding, { 'loss.kernel': 'liger', 'parallel.tensor': 2, 'adapter.rank': null });
  expect(changes.map(({ label, from, to }) => [label, from, to])).toEqual([
    ['cross-entropy', 'plain', 'fused (Liger)'],
    ['parallel.tensor', 'as in the file', '2'],
    ['adapter.rank', 'as in the file', 'unset'],
  ]);
});

function control(field: string): PanelControl {
  const found = exceeding.controls.find((candidate) => candidate.field === field);
  if (found === undefined) throw new Error(`the fixture has no control ${field}`);
  return found;
}
