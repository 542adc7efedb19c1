import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  CodeAction,
  CodeLens,
  CompletionItem,
  Diagnostic,
  DocumentLink,
  Hover,
  InlayHint,
  Range,
  TextEdit,
  WorkspaceEdit,
} from 'vscode-languageserver-protocol';
import { CancellationTokenSource } from 'vscode-languageserver-protocol';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { type Client, type ClientSetup, connect } from './connect.ts';

const TRAIN = `base_model: NousResearch/Meta-Llama-3.1-8B
datasets:
  - path: tatsu-lab/alpaca
    type: alpaca
sequence_len: 4096
micro_batch_size: 8
gradient_accumulation_steps: 4  # keep
optimizer: adamw_torch_fused
learning_rate: 0.00002
num_epochs: 1
max_steps: 500
warmup_steps: 1000
bf16: true
output_dir: ./out
`;

const EVERYTHING: Range = { start: { line: 0, character: 0 }, end: { line: 999, character: 0 } };

let client: Client;
let folder: string;
let uri: string;

async function start(setup: ClientSetup = {}): Promise<void> {
  client = await connect({ root: pathToFileURL(folder).toString(), settings: { gpu: 'h100-80gb', gpus: 8 }, ...setup });
}

async function pull(of = uri): Promise<Diagnostic[]> {
  const report = await client.connection.sendRequest<{ items: Diagnostic[] }>('textDocument/diagnostic', {
    textDocument: { uri: of },
  });
  return report.items;
}

async function actions(range: Range, diagnostics: Diagnostic[] = [], only?: string[]): Promise<CodeAction[]> {
  return client.connection.sendRequest('textDocument/codeAction', {
    textDocument: { uri },
    range,
    context: { diagnostics, ...(only === undefined ? {} : { only }) },
  });
}

function applied(text: string, edit: WorkspaceEdit | undefined, of = uri): string {
  const changes = (edit?.documentChanges ?? []).flatMap((change) =>
    'edits' in change && change.textDocument.uri === of ? change.edits : [],
  );
  return TextDocument.applyEdits(TextDocument.create(of, 'yaml', 1, text), changes as TextEdit[]);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'batchwise-lsp-'));
  uri = pathToFileURL(join(folder, 'train.yaml')).toString();
});

