import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const CLI = resolve('dist/cli.mjs');

const BAD = `base_model: NousResearch/Meta-Llama-3.1-8B
datasets:
  - path: tatsu-lab/alpaca
    type: alpaca
sequence_len: 2048
micro_batch_size: 1
gradient_accumulation_steps: 4
learning_rate: 0.00002
max_steps: 500
warmup_steps: 1000  # from the old run
bf16: true
`;
const GOOD = BAD.replace('warmup_steps: 1000', 'warmup_steps: 10');

let folder: string;

function run(...args: readonly string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'batchwise-cli-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('exit status', () => {
  it('is 0 for a clean file, and other files are skipped and counted', () => {
    write('train.yaml', GOOD);
    write('compose.yaml', 'services:\n  web:\n    image: nginx\n');
    const { status, stdout } = run('check', '.');
    expect(status).toBe(0);
    expect(stdout).toContain('1 training config checked, 1 other file skipped');
  });

  it('counts shell scripts and Python files that train, and skips the others', () => {
    const flags = '--model_name_or_path m --per_device_train_batch_size 1 --max_steps 100 --warmup_steps 200';
    write('train.sh', `torchrun --nproc_per_node 2 sft.py ${flags}\n`);
    write('setup.sh', 'pip install torch\n');
    write(
      'train.py',
      'args = SFTConfig(\n    per_device_train_batch_size=1,\n    max_steps=100,\n    warmup_steps=200,\n)\n',
    );
    write('data.py', 'print("batch")\n');
    const { status, stdout } = run('check', '.');
    expect(status).toBe(1);
    expect(stdout).toContain('2 training configs checked, 2 other files skipped');
    expect(stdout).toContain('4:18  error  Warmup takes 200 steps and the run has 100');
    expect(stdout.match(/warmup-outlasts-run/g)).toHaveLength(2);
  });

  it('is 1 where a finding is an error', () => {
    write('train.yaml', BAD);
    expect(run('check', 'train.yaml').status).toBe(1);
  });

  it('is 1 above --max-warnings', () => {
    write('train.yaml', GOOD.replace('0.00002', '0.0002'));
    expect(run('check', '.').status).toBe(0);
    expect(run('check', '.', '--max-warnings', '0').status).toBe(1);
  });

  it.each([
    [['check', 'nowhere.yaml'], 'nowhere.yaml does not exist.'],
    [['check', '.', '--gpu', 'abacus'], '--gpu abacus is no GPU that is known'],
    [['check', '.', '--gpus', 'many'], '--gpus takes a whole number'],
    [['check', '.', '--format', 'xml'], '--format xml is none of'],
    [['check', '.', '--config', 'missing.json'], '--config missing.json cannot be read'],
    [['frobnicate'], 'Unknown command: frobnicate.'],
    [['explain', 'nowhere.yaml'], 'nowhere.yaml cannot be read'],
  ])('is 2 with one line for wrong arguments: %j', (args, message) => {
    write('train.yaml', GOOD);
    const { status, stderr } = run(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('check --format', () => {
  it('pretty: place, severity, message, rule and fixes', () => {
    write('train.yaml', BAD);
    const { stdout } = run('check', '.');
    expect(stdout).toMatch(/^train\.yaml Axolotl\n +10:15 {2}error {2}.*1,000.*500.* {2}warmup-outlasts-run\n +fix: /m);
  });

  it('json: the whole contract', () => {
    write('train.yaml', BAD);
    const report = JSON.parse(run('check', '.', '--format', 'json', '--gpu', 'h100', '--gpus', '8').stdout);
    expect(report.version).toBe(1);
    // The warmup; that 8B with all its states exceed every one of eight cards hangs on a launcher nobody names.
    expect(report.summary).toMatchObject({ files: 1, recognised: 1, errors: 1 });
    const [file] = report.files;
    expect(file).toMatchObject({ path: 'train.yaml', framework: 'axolotl', problems: [] });
    expect(file.plans[0].fields['batch.micro']).toEqual({ value: 1, origin: 'explicit', line: 6 });
    expect(file.plans[0].fields['batch.global']).toEqual({ value: 32, origin: 'inferred' });
    const { memory } = file.plans[0];
    expect(memory).toMatchObject({ gpu: 'h100-80gb', capacityBytes: 85017493504, missing: [] });
    expect(memory.lowBytes).toBeLessThanOrEqual(memory.expectedBytes);
    expect(memory.expectedBytes).toBeLessThanOrEqual(memory.highBytes);
    const finding = file.findings.find((one: { rule: string }) => one.rule === 'warmup-outlasts-run');
    expect(finding).toMatchObject({ severity: 'error', line: 10, column: 15, endLine: 10, endColumn: 19 });
    const [edit] = finding.fixes[0].edits;
    expect(BAD.slice(edit.start, edit.end)).toBe('1000');
  });

  it('json: null for a file that is no training config, problems for one that does not parse', () => {
    write('other.json', '{"a": 1}');
    write('broken.yaml', `${GOOD}lr_scheduler: [cosine\n`);
    const report = JSON.parse(run('check', '.', '--format', 'json').stdout);
    expect(report.files.map((file: { framework: string | null }) => file.framework)).toEqual(['axolotl', null]);
    expect(report.files[0].problems[0]).toMatchObject({ kind: 'syntax' });
  });

  it('sarif: rules, places in the file and levels', () => {
    write('train.yaml', BAD);
    const log = JSON.parse(run('check', '.', '--format', 'sarif').stdout);
    expect(log.version).toBe('2.1.0');
    const [{ tool, results }] = log.runs;
    const result = results.find((one: { ruleId: string }) => one.ruleId === 'warmup-outlasts-run');
    expect(result).toMatchObject({
      level: 'error',
      locations: [
        { physicalLocation: { artifactLocation: { uri: 'train.yaml' }, region: { startLine: 10, startColumn: 15 } } },
      ],
    });
    const ids = tool.driver.rules.map((rule: { id: string }) => rule.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const one of results) expect(ids).toContain(one.ruleId);
  });

  it('github: one workflow command a finding', () => {
    write('train.yaml', BAD);
    expect(run('check', '.', '--format', 'github').stdout).toMatch(
      /^::error file=train\.yaml,line=10,col=15,endLine=10,endColumn=19,title=warmup-outlasts-run::/m,
    );
  });

  it('junit: failures counted by file', () => {
    write('train.yaml', BAD);
    const { stdout } = run('check', '.', '--format', 'junit');
    expect(stdout).toContain('<testsuite name="train.yaml" tests="1" failures="1">');
    expect(stdout).toContain('<testcase name="warmup-outlasts-run"');
  });
});

describe('check', () => {
  it('--fix applies safe fixes alone and keeps every other byte', () => {
    write('train.yaml', BAD);
    run('check', '.', '--fix');
    expect(readFileSync(join(folder, 'train.yaml'), 'utf8')).toBe(BAD);
  });

  it('--since compares with a revision of git', () => {
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], { cwd: folder, stdio: 'ignore' });
    write('train.yaml', GOOD);
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'first');
    write('train.yaml', GOOD.replace('gradient_accumulation_steps: 4', 'gradient_accumulation_steps: 32'));
    expect(run('check', '.', '--gpus', '8').stdout).not.toContain('batch-changed-without-lr');
    expect(run('check', '.', '--gpus', '8', '--since', 'HEAD').stdout).toContain('batch-changed-without-lr');
    const wrong = run('check', '.', '--since', 'nowhere');
    expect(wrong).toMatchObject({ status: 2 });
    expect(wrong.stderr).toContain('is no revision that git knows');
  });

  it('--config stands in for the nearest batchwise.json', () => {
    mkdirSync(join(folder, 'ci'));
    write('train.yaml', BAD);
    write('batchwise.json', '{"rules": {"warmup-outlasts-run": "off"}}');
    write('ci/strict.json', '{"rules": {"warmup-outlasts-run": "warning"}}');
    expect(run('check', 'train.yaml').stdout).not.toContain('warmup-outlasts-run');
    expect(run('check', 'train.yaml', '--config', 'ci/strict.json').stdout).toContain('warning');
  });

  it('never reads files outside the folder it is started in', () => {
    mkdirSync(join(folder, 'inside'));
    write('ds.json', '{"train_micro_batch_size_per_gpu": 7}');
    write('inside/train.yaml', `${GOOD}deepspeed: ../ds.json\n`);
    const { stdout } = spawnSync(process.execPath, [CLI, 'check', '.', '--format', 'json'], {
      cwd: join(folder, 'inside'),
      encoding: 'utf8',
    });
    expect(stdout).not.toContain('"value": 7');
  });
});

describe('explain and fit', () => {
  it('explain prints values with origins, or one field', () => {
    write('train.yaml', GOOD);
    const whole = run('explain', 'train.yaml', '--gpu', 'h100', '--gpus', '8').stdout;
    expect(whole).toMatch(/global batch +32 sequences +micro batch × gradient accumulation × data-parallel ranks/);
    expect(whole).toMatch(/GPU memory [\d.]+ of 79\.2 GiB/);
    expect(run('explain', 'train.yaml', 'micro_batch_size').stdout).toContain('micro batch: 1 sequence');
    expect(run('explain', 'train.yaml', 'no_such').status).toBe(2);
  });

  it('fit names the largest micro batch, and asks for the GPU where it is not known', () => {
    write(
      'train.yaml',
      GOOD.replace('bf16: true', 'bf16: true\nadapter: lora\nlora_r: 16\nlora_alpha: 32\nlora_target_linear: true'),
    );
    expect(run('fit', 'train.yaml', '--gpu', 'h100', '--gpus', '1').stdout).toMatch(
      /largest micro batch that fits: \d+/,
    );
    expect(run('fit', 'train.yaml')).toMatchObject({ status: 2 });
  });
});
