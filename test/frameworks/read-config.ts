import { type Adapter, type LinkedFiles, type Reading, recognise } from '../../server/src/frameworks/index.ts';
import type { FieldName, PlanFields, Resident, Sourced } from '../../server/src/plan/index.ts';
import { describeOrigin } from '../../server/src/plan/provenance.ts';
import {
  applyEdits,
  type ConfigTree,
  formatOf,
  type Loader,
  parseText,
  setValue,
  withLoader,
} from '../../server/src/text/index.ts';

/** Files of a small workspace, by path from its root. */
export type Files = Readonly<Record<string, string>>;

export interface ReadConfig {
  readonly adapter: Adapter;
  readonly tree: ConfigTree;
  readonly reading: Reading;
  value<F extends FieldName>(field: F): PlanFields[F] | undefined;
  sourced<F extends FieldName>(field: F): Sourced<PlanFields[F]> | undefined;
  readonly residents: readonly Resident[];
}

/** Reads the first file as whichever framework recognises it; the others are there to be linked. */
export function readConfig(files: Files): ReadConfig {
  const [file] = Object.keys(files);
  if (file === undefined) throw new Error('no file given');
  const parsed = parse(file, files);
  if (parsed === undefined) throw new Error(`${file} has no known format`);
  const recognition = recognise(file, parsed);
  if (recognition === undefined) throw new Error(`${file} was not recognised`);
  const { adapter } = recognition;
  const plain = withLoader(parsed, 'pyyaml');
  const tree = withLoader(parsed, adapter.loader(plain));
  const reading = adapter.read({ file, tree, linked: linkedFiles(files) });
  const plan = reading.plans[0]?.plan;
  return {
    adapter,
    tree,
    reading,
    value: (field) => plan?.values[field]?.value,
    sourced: (field) => plan?.values[field],
    residents: plan?.residents ?? [],
  };
}

/** Only whether and as what a file is recognised. */
export function recognisedAs(file: string, text: string): string | undefined {
  const parsed = parse(file, { [file]: text });
  return parsed === undefined ? undefined : recognise(file, parsed)?.adapter.id;
}

/** The text after the adapter's own edit of a field, or undefined where the format cannot say it. */
export function rewritten(
  files: Files,
  edit: Parameters<Adapter['write']>[0],
): Readonly<Record<string, string>> | undefined {
  const { adapter, tree, reading } = readConfig(files);
  const plan = reading.plans[0];
  if (plan === undefined) return undefined;
  const edits = adapter.write(edit, plan);
  if (edits === undefined) return undefined;
  const texts: Record<string, string> = {};
  for (const keyEdit of edits) {
    if (!('to' in keyEdit)) return undefined;
    const target = keyEdit.file === tree.file ? tree : treeOf(keyEdit.file, files, 'json');
    const textEdits = target === undefined ? undefined : setValue(target, keyEdit.path, keyEdit.to);
    if (target === undefined || textEdits === undefined) return undefined;
    texts[keyEdit.file] = applyEdits(target.text, textEdits);
  }
  return texts;
}

/** A plan as lines of field, value and where it came from, aligned: what a snapshot shows. */
export function planTable({ reading, tree }: ReadConfig): string {
  const rows = reading.plans.flatMap(({ plan }) =>
    Object.entries(plan.values).map(([field, sourced]) => [
      field,
      JSON.stringify(sourced.value),
      originOf(sourced, tree.file),
    ]),
  );
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(([field = '', value = '', origin = '']) =>
      `${field.padEnd(widths[0] ?? 0)}  ${value.padEnd(widths[1] ?? 0)}  ${origin}`.trimEnd(),
    )
    .sort()
    .join('\n');
}

/** Issues as `kind key effect data`, for short expectations. */
export function issueLines({ reading }: ReadConfig): readonly string[] {
  return reading.issues.map((issue) =>
    [issue.kind, issue.key, issue.effect, ...Object.values(issue.data).map(String)].join(' | '),
  );
}

function originOf(sourced: Sourced<unknown>, main: string): string {
  const origin = sourced.origin === 'explicit' && sourced.at.file !== main ? sourced.at.file : describeOrigin(sourced);
  const losers = (sourced.overridden ?? []).map((loser) => JSON.stringify(loser.value)).join(', ');
  return losers === '' ? origin : `${origin}; over ${losers}`;
}

function linkedFiles(files: Files): LinkedFiles {
  const resolve = (from: string, path: string): string => {
    const folder = from.includes('/') ? from.slice(0, from.lastIndexOf('/') + 1) : '';
    return Object.hasOwn(files, folder + path) ? folder + path : path;
  };
  return {
    resolve: (from, path) => ({ file: resolve(from, path), found: Object.hasOwn(files, resolve(from, path)) }),
    open: (from, path, loader) => treeOf(resolve(from, path), files, loader),
  };
}

function treeOf(file: string, files: Files, loader: Loader): ConfigTree | undefined {
  const parsed = parse(file, files);
  return parsed === undefined ? undefined : withLoader(parsed, loader);
}

function parse(file: string, files: Files) {
  const format = formatOf(file);
  const text = files[file];
  return format === undefined || text === undefined ? undefined : parseText(file, text, format);
}

/** Slots of messages that would be cut where a problem is told: what is needed and expected has room for 40 letters. */
export function cutTexts({ reading }: ReadConfig): readonly string[] {
  return reading.issues
    .flatMap(({ data }) => [data['requires'], data['expected']])
    .filter((text): text is string => typeof text === 'string' && text.length > 40);
}