afterEach(async () => {
  expect(await client.stop()).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

describe('diagnostics', () => {
  it('are pulled, with rule, place and related places', async () => {
    await start();
    client.open(uri, TRAIN);
    const found = (await pull()).find((diagnostic) => diagnostic.code === 'warmup-outlasts-run');
    expect(found?.source).toBe('batchwise');
    expect(found?.severity).toBe(1);
    expect(found?.range).toEqual({ start: { line: 11, character: 14 }, end: { line: 11, character: 18 } });
    expect(found?.message).toContain('1,000');
    expect(found?.relatedInformation?.map((related) => related.location.range.start.line)).toContain(10);
  });

  it('follow the text as it changes', async () => {
    await start();
    client.open(uri, TRAIN);
    expect((await pull()).map((diagnostic) => diagnostic.code)).toContain('warmup-outlasts-run');
    client.change(uri, 2, TRAIN.replace('warmup_steps: 1000', 'warmup_steps: 10'));
    expect((await pull()).map((diagnostic) => diagnostic.code)).not.toContain('warmup-outlasts-run');
  });

  it('are pushed with a version to clients that do not pull', async () => {
    await start({ pull: false });
    expect(client.capabilities['diagnosticProvider']).toBeUndefined();
    client.open(uri, TRAIN);
    await expect
      .poll(() => client.pushed.get(uri)?.map((diagnostic) => diagnostic.code), { timeout: 10_000 })
      .toContain('warmup-outlasts-run');
  });

  it('are none for files that are no training config', async () => {
    await start();
    client.open(uri, 'services:\n  web:\n    image: nginx\n');
    expect(await pull()).toEqual([]);
  });

  it('obey severities of the settings and of batchwise.json', async () => {
    writeFileSync(join(folder, 'batchwise.json'), JSON.stringify({ rules: { 'exceeds-gpu-memory': 'off' } }));
    await start({ settings: { gpu: 'h100-80gb', gpus: 8, rules: { 'warmup-outlasts-run': 'hint' } } });
    client.open(uri, TRAIN);
    const found = await pull();
    expect(found.find((diagnostic) => diagnostic.code === 'warmup-outlasts-run')?.severity).toBe(4);
    expect(found.map((diagnostic) => diagnostic.code)).not.toContain('exceeds-gpu-memory');
  });

  it('obey suppression comments and report those that silence nothing', async () => {
    await start();
    client.open(
      uri,
      TRAIN.replace(
        'warmup_steps',
        '# batchwise-disable-next-line warmup-outlasts-run -- a test\nwarmup_steps',
      ).replace('bf16', '# batchwise-disable unknown-key\nbf16'),
    );
    const codes = (await pull()).map((diagnostic) => diagnostic.code);
    expect(codes).not.toContain('warmup-outlasts-run');
    expect(codes).toContain('unused-suppression');
  });

  it('tell of broken syntax in one line', async () => {
    await start();
    client.open(uri, TRAIN.replace('learning_rate: 0.00002', 'learning_rate: [0.00002'));
    const syntax = (await pull()).filter((diagnostic) => diagnostic.code === 'syntax');
    expect(syntax).toHaveLength(1);
    expect(syntax[0]?.message).not.toContain('\n');
  });

  it('compare with HEAD once the client has told its text', async () => {
    const head = TRAIN.replace('micro_batch_size: 8', 'micro_batch_size: 1').replace(
      'warmup_steps: 1000',
      'warmup_steps: 10',
    );
    await start({
      options: { headText: true, commands: true },
      answers: { 'batchwise/headText': () => ({ text: head, ref: 'HEAD' }) },
    });
    client.open(uri, TRAIN.replace('warmup_steps: 1000', 'warmup_steps: 10'));
    await expect
      .poll(async () => (await pull()).map((diagnostic) => diagnostic.code), { timeout: 10_000 })
      .toContain('batch-changed-without-lr');
  });

  it('join a linked DeepSpeed file, and follow it as it is edited beside the config', async () => {
    const linked = { bf16: { enabled: true }, zero_optimization: { stage: 3 }, train_micro_batch_size_per_gpu: 4 };
    writeFileSync(join(folder, 'ds.json'), JSON.stringify(linked));
    await start();
    client.open(uri, `${TRAIN}deepspeed: ds.json\n`);
    const before = await pull();
    expect(before.map((diagnostic) => diagnostic.code)).toContain('settings-disagree');
    const other = pathToFileURL(join(folder, 'ds.json')).toString();
    client.open(other, JSON.stringify({ ...linked, train_micro_batch_size_per_gpu: 'auto' }), 'json');
    await expect
      .poll(async () => (await pull()).map((diagnostic) => diagnostic.code), { timeout: 10_000 })
      .not.toContain('settings-disagree');
    const links = await client.connection.sendRequest<DocumentLink[]>('textDocument/documentLink', {
      textDocument: { uri },
    });
    expect(links.map((link) => link.target)).toEqual([other]);
  });
});

describe('fixes', () => {
  it('change the value and keep every other byte', async () => {
    await start();
    client.open(uri, TRAIN);
    const [diagnostic] = (await pull()).filter((one) => one.code === 'warmup-outlasts-run');
    if (diagnostic === undefined) throw new Error('no diagnostic');
    const fix = (await actions(diagnostic.range, [diagnostic])).find((action) => action.isPreferred === true);
    expect(fix?.diagnostics).toHaveLength(1);
    const after = applied(TRAIN, fix?.edit);
    expect(after).not.toBe(TRAIN);
    expect(after.replace(/warmup_steps: \d+/, '')).toBe(TRAIN.replace('warmup_steps: 1000', ''));
    client.change(uri, 2, after);
    expect((await pull()).map((one) => one.code)).not.toContain('warmup-outlasts-run');
  });

  it('offer to ignore a finding on its line', async () => {
    await start();
    client.open(uri, TRAIN);
    const [diagnostic] = (await pull()).filter((one) => one.code === 'warmup-outlasts-run');
    if (diagnostic === undefined) throw new Error('no diagnostic');
    const ignore = (await actions(diagnostic.range, [diagnostic])).find((action) => action.title.startsWith('Ignore'));
    const after = applied(TRAIN, ignore?.edit);
    expect(after).toContain('# batchwise-disable-next-line warmup-outlasts-run\nwarmup_steps: 1000');
  });

  it('offer to ignore a finding of a command above the command, which a comment would cut', async () => {
    await start();
    const script = pathToFileURL(join(folder, 'train.sh')).toString();
    const text = 'torchrun sft.py \\\n  --per_device_train_batch_size 1 \\\n  --max_steps 10 --warmup_steps 20\n';
    client.open(script, text, 'shellscript');
    const [diagnostic] = (await pull(script)).filter((one) => one.code === 'warmup-outlasts-run');
    expect(diagnostic?.range.start.line).toBe(2);
    const offered = await client.connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
      textDocument: { uri: script },
      range: EVERYTHING,
      context: { diagnostics: [] },
    });
    const ignore = offered.find((action) => action.title === 'Ignore warmup-outlasts-run in this file');
    const after = applied(text, ignore?.edit, script);
    expect(after).toBe(`# batchwise-disable warmup-outlasts-run\n${text}`);
    client.change(script, 2, after);
    expect((await pull(script)).map((one) => one.code)).not.toContain('warmup-outlasts-run');
  });

  it('of fix-all are the safe ones alone', async () => {
    await start();
    client.open(uri, TRAIN);
    const all = await actions(EVERYTHING, [], ['source.fixAll']);
    expect(all.every((action) => action.kind === 'source.fixAll.batchwise')).toBe(true);
    for (const action of all) expect(applied(TRAIN, action.edit)).toContain('warmup_steps: 1000');
  });
});

