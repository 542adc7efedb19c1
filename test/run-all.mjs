/**
 * Builds and tests the whole project.
 *
 *   node test/run-all.mjs                every step
 *   node test/run-all.mjs check unit     only these: build, package, check, unit, e2e
 *
 * Ends with the one line "N passed, N failed", and ", N skipped" where this machine lacks what some tests need.
 * With CI=true nothing may be skipped: what cannot run has failed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(projectRoot);
process.env.PATH = join(projectRoot, 'node_modules/.bin') + delimiter + process.env.PATH;

const steps = {
  build: () => check('node esbuild.mjs'),
  package: () =>
    check(
      'vsce package --no-dependencies --allow-missing-repository --no-rewrite-relative-links -o dist/batchwise.vsix',
    ),
  check: () => sum(['biome check', 'tsc -b', 'knip'].map(check)),
  unit: () => vitest('unit', ''),
  e2e: () =>
    existsSync('dist/batchwise.vsix')
      ? endToEnd()
      : failed('dist/batchwise.vsix is missing, so there is nothing to drive.'),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in steps));
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(', ')}. The steps are ${Object.keys(steps).join(', ')}.`);
  process.exit(2);
}

const total = sum(
  Object.entries(steps)
    .filter(([name]) => asked.length === 0 || asked.includes(name))
    .map(([name, step]) => timed(name, step)),
);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 ? 1 : 0;

function timed(name, step) {
  console.log(`\n== ${name}`);
  const started = Date.now();
  const count = step();
  console.log(
    `== ${name}: ${count.passed} passed, ${count.failed} failed, ${Math.round((Date.now() - started) / 1000)} s`,
  );
  return count;
}

function failed(reason) {
  console.log(`-- ${reason}`);
  return { passed: 0, failed: 1, skipped: 0 };
}

/** A command that counts as one test. */
function check(command) {
  console.log(`-- ${command}`);
  const passed = shell(command) === 0;
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}

/** The tests of the built product, less those whose program this machine lacks. */
function endToEnd() {
  const lacking = [
    ...unless(canOpenVsCode(), /^vscode/, 'VS Code cannot be started here'),
    ...unless(shell('nvim --version', 'ignore') === 0, /^neovim/, 'Neovim (nvim) is not installed'),
  ];
  const files = readdirSync('test/e2e').filter((file) => file.endsWith('.test.ts'));
  const left = files.filter((file) => lacking.some(({ tests }) => tests.test(file)));
  for (const { reason } of lacking) console.log(`-- ${reason}; its tests did not run.`);

  const notRun =
    process.env.CI === 'true'
      ? { passed: 0, failed: left.length, skipped: 0 }
      : { passed: 0, failed: 0, skipped: left.length };
  const runnable = files.filter((file) => !left.includes(file));
  if (runnable.length === 0) return notRun;
  return sum([
    notRun,
    vitest('e2e', `--config vitest.e2e.config.ts ${runnable.map((file) => `test/e2e/${file}`).join(' ')}`),
  ]);
}

function unless(present, tests, reason) {
  return present ? [] : [{ tests, reason }];
}

function canOpenVsCode() {
  return shell('node esbuild.mjs run test/e2e/host/install.ts') === 0;
}

function vitest(name, options) {
  const report = join('node_modules/.cache/batchwise', `${name}-tests.json`);
  mkdirSync(dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const status = shell(`vitest run ${options} --reporter=default --reporter=json --outputFile.json=${report}`);
  const count = existsSync(report)
    ? countTests(JSON.parse(readFileSync(report, 'utf8')))
    : { passed: 0, failed: 0, skipped: 0 };
  // Unhandled errors and crashes fail the run without failing a test.
  return status !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
}

/** A file that could not be loaded, or whose preparation failed, has no failed test and counts as one. */
function countTests(report) {
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function sum(counts) {
  return counts.reduce(
    (a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

function shell(command, stdio = 'inherit') {
  return spawnSync(command, { shell: true, stdio }).status ?? 1;
}
