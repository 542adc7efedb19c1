import table from '../../data/optimizers.json' with { type: 'json' };
import type { StateRule, StepTemporaries } from './optimizer-states.ts';
import { lazily, readColumns } from './read-columns.ts';
import type { OptimizerFacts } from './types.ts';

/** A row of server/data/optimizers.json. Cells that do not apply are null. */
interface OptimizerRow {
  readonly name: string;
  readonly canonical: string;
  readonly spellings: readonly string[];
  readonly kind: OptimizerFacts['kind'];
  readonly stateBytesFp32: number;
  readonly stored: string;
  readonly state: StateRule | null;
  readonly masterWeights: string | null;
  /** Index into the table's `texts`, as is `source`. */
  readonly stepTemporaries: number;
  readonly temporaries: StepTemporaries | null;
  readonly gradientsKept: boolean;
  readonly learningRateScale: string;
  readonly absoluteLearningRateBandsApply: boolean;
  readonly source: number;
}

/** Every optimizer of the catalogue, in the order of its file. */
export const allOptimizers: () => readonly OptimizerFacts[] = lazily(() =>
  readColumns<OptimizerRow>(table).map(optimizerOf),
);

/** The optimizer of a spelling: a framework's option value, a class name, a dotted class path. */
export function findOptimizer(name: string): OptimizerFacts | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  const tidy = name.trim().toLowerCase();
  const { exact, loose } = index();
  const found = exact.get(tidy) ?? loose.get(looseKey(tidy));
  if (found !== undefined) return found;
  const className = tidy.slice(tidy.lastIndexOf('.') + 1);
  return exact.get(className) ?? loose.get(looseKey(className));
}

const LONGEST_NAME = 200;

const index = lazily(() => {
  const exact = new Map<string, OptimizerFacts>();
  const loose = new Map<string, OptimizerFacts>();
  for (const optimizer of allOptimizers()) {
    for (const spelling of [optimizer.name, ...optimizer.spellings]) {
      const tidy = spelling.toLowerCase();
      if (!exact.has(tidy)) exact.set(tidy, optimizer);
      const key = looseKey(tidy);
      if (!loose.has(key)) loose.set(key, optimizer);
    }
  }
  return { exact, loose };
});

/** `paged_adamw_8bit`, `PagedAdamW8bit` and `paged-adamw-8bit` share a key. */
function looseKey(tidy: string): string {
  return tidy.replaceAll(/[^a-z0-9]/g, '');
}

function optimizerOf(row: OptimizerRow): OptimizerFacts {
  return {
    name: row.name,
    canonical: row.canonical,
    spellings: row.spellings,
    kind: row.kind,
    stateBytesFp32: row.stateBytesFp32,
    absoluteLearningRateBandsApply: row.absoluteLearningRateBandsApply,
    learningRateScale: row.learningRateScale,
    stored: row.stored,
    state: row.state ?? undefined,
    stepTemporaries: table.texts[row.stepTemporaries] ?? '',
    temporaries: row.temporaries ?? undefined,
    masterWeights: row.masterWeights ?? '',
    gradientsKept: row.gradientsKept,
    source: table.texts[row.source] ?? '',
  };
}
