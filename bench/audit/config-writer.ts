import type { FieldName, PlanFields } from '../../server/src/plan/index.ts';
import type { TrainingMethod } from '../../server/src/scaling/index.ts';
import { fieldsToSay, projectFile, type WrittenRun } from './written-run.ts';
import { type Entries, type Entry, yamlText } from './yaml-text.ts';

/** How a field is said: by a key, or by the entries made of it; undefined where the framework cannot say the value. */
export type Say<F extends FieldName = FieldName> =
  | string
  | ((value: PlanFields[F], run: WrittenRun) => Entries | undefined);

/** A framework's own way to write a run down, by its documentation and not by the adapter that reads it. */
export interface ConfigWriter {
  /** The adapter that the file must be recognised by. */
  readonly framework: string;
  readonly file: string;
  readonly methods: readonly TrainingMethod[];
  /** What makes the file one of the kind, and names the model and the objective. */
  readonly frame: (run: WrittenRun) => Entries;
  readonly says: { readonly [F in FieldName]?: Say<F> };
  /** Fields that follow from the others, and need not be said where they do. */
  readonly follows?: readonly FieldName[];
  /** Fields that can be said and are left unknown on purpose when read, as another scale is meant. */
  readonly unread?: readonly FieldName[];
}

/** A run as files. */
export interface WrittenConfig {
  readonly framework: string;
  readonly file: string;
  readonly text: string;
  /** The text of `batchwise.json` beside it. */
  readonly project: string;
}

/** The run as a file of the framework; undefined where it cannot say all of it. */
export function writeConfig(writer: ConfigWriter, run: WrittenRun): WrittenConfig | undefined {
  if (!writer.methods.includes(run.recipe.method)) return undefined;
  const entries: Record<string, Entry> = { ...writer.frame(run) };
  const said = new Map<string, string>();
  for (const field of fieldsToSay(run)) {
    const own = sayField(writer, field, run);
    if (own === undefined) return undefined;
    for (const [key, entry] of Object.entries(own)) {
      const text = JSON.stringify(entry);
      // One key cannot hold what two fields say.
      if (said.has(key) && said.get(key) !== text) return undefined;
      said.set(key, text);
      entries[key] = entry;
    }
  }
  return { framework: writer.framework, file: writer.file, text: yamlText(entries), project: projectFile(run) };
}

function sayField(writer: ConfigWriter, field: FieldName, run: WrittenRun): Entries | undefined {
  // The table ties each field to its own value, which a loop over fields forgets.
  const say = writer.says[field] as Say | undefined;
  const value = run.values[field];
  if (say === undefined) return writer.follows?.includes(field) === true && isConsistent(run) ? {} : undefined;
  if (value === undefined) return {};
  return typeof say === 'function' ? say(value, run) : { [say]: value as Entry };
}

/** Whether the global batch is the product of its factors, so that one of them need not be said. */
export function isConsistent({ values, ranks }: WrittenRun): boolean {
  const global = values['batch.global'];
  const micro = values['batch.micro'];
  const accumulation = values['batch.gradientAccumulation'];
  const dataRanks = ranks / ((values['parallel.tensor'] ?? 1) * (values['parallel.pipeline'] ?? 1));
  if (micro === undefined && accumulation === undefined) return true;
  return global !== undefined && global === (micro ?? 1) * (accumulation ?? 1) * (values['parallel.data'] ?? dataRanks);
}

/** A value said by a word of the framework's own. */
export function byWord(key: string, words: Readonly<Record<string, Entry>>): (value: unknown) => Entries | undefined {
  return (value) => {
    const word = words[String(value)];
    return word === undefined ? undefined : { [key]: word };
  };
}
