import { expect, test } from 'vitest';
import { withHardware } from '../../client/src/project-file.ts';

test('an empty file gets its hardware', () => {
  expect(withHardware('', { gpu: 'h100-80gb', gpus: 8 })).toBe(
    '{\n  "hardware": {\n    "gpu": "h100-80gb",\n    "gpus": 8\n  }\n}\n',
  );
});

test('comments, order and other facts stay', () => {
  const before =
    '{\n  // Our cluster.\n  "hardware": { "gpus": 4, "nodes": 1 },\n  "rules": { "some-rule": "off" }\n}\n';
  const after = withHardware(before, { gpu: 'l40s', gpus: 2 });
  expect(after).toContain('// Our cluster.');
  expect(after).toContain('"rules": { "some-rule": "off" }');
  expect(after).toMatch(/"gpus": 2/);
  expect(after).toMatch(/"gpu": "l40s"/);
  expect(after).toMatch(/"nodes": 1/);
});

test('unknown takes the choice out', () => {
  const after = withHardware('{ "hardware": { "gpu": "l40s", "gpus": 2, "nodes": 1 } }', { gpu: null, gpus: null });
  expect(JSON.parse(after ?? '')).toEqual({ hardware: { nodes: 1 } });
});

test.each(['[]', '{ "hardware": ', '3'])('%s is left alone', (text) => {
  expect(withHardware(text, { gpu: 'l40s', gpus: 2 })).toBeUndefined();
});
