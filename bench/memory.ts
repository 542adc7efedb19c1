import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type PhaseName, refineEstimate } from '../server/src/memory/index.ts';
import type { MeasuredRow } from './measured-row.ts';
import { accuracyPage } from './memory-page.ts';
import { coverageTable, decisionTable, type Scored, scoreTable } from './memory-scores.ts';
import { measureSpeed } from './memory-speed.ts';
import { publishedTable, scorePublished } from './published.ts';
import { rowToPlan } from './row-to-plan.ts';

const OWN_DATA = 'bench/data';

/** Harnesses that measure a phase without gradients, and that phase. */
const INFERENCE_PHASES: Readonly<Record<string, PhaseName>> = {
  'transformers-trainer-evaluation': 'evaluation',
  'transformers-generate': 'generation',
};

main();

/** Predicts every row of measurements and prints the scores: `bench:memory -- [--data FILE.jsonl]… [--json] [--write PAGE.md]`. */
function main(): void {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
      write: { type: 'string' },
    },
    allowPositionals: true,
  });
  const started = performance.now();
  const scored = (values.data ?? ownFiles()).flatMap(readRows).map(predict);
  const seconds = (performance.now() - started) / 1000;
  if (values.write !== undefined) writeFileSync(values.write, accuracyPage(scored));
  if (values.json) printJson(scored);
  else printTables(scored, seconds);
}

function ownFiles(): string[] {
  return readdirSync(OWN_DATA)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => `${OWN_DATA}/${name}`);
}

function readRows(file: string): MeasuredRow[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  // The form of a row is the measurements file's own contract.
  return lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as MeasuredRow);
}

/** What the engine says of the row, as it would of a config that says the same. */
function predict(row: MeasuredRow): Scored {
  const plan = rowToPlan(row);
  if (plan === undefined) return { row, verdict: 'unknown' };
  const { allocatorCapBytes, allocatorConfig } = row;
  const outcome = refineEstimate(plan, {
    ...(allocatorCapBytes === undefined ? {} : { allocatorCapBytes }),
    allocator: {
      expandableSegments: allocatorConfig?.includes('expandable_segments:True') ?? false,
      ...maxSplit(allocatorConfig),
    },
  });
  if (!outcome.known) return { row, verdict: 'unknown' };
  const { estimate } = outcome;
  const outsideBytes = estimate.expectedBytes - estimate.reservedBytes;
  const whole: Scored = {
    row,
    regime: estimate.regime.id,
    simulated: estimate.simulated ?? false,
    allocatedBytes: estimate.allocatedBytes,
    reservedBytes: estimate.reservedBytes,
    lowBytes: estimate.lowBytes - outsideBytes,
    highBytes: estimate.highBytes - outsideBytes,
    verdict: estimate.verdict,
  };
  const phase = INFERENCE_PHASES[row.harness];
  if (phase === undefined) return whole;
  // The row's peak is that phase's own; what the allocator had reserved before is in its reserved peak where it trained.
  const allocatedBytes = estimate.phases.find(({ name }) => name === phase)?.peakBytes;
  if (allocatedBytes === undefined) return { row, verdict: 'unknown' };
  // Alone it has no verdict of its own: the plan's is that of a training which never ran.
  return row.trainsFirst === true ? { ...whole, allocatedBytes } : { row, allocatedBytes };
}

function maxSplit(config: string | undefined): { readonly maxSplitBytes?: number } {
  const match = /max_split_size_mb:(\d+)/.exec(config ?? '');
  return match === null ? {} : { maxSplitBytes: Number(match[1]) * 2 ** 20 };
}

function printJson(scored: readonly Scored[]): void {
  const rows = scored.map(({ row, allocatedBytes, reservedBytes, lowBytes, highBytes, verdict }) => ({
    id: row.id,
    predictedPeakAllocatedBytes: allocatedBytes,
    predictedPeakReservedBytes: reservedBytes,
    lowBytes,
    highBytes,
    verdict,
  }));
  const summary = {
    allocated: scoreTable(scored, 'allocated'),
    reserved: scoreTable(scored, 'reserved'),
    coverage: coverageTable(scored),
    decisions: decisionTable(scored),
  };
  process.stdout.write(`${JSON.stringify({ rows, summary }, undefined, 2)}\n`);
}

function printTables(scored: readonly Scored[], seconds: number): void {
  const unknown = scored.filter(({ allocatedBytes }) => allocatedBytes === undefined);
  console.log(`${scored.length} rows in ${seconds.toFixed(1)} s, ${unknown.length} without a prediction`);
  for (const quantity of ['allocated', 'reserved'] as const) {
    console.log(`\nPeak ${quantity}, error in percent ("under" is the share predicted more than 5% too low)`);
    console.table(scoreTable(scored, quantity));
  }
  console.log('\nMeasured reserved peak against the range given');
  console.table(coverageTable(scored));
  const decisions = decisionTable(scored);
  if (decisions.length > 0) {
    console.log('\nDecision against a limit');
    console.table(decisions);
  }
  console.log('\nAgainst figures others published, error in percent');
  console.table(publishedTable(scorePublished()));
  console.log('\nTime once warm');
  console.table(measureSpeed());
}
