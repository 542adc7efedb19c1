import { readFileSync } from 'node:fs';
import { cac } from 'cac';
import { check } from './check.ts';
import { explain } from './explain.ts';
import { printFit } from './fit.ts';
import { listGpus, listModels, listRules } from './lists.ts';

/** 0 clean, 1 findings at or above the threshold, 2 could not analyse. */
export type ExitStatus = 0 | 1 | 2;

const cli = cac('batchwise');

cli
  .command('check [...paths]', 'Check training configs: files, folders or globs (default: the current folder)')
  .option('--format <name>', 'pretty, json, sarif, github or junit', { default: 'pretty' })
  .option('--fix', 'Apply safe fixes: training computes the same thing')
  .option('--max-warnings <n>', 'Exit with 1 above this many warnings')
  .option('--gpu <name>', 'GPU for configs that do not say (batchwise gpus lists them)')
  .option('--gpus <n>', 'Number of GPUs for configs that do not say')
  .option('--config <file>', 'A batchwise.json to use instead of the nearest one')
  .option('--since <ref>', 'Compare with the file at a git revision')
  .example('  batchwise check configs --gpu h100 --gpus 8')
  .example('  batchwise check "**/*.yaml" --format sarif > batchwise.sarif')
  .action((paths: readonly string[], options: Record<string, unknown>) => check(paths, options));

cli
  .command('explain <file> [field]', 'Print the plan with the origin of every value, and the memory table')
  .option('--gpu <name>', 'GPU for configs that do not say')
  .option('--gpus <n>', 'Number of GPUs for configs that do not say')
  .option('--format <name>', 'pretty or json', { default: 'pretty' })
  .action((file: string, field: string | undefined, options: Record<string, unknown>) => explain(file, field, options));

cli
  .command('fit <file>', 'Print what fits on a GPU: largest micro batch, and the smallest changes')
  .option('--gpu <name>', 'The GPU')
  .option('--gpus <n>', 'Number of GPUs')
  .option('--format <name>', 'pretty or json', { default: 'pretty' })
  .action((file: string, options: Record<string, unknown>) => printFit(file, options));

cli
  .command('rules', 'List the rules')
  .option('--format <name>', 'pretty or json', { default: 'pretty' })
  .action((options: Record<string, unknown>) => listRules(options));
cli
  .command('models [pattern]', 'List the models whose shape is known')
  .option('--format <name>', 'pretty or json', { default: 'pretty' })
  .action((pattern: string | undefined, options: Record<string, unknown>) => listModels(pattern, options));
cli
  .command('gpus [pattern]', 'List the GPUs whose memory is known')
  .option('--format <name>', 'pretty or json', { default: 'pretty' })
  .action((pattern: string | undefined, options: Record<string, unknown>) => listGpus(pattern, options));

cli.help();
cli.version(readVersion());

await run();

async function run(): Promise<void> {
  try {
    cli.parse(process.argv, { run: false });
    if (cli.matchedCommand === undefined) {
      const asked = cli.options['help'] === true || cli.options['version'] === true;
      if (!asked) fail(cli.args.length === 0 ? undefined : `Unknown command: ${cli.args.join(' ')}.`);
      return;
    }
    const status: ExitStatus | undefined = await cli.runMatchedCommand();
    process.exitCode = status ?? 0;
  } catch (error) {
    // cac's own errors are about the arguments; anything else is a bug and shows its stack.
    if (error instanceof Error && error.name === 'CACError') fail(`${error.message}.`);
    else throw error;
  }
}

function fail(message: string | undefined): void {
  if (message === undefined) cli.outputHelp();
  else process.stderr.write(`${message} batchwise --help lists the commands.\n`);
  process.exitCode = 2;
}

function readVersion(): string {
  // The bundle lies in dist/, beside package.json's folder.
  const manifest: { version?: string } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return manifest.version ?? '0.0.0';
}
