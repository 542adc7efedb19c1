import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Simulation, simulateAllocator, WORKSPACE_BYTES, walkStep } from '../server/src/memory/index.ts';
import { decisionTable, type Scored, scoreTable } from './memory-scores.ts';
import { measureSpeed } from './memory-speed.ts';
import { type MeasuredRow, rowToWorkload } from './row-to-workload.ts';

/** Share by which a card's size is widened and narrowed for the two simulations of a verdict. */
const VERDICT_MARGIN = 0.02;
const OWN_DATA = ['trainer', 'fsdp', 'timm', 'card-limits'].map((name) => `bench/data/${name}.jsonl`);

main();

/** Predicts every row of measurements and prints the scores: `bench:memory -- [--data FILE.jsonl]… [--json]`. */
function main(): void {
  const { values } = parseArgs({
    options: { data: { type: 'string', multiple: true }, json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const started = performance.now();
  const scored = (values.data ?? OWN_DATA).flatMap(readRows).map(predict);
  const seconds = (performance.now() - started) / 1000;
  if (values.json) printJson(scored);
  else printTables(scored, seconds);
}

function readRows(file: string): MeasuredRow[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  // The form of a row is the measurements file's own contract.
  return lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as MeasuredRow);
}

function predict(row: MeasuredRow): Scored {
  const workload = rowToWorkload(row);
  const peak = workload === undefined ? undefined : walkStep(workload);
  if (workload === undefined || peak === undefined) return { row, verdict: 'unknown' };
  const simulation = simulateAllocator(workload);
  const reserved = simulation.finished ? simulation.reservedBytes : undefined;
  const verdict = row.allocatorCapBytes === undefined ? undefined : verdictAt(row.allocatorCapBytes);
  return {
    row,
    allocatedBytes: peak.allocatedBytes,
    ...(reserved === undefined ? {} : { reservedBytes: reserved }),
    lowBytes: peak.allocatedBytes + WORKSPACE_BYTES,
    highBytes: (reserved ?? peak.allocatedBytes + WORKSPACE_BYTES) * (1 + VERDICT_MARGIN),
    ...(verdict === undefined ? {} : { verdict }),
  };

  function verdictAt(capBytes: number): NonNullable<Scored['verdict']> {
    if (workload === undefined || !simulation.finished) return 'unknown';
    if (runsOut(simulateAllocator(workload, { capBytes: capBytes * (1 + VERDICT_MARGIN) }))) return 'exceeds';
    return runsOut(simulateAllocator(workload, { capBytes: capBytes / (1 + VERDICT_MARGIN) })) ? 'tight' : 'fits';
  }
}

function runsOut(simulation: Simulation): boolean {
  return simulation.finished && simulation.outOfMemory;
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
  const decisions = decisionTable(scored);
  if (decisions.length > 0) {
    console.log('\nDecision against a card’s limit');
    console.table(decisions);
  }
  const example = scored.map(({ row }) => rowToWorkload(row)).find((workload) => workload?.task === 'causal-lm');
  if (example === undefined) return;
  console.log('\nTime once warm');
  console.table(measureSpeed(example));
}
