/**
 * npm run bench:speed -- [--json]
 *
 * How fast the engine, the bundled server and the bundled command line are on this machine at its present load, on the
 * examples and, where it is there, the corpus (../shared/corpus, or $BATCHWISE_CORPUS). yaml-language-server is timed
 * beside the server where it is installed. The bundles are those of `npm run build`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { globSync } from 'tinyglobby';
import { diskFiles, slashed } from '../server/src/cli/disk.ts';
import { analyze } from '../server/src/engine/index.ts';
import { measureSpeed } from './memory-speed.ts';
import { type ServerTimes, timeServer } from './timed-server.ts';

const CORPUS = process.env['BATCHWISE_CORPUS'] ?? '../shared/corpus';
const BUNDLES = ['dist/server.mjs', 'dist/cli.mjs', 'dist/client.cjs', 'dist/panel.js', 'dist/server.browser.js'];
const EXTENSION = 'dist/batchwise.vsix';
const YAML_SERVER = 'node_modules/.bin/yaml-language-server';
const OPEN_FILES = 200;

await main();

async function main(): Promise<void> {
  const files = configFiles();
  const report = {
    files: files.length,
    engine: engineTimes(files),
    memory: measureSpeed(),
    servers: await serverTimes(files.slice(0, OPEN_FILES)),
    commandLine: commandLineTimes(),
    sizes: [...BUNDLES, EXTENSION].filter(existsSync).map((file) => ({ file, bytes: statSync(file).size })),
  };
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  else print(report);
}

/** The examples, and a spread over the corpus. */
function configFiles(): string[] {
  const examples = globSync('examples/**/*.{yaml,yml,json,toml}', { absolute: true });
  if (!existsSync(CORPUS)) return examples;
  const corpus = globSync(`${slashed(CORPUS)}/**/*.{yaml,yml,json,toml}`, { absolute: true }).sort();
  const step = Math.max(1, Math.floor(corpus.length / OPEN_FILES));
  return [...examples, ...corpus.filter((_, index) => index % step === 0)];
}

interface Quantiles {
  readonly medianMs: number;
  readonly p95Ms: number;
}

/** An analysis as an editor asks for it, with all its findings and fixes but no file read. */
function engineTimes(files: readonly string[]): Quantiles & { readonly recognised: number } {
  const provider = diskFiles('.');
  const texts = files.map((file) => ({ file: slashed(file), text: readFileSync(file, 'utf8') }));
  const run = ({ file, text }: { readonly file: string; readonly text: string }): boolean => {
    const analysis = analyze({ file, text, files: provider, settings: { gpu: 'h100-80gb' }, effort: 'quick' });
    return analysis.framework !== undefined;
  };
  for (const one of texts) run(one);
  let recognised = 0;
  const times = texts.map((one) => {
    const started = performance.now();
    if (run(one)) recognised += 1;
    return performance.now() - started;
  });
  return { ...quantiles(times), recognised };
}

interface ServerLine {
  readonly server: string;
  readonly startMs: number;
  readonly keystrokeMedianMs: number;
  readonly keystrokeP95Ms: number;
  readonly residentMiB: number | null;
}

async function serverTimes(files: readonly string[]): Promise<ServerLine[]> {
  const lines: ServerLine[] = [];
  if (existsSync('dist/server.mjs'))
    lines.push(lineOf('batchwise', await timeServer([process.execPath, 'dist/server.mjs', '--stdio'], files)));
  const yaml = files.filter((file) => /\.ya?ml$/.test(file));
  if (existsSync(YAML_SERVER))
    lines.push(lineOf('yaml-language-server', await timeServer([YAML_SERVER, '--stdio'], yaml)));
  return lines;
}

function lineOf(server: string, { startMs, editMs, residentBytes }: ServerTimes): ServerLine {
  const { medianMs, p95Ms } = quantiles(editMs);
  return {
    server,
    startMs: rounded(startMs),
    keystrokeMedianMs: medianMs,
    keystrokeP95Ms: p95Ms,
    residentMiB: residentBytes === undefined ? null : Math.round(residentBytes / 2 ** 20),
  };
}

function commandLineTimes(): { readonly files: number; readonly filesASecond: number } | null {
  if (!existsSync('dist/cli.mjs')) return null;
  const folder = existsSync(CORPUS) ? CORPUS : 'examples';
  const started = performance.now();
  const { stdout } = spawnSync(process.execPath, ['dist/cli.mjs', 'check', folder, '--format', 'json'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  const seconds = (performance.now() - started) / 1000;
  // The report's own contract; an empty one means that the command line failed.
  const summary = stdout === '' ? undefined : (JSON.parse(stdout) as { summary: { files: number } }).summary;
  const files = summary?.files ?? 0;
  return { files, filesASecond: rounded(files / seconds) };
}

function quantiles(times: readonly number[]): Quantiles {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number =>
    rounded(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return { medianMs: at(0.5), p95Ms: at(0.95) };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function print(report: object): void {
  for (const [name, value] of Object.entries(report)) {
    console.log(`\n${name}`);
    if (typeof value === 'object' && value !== null) console.table(Array.isArray(value) ? value : [value]);
    else console.log(value);
  }
}
