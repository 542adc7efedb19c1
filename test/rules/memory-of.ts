import type { MemoryEstimate, MemoryOutcome, PhaseName, TermName } from '../../server/src/memory/index.ts';

const GIB = 2 ** 30;

interface Story {
  readonly verdict?: MemoryEstimate['verdict'];
  readonly lowGib?: number;
  readonly highGib?: number;
  readonly capacityGib?: number;
  readonly checked?: MemoryEstimate['regime']['checked'];
  /** Where the peak is, and training's own peak in GiB where it is elsewhere. */
  readonly peakPhase?: 'backward' | 'evaluation' | 'generation';
  readonly trainingGib?: number;
  /** GiB of each term at the peak. */
  readonly terms?: Partial<Record<TermName, number>>;
}

/** A memory outcome that tells a story in GiB; what a rule does not read is filled in. */
export function memoryOf(story: Story): MemoryOutcome {
  const terms = Object.entries(story.terms ?? {}).map(([name, gib]) => ({
    // Keys of a partial record of term names.
    name: name as TermName,
    bytes: gib * GIB,
    drivers: [],
    atPeak: true,
  }));
  const expectedBytes = terms.reduce((sum, term) => sum + term.bytes, 0);
  return {
    known: true,
    estimate: {
      gpu: 'H100 80GB',
      capacityBytes: (story.capacityGib ?? 79.1) * GIB,
      lowBytes: story.lowGib === undefined ? expectedBytes : story.lowGib * GIB,
      expectedBytes,
      highBytes: story.highGib === undefined ? expectedBytes : story.highGib * GIB,
      allocatedBytes: expectedBytes,
      reservedBytes: expectedBytes,
      verdict: story.verdict ?? 'fits',
      terms,
      phases: phasesOf(story, expectedBytes),
      peakPhase: story.peakPhase ?? 'backward',
      regime: { id: 'single-gpu-causal-lm', checked: story.checked ?? 'measured', note: '' },
      assumptions: [],
      hostBytes: 0,
    },
  };
}

function phasesOf({ peakPhase, trainingGib }: Story, expectedBytes: number): MemoryEstimate['phases'] {
  if (peakPhase === undefined || trainingGib === undefined) return [];
  const phase = (name: PhaseName, peakBytes: number) => ({ name, startBytes: 0, peakBytes, endBytes: 0 });
  return [phase('backward', trainingGib * GIB), phase(peakPhase, expectedBytes)];
}

export const UNKNOWN_MEMORY: MemoryOutcome = { known: false, missing: ['model.name'] };
