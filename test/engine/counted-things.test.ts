import { expect, test } from 'vitest';
import { codeLenses } from '../../server/src/engine/code-lens.ts';
import { inlayHints } from '../../server/src/engine/hints.ts';
import { analyze } from '../../server/src/engine/index.ts';
import { workspaceFiles } from './workspace-files.ts';

function shownFor(accumulation: number): readonly string[] {
  const text = `base_model: Qwen/Qwen2.5-7B
datasets: [{path: a/b, type: alpaca}]
sequence_len: 2048
micro_batch_size: 1
gradient_accumulation_steps: ${accumulation}
num_epochs: 1
learning_rate: 1e-5
`;
  const files = workspaceFiles({ '/w/a.yaml': text });
  const analysis = analyze({ file: '/w/a.yaml', text, files, settings: { gpus: 1 } });
  const hints = inlayHints(analysis).map(({ parts }) => parts.map((part) => part.text).join(''));
  return [...hints, ...codeLenses(analysis).map(({ title }) => title)];
}

test.each([
  [1, '= 1 sequence', '1 sequence/step'],
  [4, '= 4 sequences', '4 sequences/step'],
])('accumulation %i: the batch reads "%s"', (accumulation, hint, lens) => {
  const shown = shownFor(accumulation).join('\n');
  expect(shown).toMatch(new RegExp(`${hint}(?!s)`));
  expect(shown).toContain(lens);
});
