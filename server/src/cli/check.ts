import { readFileSync, writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { type Analysis, analyze, applyEdits, type FileProvider, PROJECT_FILE, type TextEdit } from '../engine/index.ts';
import { diskFiles } from './disk.ts';
import { findFiles } from './find-files.ts';
import { requireRevision, textAt } from './git.ts';
import type { ExitStatus } from './main.ts';
import { ArgumentError, choiceOption, countOption, hardwareOptions, textOption, withArguments } from './options.ts';
import { githubReport } from './reporters/github.ts';
import { jsonReport } from './reporters/json.ts';
import { junitReport } from './reporters/junit.ts';
import { prettyReport } from './reporters/pretty.ts';
import type { CheckedFile, CheckResult, Reporter } from './reporters/reporter.ts';
import { sarifReport } from './reporters/sarif.ts';

const REPORTERS = {
  pretty: prettyReport,
  json: jsonReport,
  sarif: sarifReport,
  github: githubReport,
  junit: junitReport,
} as const satisfies Record<string, Reporter>;
const FORMATS = ['pretty', 'json', 'sarif', 'github', 'junit'] as const;

/** Fixes are applied and the file analysed again until nothing safe is left, at most this often. */
const MAX_FIX_ROUNDS = 5;

export function check(paths: readonly string[], options: Record<string, unknown>): Promise<ExitStatus> {
  return withArguments(async () => {
    const started = performance.now();
    const format = choiceOption(options, 'format', FORMATS);
    const maxWarnings = countOption(options, 'maxWarnings', 0);
    const settings = checkSettings(options);
    const files = await findFiles(paths);
    const provider = diskFiles('.', projectFile(options));
    const checked = files.map((file) => checkFile(file, provider, settings)).filter(isWorthTelling);
    const result: CheckResult = { files: checked, milliseconds: Math.round(performance.now() - started) };
    process.stdout.write(REPORTERS[format](result));
    return statusOf(checked, maxWarnings);
  });
}

/** A project file is no config that was skipped: it is told of where something in it is to be mended. */
function isWorthTelling({ file, analysis, unreadable }: CheckedFile): boolean {
  return !file.endsWith(`/${PROJECT_FILE}`) || analysis?.framework !== undefined || unreadable !== undefined;
}

interface CheckSettings {
  readonly gpu: string | undefined;
  readonly gpus: number | undefined;
  readonly since: string | undefined;
  readonly fix: boolean;
}

function checkSettings(options: Record<string, unknown>): CheckSettings {
  const since = textOption(options, 'since');
  if (since !== undefined) requireRevision(since, '.');
  return { ...hardwareOptions(options), since, fix: options['fix'] === true };
}

function projectFile(options: Record<string, unknown>): string | undefined {
  const file = textOption(options, 'config');
  if (file === undefined) return undefined;
  try {
    JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ArgumentError(
      `--config ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  return file;
}

function checkFile(file: string, provider: FileProvider, settings: CheckSettings): CheckedFile {
  try {
    const text = readFileSync(file, 'utf8');
    const analysis = analyzeText(file, text, provider, settings);
    if (!settings.fix) return { file, text, analysis, unreadable: undefined, fixed: 0 };
    return fixFile(file, analysis, provider, settings);
  } catch (error) {
    return {
      file,
      text: '',
      analysis: undefined,
      unreadable: error instanceof Error ? error.message : String(error),
      fixed: 0,
    };
  }
}

function analyzeText(file: string, text: string, files: FileProvider, settings: CheckSettings): Analysis {
  const earlier = settings.since === undefined ? undefined : textAt(settings.since, file);
  return analyze({
    file,
    text,
    files,
    settings: { gpu: settings.gpu, gpus: settings.gpus, gpuOrigin: '--gpu', gpusOrigin: '--gpus' },
    ...(earlier === undefined || settings.since === undefined
      ? {}
      : { earlier: [{ label: settings.since, kind: 'head', text: earlier }] }),
  });
}

/** Only the checked file itself is written: a fix that reaches into a linked file is left to that file's own turn. */
function fixFile(file: string, first: Analysis, provider: FileProvider, settings: CheckSettings): CheckedFile {
  let analysis = first;
  let fixed = 0;
  for (let round = 0; round < MAX_FIX_ROUNDS; round += 1) {
    const fix = analysis.findings
      .flatMap((finding) => finding.fixes)
      .find((one) => one.safety === 'safe' && isOwn(one.edits, file));
    if (fix === undefined) break;
    analysis = analyzeText(file, applyEdits(analysis.text, fix.edits), provider, settings);
    fixed += 1;
  }
  if (fixed > 0) writeFileSync(file, analysis.text);
  return { file, text: analysis.text, analysis, unreadable: undefined, fixed };
}

function isOwn(edits: readonly TextEdit[], file: string): boolean {
  return edits.every((edit) => edit.file === file);
}

function statusOf(files: readonly CheckedFile[], maxWarnings: number | undefined): ExitStatus {
  if (files.some((file) => file.unreadable !== undefined)) return 2;
  const findings = files.flatMap((file) => file.analysis?.findings ?? []);
  const problems = files.flatMap((file) =>
    file.analysis?.framework === undefined ? [] : file.analysis.problems.filter((problem) => problem.kind === 'syntax'),
  );
  if (problems.length > 0 || findings.some((finding) => finding.severity === 'error')) return 1;
  const warnings = findings.filter((finding) => finding.severity === 'warning').length;
  return maxWarnings !== undefined && warnings > maxWarnings ? 1 : 0;
}
