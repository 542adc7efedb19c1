import { budgetState, fitMicroBatch, gibText } from '../engine/index.ts';
import { memoryTable } from './explain.ts';
import type { ExitStatus } from './main.ts';
import { openConfig } from './open-config.ts';
import { ArgumentError, choiceOption, withArguments } from './options.ts';
import { paint } from './reporters/pretty.ts';

/** `batchwise fit FILE --gpu NAME`: the verdict, the largest micro batch, and the smallest changes that fit. */
export function printFit(file: string, options: Record<string, unknown>): Promise<ExitStatus> {
  return withArguments((): ExitStatus => {
    const format = choiceOption(options, 'format', ['pretty', 'json']);
    const { analysis, lineOf } = openConfig(file, options);
    const plans = analysis.plans.map((plan) => ({
      plan,
      state: budgetState({ analysis, version: 0, plan: plan.plan.name, whatIf: {}, lineOf }),
    }));
    if (plans.every(({ plan }) => plan.plan.values['hardware.gpu'] === undefined))
      throw new ArgumentError('The GPU is not known: give it with --gpu.');
    if (format === 'json') {
      const shown = plans.map(({ plan, state }) => ({
        plan: plan.plan.name,
        verdict: state.memory?.verdict ?? 'unknown',
        largestMicroBatch: state.largestMicroBatch ?? null,
        remedies: state.remedies,
      }));
      process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
      return 0;
    }
    for (const { plan, state } of plans) {
      const lines = [memoryTable(plan)];
      if (state.largestMicroBatch !== undefined)
        lines.push(`  largest micro batch that fits: ${state.largestMicroBatch}`);
      lines.push(
        ...state.remedies.map(
          (remedy) =>
            `  ${paint('green', gibText(remedy.expectedBytes).padStart(10))}  ${remedy.title}${remedy.note === '' ? '' : paint('gray', ` (${remedy.note})`)}`,
        ),
      );
      if (state.memory?.verdict === 'fits') lines.push(`  ${fitMicroBatch(analysis, plan.plan.name).message}`);
      process.stdout.write(`${lines.join('\n')}\n`);
    }
    return 0;
  });
}
