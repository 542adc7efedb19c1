import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { analyze } from '../../server/src/engine/index.ts';
import { type Client, type ClientSetup, connect } from './connect.ts';

const GPU = 'h100-80gb';
const ABOUT_MEMORY = ['tight-gpu-memory', 'exceeds-gpu-memory'];

/** An adapter on a model of so many layers that the allocator is not simulated while somebody types. */
function training(micro: number, length: number): string {
  return `base_model: NousResearch/Meta-Llama-3.1-8B
datasets:
  - path: tatsu-lab/alpaca
    type: alpaca
adapter: lora
lora_r: 32
lora_alpha: 32
lora_target_linear: true
sequence_len: ${length}
micro_batch_size: ${micro}
gradient_accumulation_steps: 4
optimizer: adamw_torch
learning_rate: 0.0002
num_epochs: 1
bf16: true
gradient_checkpointing: false
output_dir: ./out
`;
}

function memoryRules(text: string, effort: 'quick' | 'full'): readonly string[] {
  const { findings } = analyze({
    effort,
    file: 'file:///w/train.yaml',
    text,
    languageId: 'yaml',
    files: { roots: [], read: () => ({ kind: 'missing' }), list: () => [], modelConfig: () => undefined },
    settings: { gpu: GPU, gpus: 1, severities: {}, framework: undefined },
    earlier: [],
  });
  return findings.map(({ rule }) => rule).filter((rule) => ABOUT_MEMORY.includes(rule));
}

/** A text whose verdict the walk leaves open and the simulation decides. */
function undecidedText(): { readonly text: string; readonly decided: readonly string[] } {
  for (let micro = 3; micro <= 8; micro += 1)
    for (let length = 896; length <= 2048; length += 64) {
      const text = training(micro, length);
      if (memoryRules(text, 'quick')[0] !== 'tight-gpu-memory') continue;
      const decided = memoryRules(text, 'full');
      if (decided[0] !== 'tight-gpu-memory') return { text, decided };
    }
  throw new Error('No size lies where the walk leaves the verdict open and the simulation decides it.');
}

const { text: UNDECIDED, decided: DECIDED } = undecidedText();
const SMALL = training(1, 512);

let client: Client;
let folder: string;
let refreshes = 0;

async function start(setup: ClientSetup = {}): Promise<void> {
  refreshes = 0;
  const counted = (): null => {
    refreshes += 1;
    return null;
  };
  client = await connect({
    root: pathToFileURL(folder).toString(),
    settings: { gpu: GPU, gpus: 1 },
    answers: { 'workspace/diagnostic/refresh': counted },
    ...setup,
  });
}

function uriOf(name: string): string {
  return pathToFileURL(join(folder, name)).toString();
}

async function pulled(uri: string): Promise<readonly unknown[]> {
  const report = await client.connection.sendRequest<{ items: readonly { readonly code?: unknown }[] }>(
    'textDocument/diagnostic',
    { textDocument: { uri } },
  );
  return report.items.map(({ code }) => code).filter((code) => ABOUT_MEMORY.includes(String(code)));
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'batchwise-lsp-'));
});

afterEach(async () => {
  expect(await client.stop()).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

describe('a verdict that the walk leaves open', () => {
  it('is told at once as it stands, and anew once the allocator was simulated', async () => {
    await start();
    const uri = uriOf('train.yaml');
    client.open(uri, UNDECIDED);
    expect(await pulled(uri)).toEqual(['tight-gpu-memory']);
    await expect.poll(() => refreshes, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(await pulled(uri)).toEqual(DECIDED);
  });

  it('is pushed anew to clients that do not pull', async () => {
    await start({ pull: false });
    const uri = uriOf('train.yaml');
    client.open(uri, UNDECIDED);
    const pushed = (): readonly string[] | undefined =>
      client.pushed
        .get(uri)
        ?.map(({ code }) => String(code))
        .filter((code) => ABOUT_MEMORY.includes(code));
    await expect.poll(pushed, { timeout: 20_000 }).toEqual(['tight-gpu-memory']);
    await expect.poll(pushed, { timeout: 20_000 }).toEqual(DECIDED);
  });

  it('is not worked out for a text that has changed meanwhile', async () => {
    await start();
    const [changed, later] = [uriOf('changed.yaml'), uriOf('later.yaml')];
    client.open(changed, UNDECIDED);
    expect(await pulled(changed)).toEqual(['tight-gpu-memory']);
    client.change(changed, 2, SMALL);
    expect(await pulled(changed)).toEqual([]);
    // This one's turn comes after the other's would have come.
    client.open(later, UNDECIDED);
    expect(await pulled(later)).toEqual(['tight-gpu-memory']);
    await expect.poll(() => refreshes, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(await pulled(later)).toEqual(DECIDED);
    expect(await pulled(changed)).toEqual([]);
    expect(refreshes).toBe(1);
  });

  it('is not worked out for a text that was closed meanwhile', async () => {
    await start();
    const [closed, later] = [uriOf('closed.yaml'), uriOf('later.yaml')];
    client.open(closed, UNDECIDED);
    expect(await pulled(closed)).toEqual(['tight-gpu-memory']);
    await client.connection.sendNotification('textDocument/didClose', { textDocument: { uri: closed } });
    client.open(later, UNDECIDED);
    expect(await pulled(later)).toEqual(['tight-gpu-memory']);
    await expect.poll(() => pulled(later), { timeout: 20_000 }).toEqual(DECIDED);
    expect(await pulled(closed)).toEqual([]);
  });
});