describe('scripts', () => {
  it('are checked in Python, and nothing is completed in them', async () => {
    await start();
    const script = pathToFileURL(join(folder, 'train.py')).toString();
    const text = 'args = SFTConfig(per_device_train_batch_size=1, max_steps=10, warmup_steps=20)\n';
    client.open(script, text, 'python');
    expect((await pull(script)).map((one) => one.code)).toContain('warmup-outlasts-run');
    const items = await client.connection.sendRequest<CompletionItem[] | { items: CompletionItem[] } | null>(
      'textDocument/completion',
      { textDocument: { uri: script }, position: { line: 0, character: 48 } },
    );
    expect(Array.isArray(items) ? items : (items?.items ?? [])).toEqual([]);
  });

  it('that start a config tell its size as soon as they are written', async () => {
    await start({ settings: { gpu: 'h100-80gb' } });
    const config = pathToFileURL(join(folder, 'sft.yaml')).toString();
    const text =
      'model_name_or_path: Qwen/Qwen2.5-0.5B\nper_device_train_batch_size: 2\nlearning_rate: 1e-5\nnum_train_epochs: 1\n';
    client.open(config, text);
    const labels = async () => {
      const hints = await client.connection.sendRequest<InlayHint[]>('textDocument/inlayHint', {
        textDocument: { uri: config },
        range: EVERYTHING,
      });
      return JSON.stringify(hints.map(({ label }) => label));
    };
    expect(await labels()).not.toContain('16 sequences');
    writeFileSync(join(folder, 'run.sh'), 'torchrun --nproc_per_node 8 sft.py --config sft.yaml\n');
    const uriOfScript = pathToFileURL(join(folder, 'run.sh')).toString();
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: uriOfScript, type: 1 }],
    });
    expect(await labels()).toContain('16 sequences');
  });
});

