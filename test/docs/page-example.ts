import { type Analysis, type AnalyzeRequest, analyze, PROJECT_FILE } from '../../server/src/engine/index.ts';

/**
 * One example of a rule's page: ```yaml axolotl fires=rule-id gpu=h100-80gb gpus=8. The words after the framework:
 * `fires=ID` or `quiet`, `before` (the text at HEAD that the examples below are compared with), `gpu` and `gpus`, and the
 * data set's `examples`, `meanTokens` and `tokens` as batchwise.json states them.
 */
export interface PageExample {
  readonly language: string;
  readonly framework: string;
  readonly words: ReadonlyMap<string, string>;
  readonly text: string;
  /** The block marked `before` above this one. */
  readonly before: string | undefined;
}

const EXTENSION: Readonly<Record<string, string>> = { yaml: 'yaml', json: 'json', toml: 'toml' };
const DATASET_WORDS = ['examples', 'meanTokens', 'tokens'] as const;
const FOLDER = '/project/';

/** The examples of a page, those marked `before` left out. */
export function examplesOf(page: string): readonly PageExample[] {
  let before: string | undefined;
  return [...page.matchAll(/^```(\w+) ([\w-]+) (.+)\n([\s\S]*?)^```$/gm)].flatMap((match): PageExample[] => {
    const [, language = '', framework = '', attributes = '', text = ''] = match;
    const words = new Map(attributes.split(' ').map((word) => [word.split('=')[0] ?? '', word.split('=')[1] ?? '']));
    if (words.has('before')) {
      before = text;
      return [];
    }
    return [{ language, framework, words, text, before }];
  });
}

/** The example as the engine sees it. */
export function analyzeExample(example: PageExample): Analysis {
  return analyze(requestOf(example));
}

/** What the engine is asked about an example. */
export function requestOf({ language, framework, words, text, before }: PageExample): AnalyzeRequest {
  const gpus = words.get('gpus');
  const dataset = DATASET_WORDS.flatMap((word) => (words.has(word) ? [[word, Number(words.get(word))] as const] : []));
  const project = dataset.length === 0 ? undefined : JSON.stringify({ dataset: Object.fromEntries(dataset) });
  return {
    file: `${FOLDER}${words.get('file') ?? `example.${EXTENSION[language] ?? language}`}`,
    text,
    files: {
      roots: [FOLDER.slice(0, -1)],
      read: (file) =>
        project !== undefined && file === `${FOLDER}${PROJECT_FILE}`
          ? { kind: 'text', text: project }
          : { kind: 'missing' },
    },
    settings: { framework, gpu: words.get('gpu'), gpus: gpus === undefined ? undefined : Number(gpus) },
    ...(before === undefined ? {} : { earlier: [{ label: 'HEAD', kind: 'head', text: before }] }),
  };
}
