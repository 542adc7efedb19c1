import type { Around } from '../types.ts';
import { castNumber } from './key.ts';
import type { KeyCheck } from './key-checks.ts';

/** Schedules with one stage a rank; the interleaved ones take fewer micro batches and idle longer. */
const SINGLE_STAGE: ReadonlySet<string> = new Set(['1f1b', 'gpipe']);

const SCHEDULES = 'torch: torch/distributed/pipelining/schedules.py, PipelineScheduleSingle';

/** Where a framework says how torch's pipeline cuts a rank's batch. */
export interface PipelineKeys {
  readonly local: string;
  readonly micro: string;
  readonly stages: string;
  readonly schedule: string;
  /** The schedule where none is named. */
  readonly usual: string;
  /** The micro batch where none is named; absent: the check waits for one. */
  readonly usualMicro?: number;
}

/** A rank's batch is cut into whole micro batches, and a schedule with one stage a rank needs one for every stage. */
export function pipelineChecks(keys: PipelineKeys): readonly KeyCheck[] {
  return [
    {
      key: keys.local,
      cite: SCHEDULES,
      wrong: (around) => {
        const { local, micro, stages, schedule } = pipelineAt(around, keys);
        if (local === undefined || micro === undefined || stages <= 1) return undefined;
        if (local % micro !== 0)
          return {
            kind: 'not-allowed',
            data: { found: local, expected: `multiples of ${keys.micro} ${micro}` },
            effect: 'refused',
          };
        if (local / micro >= stages || !SINGLE_STAGE.has(schedule)) return undefined;
        const expected = `${stages * micro} or more: ${stages} stages, micro ${micro}`;
        return { kind: 'not-allowed', data: { found: local, expected }, effect: 'refused' };
      },
    },
  ];
}

function pipelineAt(around: Around, keys: PipelineKeys) {
  const number = (key: string): number | undefined => castNumber(around.get(key) ?? null);
  const schedule = around.get(keys.schedule);
  return {
    local: number(keys.local),
    micro: number(keys.micro) ?? keys.usualMicro,
    stages: number(keys.stages) ?? 1,
    schedule: (typeof schedule === 'string' ? schedule : keys.usual).toLowerCase(),
  };
}