describe('language features', () => {
  beforeEach(async () => {
    await start({ options: { commands: true } });
    client.open(uri, TRAIN);
  });

  it('show the numbers the file does not hold, each linked to its place', async () => {
    const hints = await client.connection.sendRequest<InlayHint[]>('textDocument/inlayHint', {
      textDocument: { uri },
      range: EVERYTHING,
    });
    const text = hints.map((hint) =>
      typeof hint.label === 'string' ? hint.label : hint.label.map((part) => part.value).join(''),
    );
    expect(text.some((label) => label.includes('256 sequences') && label.includes('tokens/step'))).toBe(true);
    expect(text.some((label) => label.includes('8.03B parameters'))).toBe(true);
    const parts = hints.flatMap((hint) => (typeof hint.label === 'string' ? [] : hint.label));
    expect(parts.find((part) => part.value.includes('accum'))?.location?.range.start.line).toBe(6);
  });

  it('explain a key on hover', async () => {
    const hover = await client.connection.sendRequest<Hover>('textDocument/hover', {
      textDocument: { uri },
      position: { line: 5, character: 3 },
    });
    const { value } = hover.contents as { value: string };
    expect(value).toContain('micro batch');
    expect(value).toContain('activations');
  });

  it('complete keys and values from the schema', async () => {
    client.change(uri, 2, `${TRAIN}lr_sch`);
    const keys = await client.connection.sendRequest<CompletionItem[]>('textDocument/completion', {
      textDocument: { uri },
      position: { line: 14, character: 6 },
    });
    expect(keys.map((item) => item.label)).toContain('lr_scheduler');
    expect(keys.map((item) => item.label)).not.toContain('micro_batch_size');
    client.change(uri, 3, `${TRAIN}lr_scheduler: c`);
    const values = await client.connection.sendRequest<CompletionItem[]>('textDocument/completion', {
      textDocument: { uri },
      position: { line: 14, character: 15 },
    });
    expect(values.map((item) => item.label)).toContain('cosine');
  });

  it('sum up memory and batch in a lens on the first line', async () => {
    const [lens] = await client.connection.sendRequest<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
    expect(lens?.range.start.line).toBe(0);
    expect(lens?.command?.title).toMatch(
      /GPU memory [\d.]+ of 79\.2 GiB, (fits|tight|exceeds) · 256 sequences\/step · H100 80GB × 8/,
    );
  });
});

describe('the panel', () => {
  it('recomputes for a what-if and writes it as edits', async () => {
    await start({ options: { commands: true } });
    client.open(uri, TRAIN);
    const state = await client.connection.sendRequest<{
      memory: { expectedBytes: number; terms: { bytes: number; atPeak: boolean }[] };
    }>('batchwise/panel', { uri, whatIf: {} });
    const sum = state.memory.terms.filter((term) => term.atPeak).reduce((total, term) => total + term.bytes, 0);
    expect(sum / state.memory.expectedBytes).toBeCloseTo(1, 6);
    const whatIf = { 'batch.micro': 1, 'batch.gradientAccumulation': 32 };
    const tried = await client.connection.sendRequest<{ memory: { expectedBytes: number }; applicableChanges: number }>(
      'batchwise/panel',
      { uri, whatIf },
    );
    expect(tried.memory.expectedBytes).toBeLessThan(state.memory.expectedBytes);
    expect(tried.applicableChanges).toBe(2);
    const { changes } = await client.connection.sendRequest<{ changes: { edits: { text: string }[] }[] }>(
      'batchwise/apply',
      { uri, whatIf },
    );
    expect(changes[0]?.edits.map((edit) => edit.text)).toEqual(['1', '32']);
  });
});

describe('robustness', () => {
  it('cancels what nobody waits for any more', async () => {
    await start();
    client.open(uri, TRAIN);
    const source = new CancellationTokenSource();
    const asked = client.connection.sendRequest('textDocument/diagnostic', { textDocument: { uri } }, source.token);
    source.cancel();
    await expect(asked).rejects.toMatchObject({ code: -32800 });
    expect((await pull()).length).toBeGreaterThan(0);
  });

  it.each([
    ['a huge file', `a: ${'x'.repeat(5_000_000)}`],
    ['many lines', 'micro_batch_size: 1\n'.repeat(200_000)],
    [
      'an alias bomb',
      `a: &a [1,1,1,1,1,1,1,1,1]\n${'bcdefghij'
        .split('')
        .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[index]}`).join(',')}]`)
        .join('\n')}`,
    ],
    ['deep nesting', '['.repeat(10_000)],
    ['conflict markers', '<<<<<<< ours\nmicro_batch_size: 1\n=======\nmicro_batch_size: 2\n>>>>>>> theirs\n'],
    ['binary text', `base_model: \u0000\uD800\nmicro_batch_size: 1\n`],
    ['an empty file', ''],
  ])('survives %s and still serves others', async (_name, text) => {
    await start();
    const other = pathToFileURL(join(folder, 'other.yaml')).toString();
    client.open(other, text);
    await pull(other);
    client.open(uri, TRAIN);
    expect((await pull()).map((diagnostic) => diagnostic.code)).toContain('warmup-outlasts-run');
  });

  it('answers for documents it does not know', async () => {
    await start();
    expect(await pull('file:///nowhere.yaml')).toEqual([]);
    expect(
      await client.connection.sendRequest('batchwise/panel', { uri: 'file:///nowhere.yaml', whatIf: {} }),
    ).toBeNull();
  });
});
