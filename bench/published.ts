import { readdirSync, readFileSync } from 'node:fs';
import { enrichPlan } from '../server/src/facts/index.ts';
import { refineEstimate } from '../server/src/memory/index.ts';
import { completePlan, type PlanValues } from '../server/src/plan/index.ts';

/** A figure that somebody else published, with the plan of the run behind it. Forms in bench/published/README.md. */
interface PublishedRow {
  readonly id: string;
  readonly source: string;
  /** torch's allocated or reserved peak, or all the device had in use. */
  readonly quantity: 'allocated' | 'reserved' | 'device';
  readonly bytes: number;
  readonly plan: Readonly<Record<string, unknown>>;
}

export interface PublishedScore {
  readonly id: string;
  readonly source: string;
  readonly regime: string;
  readonly publishedBytes: number;
  readonly predictedBytes: number;
  readonly errorPercent: number;
  /** Whether the figure lies in the estimate's range, where the quantity is the range's own. */
  readonly inRange: boolean;
}

export interface PublishedLine {
  readonly source: string;
  readonly regime: string;
  readonly rows: number;
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  readonly 'in range': string;
}

const FOLDER = 'bench/published';

/** Every published figure beside the engine's. */
export function scorePublished(): PublishedScore[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.jsonl'));
  return files.flatMap((name) => readRows(`${FOLDER}/${name}`)).flatMap(score);
}

function readRows(file: string): PublishedRow[] {
  // The form of a row is this folder's own contract.
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as PublishedRow);
}

function score({ id, source, quantity, bytes, plan }: PublishedRow): PublishedScore[] {
  const values = Object.fromEntries(
    Object.entries(plan).map(([field, value]) => [field, { value, origin: 'setting', setting: id }]),
    // The rows state plan fields with values of their types.
  ) as PlanValues;
  const bare = { name: id, at: { file: id, start: 0, end: 0 }, values, residents: [], partial: false, derivations: [] };
  const outcome = refineEstimate(completePlan(enrichPlan(bare)));
  if (!outcome.known) return [];
  const { estimate } = outcome;
  const predicted = {
    allocated: estimate.allocatedBytes,
    reserved: estimate.reservedBytes,
    device: estimate.expectedBytes,
  };
  const outside = quantity === 'device' ? 0 : estimate.expectedBytes - estimate.reservedBytes;
  // An allocated peak is at most what is reserved, so only the upper end binds it.
  const low = quantity === 'allocated' ? 0 : estimate.lowBytes - outside;
  return [
    {
      id,
      source: source.slice(0, source.indexOf(':')),
      regime: estimate.regime.id,
      publishedBytes: bytes,
      predictedBytes: predicted[quantity],
      errorPercent: (predicted[quantity] / bytes - 1) * 100,
      inRange: bytes >= low && bytes <= estimate.highBytes - outside,
    },
  ];
}

/** Signed errors by source and regime. */
export function publishedTable(scores: readonly PublishedScore[]): PublishedLine[] {
  const groups = new Map<string, PublishedScore[]>();
  for (const one of scores) {
    const key = `${one.source}\n${one.regime}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((group) => {
    const errors = group.map(({ errorPercent }) => errorPercent).sort((a, b) => a - b);
    const [first] = group;
    return {
      source: first?.source ?? '',
      regime: first?.regime ?? '',
      rows: group.length,
      median: Math.round(errors[errors.length >> 1] ?? 0),
      lowest: Math.round(errors[0] ?? 0),
      highest: Math.round(errors.at(-1) ?? 0),
      'in range': `${group.filter(({ inRange }) => inRange).length} of ${group.length}`,
    };
  });
}
