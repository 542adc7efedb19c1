import { describe, expect, it } from 'vitest';
import { type Analysis, analyze, type FileProvider } from '../../server/src/engine/index.ts';

type Workspace = Readonly<Record<string, string>>;

function provider(files: Workspace): FileProvider {
  const names = Object.keys(files);
  const list = (folder: string) => [
    ...new Set(
      names
        .filter((name) => name.startsWith(`${folder}/`))
        .map((name) => name.slice(folder.length + 1).split('/')[0] ?? ''),
    ),
  ];
  return {
    roots: ['/w'],
    list,
    read: (file) => {
      const text = files[file];
      return text === undefined ? { kind: 'missing' } : { kind: 'text', text };
    },
  };
}

/** Analyses the first file with the others beside it. */
function analysisOf(files: Workspace): Analysis {
  const [file = ''] = Object.keys(files);
  return analyze({ file, text: files[file] ?? '', files: provider(files), settings: {} });
}

/** Disagreements, as severity, the text they are shown at, and the message. */
function disagreements(files: Workspace): readonly (readonly string[])[] {
  const { findings, text } = analysisOf(files);
  return findings
    .filter(({ rule }) => rule === 'settings-disagree')
    .map(({ severity, at, message }) => [severity, text.slice(at.start, at.end), message]);
}

const TRAINER = `model_name_or_path: Qwen/Qwen2.5-7B
per_device_train_batch_size: 2
learning_rate: 1.0e-5
num_train_epochs: 1
bf16: true
deepspeed: ds.json
`;

const DEEPSPEED = `{
  "train_micro_batch_size_per_gpu": "auto",
  "gradient_accumulation_steps": "auto",
  "gradient_clipping": "auto",
  "zero_optimization": { "stage": 2 }
}`;

const stating = (key: string, value: number): string => DEEPSPEED.replace(`"${key}": "auto"`, `"${key}": ${value}`);

describe('a trainer and the DeepSpeed config it names', () => {
  it('agree where the config leaves everything to the trainer', () => {
    expect(disagreements({ '/w/sft.yaml': TRAINER, '/w/ds.json': DEEPSPEED })).toEqual([]);
  });

  it('disagree where both write a value', () => {
    const files = { '/w/sft.yaml': TRAINER, '/w/ds.json': stating('train_micro_batch_size_per_gpu', 4) };
    expect(disagreements(files)).toEqual([
      ['error', '2', 'The micro batch is 2 in sft.yaml and 4 in ds.json: the run stops at start.'],
    ]);
  });

  it("disagree where the config's value is not the trainer's default, at the key that names the config", () => {
    const files = { '/w/sft.yaml': TRAINER, '/w/ds.json': stating('gradient_accumulation_steps', 4) };
    expect(disagreements(files)).toEqual([
      [
        'error',
        'ds.json',
        'The gradient accumulation is 4 in ds.json and 1 by default in the trainer, which must agree: the run stops at start.',
      ],
    ]);
  });

  it.each([
    ['gradient_clipping', 1, 0],
    ['gradient_clipping', 0.5, 1],
    ['gradient_accumulation_steps', 1, 0],
  ])('compare %s: %s with the default', (key, value, count) => {
    expect(disagreements({ '/w/sft.yaml': TRAINER, '/w/ds.json': stating(key, value) })).toHaveLength(count);
  });

  it('stop the run as well where the config stands in the file itself', () => {
    const inline = TRAINER.replace('ds.json', '{train_micro_batch_size_per_gpu: 4, zero_optimization: {stage: 2}}');
    expect(disagreements({ '/w/sft.yaml': inline })[0]?.[2]).toMatch(
      /^The micro batch is 2 .*the run stops at start\.$/,
    );
  });

  it('say so once for each setting, with every place', () => {
    const config = stating('train_micro_batch_size_per_gpu', 4).replace(
      '"gradient_clipping": "auto"',
      '"gradient_clipping": 5',
    );
    const files = { '/w/sft.yaml': TRAINER, '/w/ds.json': config };
    const found = analysisOf(files).findings.filter(({ rule }) => rule === 'settings-disagree');
    expect(found).toHaveLength(2);
    for (const finding of found) expect(finding.related?.some(({ at }) => at.file === '/w/ds.json')).toBe(true);
  });
});
