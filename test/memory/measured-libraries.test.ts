import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { MeasuredRow } from '../../bench/measured-row.ts';
import { rowToPlan } from '../../bench/row-to-plan.ts';
import { refineEstimate } from '../../server/src/memory/index.ts';

const rows = new Map(
  ['drawn', 'libraries']
    .flatMap((name) => readFileSync(`bench/data/${name}.jsonl`, 'utf8').trimEnd().split('\n'))
    // The form of a row is the measurements file's own contract.
    .map((line) => JSON.parse(line) as MeasuredRow)
    .map((row) => [row.id, row]),
);

/** The estimate of the allocated peak over what was measured. */
function ratioOf(id: string): number {
  const row = rows.get(id);
  const plan = row === undefined ? undefined : rowToPlan(row);
  const outcome = plan === undefined ? undefined : refineEstimate(plan);
  if (row === undefined || outcome?.known !== true) throw new Error(`no estimate of ${id}`);
  return outcome.estimate.allocatedBytes / (row.measured.peakAllocatedBytes ?? 0);
}

test.each([
  ['lig-1', 'Liger’s loss over a tied head in 16 bits'],
  ['lig-13', 'Liger’s loss over a tied head in fp32'],
  ['lig-3', 'norms of queries and keys that Liger leaves alone'],
  ['lig-12', 'Liger’s product of two halves of one buffer'],
  ['lig-20', 'Liger’s loss over a frozen head'],
  ['bnb-1', 'states in 8 bits, those of embeddings in 32'],
  ['bnb-5', 'Lion’s state in 32 bits under weights of 16'],
  ['bnq-1', 'a base in 4 bits as it is loaded'],
  ['bnq-2', 'a base in 4 bits that peft prepared'],
  ['bnq-13', 'a base in 8 bits as it is loaded'],
  ['bnq-14', 'a base in 8 bits that peft prepared'],
  ['fp8-1', 'products in fp8, nothing compiled'],
  ['drw-85', 'one key head that eager attention repeats, of a fused projection'],
  ['drw-96', 'grouped heads in fp32, of a fused projection'],
])('%s: %s, within 1%', (id) => {
  expect(Math.abs(ratioOf(id) - 1)).toBeLessThan(0.01);
});
