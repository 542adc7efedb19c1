import fc from 'fast-check';
import type { ConfigPath, Format } from '../../server/src/text/index.ts';

/** Formats made for configs; scripts have tests of their own. */
export type ConfigFormat = Exclude<Format, 'shell' | 'python'>;

/** A config as someone might have written it, with the paths of its scalars. */
export interface Sample {
  readonly text: string;
  readonly paths: readonly ConfigPath[];
}

interface Leaf {
  readonly key: string;
  readonly written: string;
}

interface Section {
  readonly key: string;
  readonly leaves: readonly Leaf[];
  readonly flow: boolean;
}

interface Layout {
  readonly lineBreak: string;
  readonly step: string;
  readonly comments: boolean;
  readonly blankLines: boolean;
  readonly finalBreak: boolean;
}

const WRITTEN: Readonly<Record<ConfigFormat, readonly string[]>> = {
  yaml: ['1', '2e-5', '2.0e-05', '0.0001', 'cosine', "'x'", '"y z"', 'true', 'Yes', '70_000', '[1, 2]', '', '~', '1.5'],
  json: ['1', '2e-5', '2.0E-05', '0.0001', '"auto"', 'true', 'null', '[1, 2]', '{}', '[]'],
  toml: ['1', '2e-5', '0.0001', '"auto"', "'lit'", 'true', '[1, 2]', '70_000', '{ x = 1 }'],
};

const KEYS = ['lr', 'learning_rate', 'batch', 'warmup-steps', 'seq_len', 'name', 'a', 'b'];

export function sampleOf(format: ConfigFormat): fc.Arbitrary<Sample> {
  const leaf = fc.record({ key: fc.constantFrom(...KEYS), written: fc.constantFrom(...WRITTEN[format]) });
  const leaves = fc.uniqueArray(leaf, { minLength: 1, maxLength: 4, selector: ({ key }) => key });
  const section = fc.record({ key: fc.constantFrom('model', 'optim', 'data', 'trainer'), leaves, flow: fc.boolean() });
  const layout = fc.record({
    lineBreak: fc.constantFrom('\n', '\r\n'),
    step: fc.constantFrom('  ', '    '),
    comments: fc.boolean(),
    blankLines: fc.boolean(),
    finalBreak: fc.boolean(),
  });
  return fc
    .record({ leaves, sections: fc.uniqueArray(section, { maxLength: 3, selector: ({ key }) => key }), layout })
    .map(({ leaves: top, sections, layout: form }) => ({
      text: WRITERS[format](top, sections, form),
      paths: [
        ...top.map(({ key }) => [key]),
        ...sections.flatMap(({ key, leaves: inner }) => inner.map((item) => [key, item.key])),
      ],
    }));
}

type Writer = (top: readonly Leaf[], sections: readonly Section[], layout: Layout) => string;

const WRITERS: Readonly<Record<ConfigFormat, Writer>> = { yaml: writeYaml, json: writeJson, toml: writeToml };

function writeYaml(top: readonly Leaf[], sections: readonly Section[], layout: Layout): string {
  const line = ({ key, written }: Leaf) => `${key}: ${written}`.trimEnd();
  const lines = top.map(line);
  for (const { key, leaves, flow } of sections) {
    if (flow) lines.push(`${key}: {${leaves.map(line).join(', ')}}`);
    else lines.push(`${key}:`, ...leaves.map((leaf) => layout.step + line(leaf)));
  }
  return joined(lines, layout, ' # note');
}

function writeToml(top: readonly Leaf[], sections: readonly Section[], layout: Layout): string {
  const line = ({ key, written }: Leaf) => `${key} = ${written}`;
  const lines = top.map(line);
  for (const { key, leaves, flow } of sections.toSorted((a, b) => Number(b.flow) - Number(a.flow))) {
    if (flow) lines.push(`${key} = { ${leaves.map(line).join(', ')} }`);
    else lines.push(`[${key}]`, ...leaves.map(line));
  }
  return joined(lines, layout, ' # note');
}

function writeJson(top: readonly Leaf[], sections: readonly Section[], layout: Layout): string {
  const line = ({ key, written }: Leaf) => `"${key}": ${written}`;
  const { step, lineBreak } = layout;
  const members = top.map((leaf) => step + line(leaf));
  for (const { key, leaves, flow } of sections) {
    const inner = leaves.map(line);
    const laidOut = inner.map((item) => step + step + item).join(`,${lineBreak}`);
    members.push(
      `${step}"${key}": ${flow ? `{ ${inner.join(', ')} }` : `{${lineBreak}${laidOut}${lineBreak}${step}}`}`,
    );
  }
  const body = members.join(`,${layout.comments ? ' // note' : ''}${lineBreak}`);
  return `{${lineBreak}${body}${lineBreak}}${layout.finalBreak ? lineBreak : ''}`;
}

function joined(lines: readonly string[], layout: Layout, comment: string): string {
  const { lineBreak, comments, blankLines, finalBreak } = layout;
  const noted = lines.map((line, index) => (comments && index % 2 === 0 ? line + comment : line));
  const spaced = noted.flatMap((line, index) => (blankLines && index % 3 === 2 ? ['', line] : [line]));
  return spaced.join(lineBreak) + (finalBreak ? lineBreak : '');
}
