import { expect, test } from 'vitest';
import { walkStep } from '../../server/src/memory/walk-step.ts';
import type { ShardingWorkload } from '../../server/src/memory/workload.ts';
import type { AwayStates } from '../../server/src/plan/index.ts';
import { shapeNamed, workload } from './example-workload.ts';

const PARAMETERS = 8_030_261_248;

/** Bytes by term at the peak of an 8B model in fp32 over 8 ranks, and those that are live at other moments only. */
function terms(awayStates?: AwayStates): ReadonlyMap<string, { readonly bytes: number; readonly atPeak: boolean }> {
  const sharding: ShardingWorkload = {
    kind: 'fsdp2',
    engine: 'torch',
    degree: 8,
    replicated: false,
    reshardAfterForward: true,
    defersReduction: false,
    computeDtype: 'bf16',
    reduceDtype: 'fp32',
    offload: false,
    ...(awayStates === undefined ? {} : { awayStates }),
  };
  const peak = walkStep(
    workload({
      shape: shapeNamed('meta-llama/Llama-3.1-8B'),
      weights: 'fp32',
      autocast: null,
      checkpointing: 'full',
      microBatch: 8,
      sequenceLength: 4096,
      sharding,
    }),
  );
  const placed = (terms: NonNullable<typeof peak>['terms'], atPeak: boolean) =>
    terms.map(({ name, bytes }) => [name, { bytes, atPeak }] as const);
  const all = placed(peak?.terms ?? [], true);
  const others = placed(peak?.otherTerms ?? [], false);
  return new Map([...others, ...all]);
}

test('states that leave between steps are back for the step alone', () => {
  expect(terms().get('optimizer states')?.bytes).toBeCloseTo(PARAMETERS, -5);
  const away = terms('between-steps').get('optimizer states');
  expect(away?.atPeak).toBe(false);
  expect(away?.bytes).toBeCloseTo(PARAMETERS, -5);
});

test('states that leave for good take the shards of the gradients with them', () => {
  const all = terms('with-gradients');
  expect(all.get('optimizer states')).toBeUndefined();
  expect(all.get('gradients')?.bytes).toBeLessThan((terms().get('gradients')?.bytes ?? 0) / 2);
});
