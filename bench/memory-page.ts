import { shapeOf } from '../server/src/facts/index.ts';
import type { MeasuredRow } from './measured-row.ts';
import { coverageTable, decisionTable, errorSummary, type Scored, scoreTable, worstRows } from './memory-scores.ts';
import { type ModelCounts, OTHER_ESTIMATORS } from './other-estimators.ts';
import { publishedTable, scorePublished } from './published.ts';
import { rowToPlan } from './row-to-plan.ts';

/** Misses listed by name. */
const MISSES = 25;

/** docs/memory-accuracy.md: how well memory is told, the misses left in. */
export function accuracyPage(scored: readonly Scored[]): string {
  const predicted = scored.filter(({ allocatedBytes }) => allocatedBytes !== undefined);
  return [
    '# How accurate memory estimates are',
    'Written by `npm run bench:memory -- --write docs/memory-accuracy.md`; nothing here is typed by hand.',
    `${scored.length} measured runs are predicted as if each were a config, ${predicted.length} of them with success; the others do what no config field says. What ran is told in [bench/data/README.md](../bench/data/README.md): one H100, random weights, real training steps. Errors are in percent of what was measured; "under" is the share predicted more than 5% too low. Rows marked as scoring set no factor, but their errors were seen while the model was built, so they are no blind test.`,
    section('Peak allocated memory', scoreTable(scored, 'allocated')),
    section('Peak reserved memory, with torch’s allocator simulated', scoreTable(scored, 'reserved')),
    section('Whether the range holds the measured reserved peak, by kind of run', coverageTable(scored)),
    `## Fits or not\n\n\`capped\`: the allocator was held to what a smaller card leaves. A run that ran out of memory and was called \`fits\` would be the worst outcome.\n\n${table(decisionTable(scored))}`,
    `## Other estimators on the same runs\n\nFull fine-tuning and LoRA of causal language models in the Trainer on one GPU; each formula restated from its source, against the peak allocated memory.\n\n${table(othersTable(scored))}`,
    `## Figures that others published\n\nRuns nobody measured here; attention kernels, padding and allocator settings are often unstated. Errors in percent, with sign.\n\n${table(publishedTable(scorePublished()))}`,
    `## The largest misses\n\n${table(worstRows(scored, MISSES).map(missLine))}`,
    '',
  ].join('\n\n');
}

function section(title: string, lines: readonly object[]): string {
  return `## ${title}\n\n${table(lines)}`;
}

function table(lines: readonly object[]): string {
  const [first] = lines;
  if (first === undefined) return 'Nothing was measured.';
  const head = Object.keys(first);
  const row = (cells: readonly unknown[]): string => `| ${cells.map(String).join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...lines.map((line) => row(Object.values(line)))].join('\n');
}

function missLine({ row, error }: { readonly row: MeasuredRow; readonly error: number }): object {
  const regime = `${row.weightsDtype}${row.autocast === null ? '' : ` with ${row.autocast} autocast`}`;
  return {
    run: row.id,
    model: row.model,
    how: [row.harness, row.method, regime, row.optimizer, row.gradientCheckpointing ? 'checkpointing' : '']
      .filter((part) => part !== '')
      .join(', '),
    'error %': error.toFixed(1),
  };
}

function othersTable(scored: readonly Scored[]): object[] {
  const rows = scored.filter(
    ({ row, allocatedBytes }) =>
      row.harness === 'transformers-trainer' &&
      row.task === 'causal-lm' &&
      row.allocatorCapBytes === undefined &&
      !row.measured.outOfMemory &&
      allocatedBytes !== undefined,
  );
  const counted = rows.flatMap(({ row, allocatedBytes }) => {
    const counts = countsOf(row);
    const measured = row.measured.peakAllocatedBytes;
    return counts === undefined || measured === undefined ? [] : [{ row, counts, measured, own: allocatedBytes ?? 0 }];
  });
  const line = (name: string, without: string, errors: readonly number[]): object => ({
    estimator: name,
    'leaves out': without,
    ...errorSummary(errors),
  });
  return [
    line(
      'Batchwise',
      '',
      counted.map(({ own, measured }) => (own / measured - 1) * 100),
    ),
    ...OTHER_ESTIMATORS.map(({ name, without, estimate }) =>
      line(
        name,
        without,
        counted.map(({ row, counts, measured }) => (estimate(row, counts) / measured - 1) * 100),
      ),
    ),
  ];
}

function countsOf(row: MeasuredRow): ModelCounts | undefined {
  const plan = rowToPlan(row);
  const shape = plan === undefined ? undefined : shapeOf(plan);
  const parameters = row.measured.params;
  if (shape === undefined || parameters === undefined) return undefined;
  return {
    parameters,
    trainable: row.measured.trainableParams ?? parameters,
    hidden: shape.hiddenSize,
    layers: shape.layers,
    heads: shape.heads,
    kvHeads: shape.kvHeads,
    intermediate: shape.intermediateSize,
    vocabulary: shape.vocabSize,
  };
}
