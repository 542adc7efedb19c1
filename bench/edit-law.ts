import {
  type Analysis,
  analyze,
  applyEdits,
  type FieldName,
  type FileProvider,
  type FileState,
  KEY_RULES,
  type PlanAnalysis,
  RULES,
  setField,
  type TextEdit,
} from '../server/src/engine/index.ts';
import { isWritable } from '../server/src/frameworks/kit/read-keys.ts';
import { follows } from './edit-followers.ts';
import { type Read, strayChange } from './edit-places.ts';
import { otherValues, sameValue } from './edit-values.ts';

/** What an edit that was written does wrong. */
export type Breach =
  /** Nothing was to be changed, although the file says something else. */
  | 'changes nothing'
  /** The file is no longer known, or the plan is gone. */
  | 'plan lost'
  /** The field is unknown after the edit. */
  | 'field lost'
  | 'reads otherwise'
  /** The value is right, but nothing in the file says so. */
  | 'not stated'
  | 'new syntax problem'
  /** The framework would refuse or drop what was written. */
  | 'new key issue'
  /** A field whose text was not touched reads as something else. */
  | 'moves another field'
  | 'edits overlap'
  /** Text or values of other keys than the field's own and its twins' change. */
  | 'touches another key'
  /** Left to itself, the file is now taken for another framework's. */
  | 'known otherwise'
  | 'comment lost'
  /** The same edit once more would change the text again. */
  | 'not settled';

export interface Trial {
  readonly plan: string;
  readonly field: FieldName;
  readonly to: unknown;
  readonly key: string;
  readonly outcome: 'refused' | 'correct' | Breach;
  /** Of a refusal the reason, of a breach what was written. */
  readonly detail: string;
}

const QUIET = Object.fromEntries([...RULES, ...KEY_RULES].map(({ id }) => [id, 'off' as const]));

/** Analyses without findings, which an edit is not measured by. */
export function readFile(file: string, text: string, files: FileProvider, framework?: string): Analysis {
  return analyze({ file, text, files, settings: { severities: QUIET, framework } });
}

/** Tries other values for every field that has a key to write, and holds each written edit to the law. */
export function tryEdits(
  file: string,
  text: string,
  files: FileProvider,
  wanted: (trial: Pick<Trial, 'field' | 'key' | 'to'> & { readonly framework: string | undefined }) => boolean = () =>
    true,
): { readonly analysis: Analysis; readonly trials: readonly Trial[] } {
  const analysis = readFile(file, text, files);
  const trials: Trial[] = [];
  for (const plan of analysis.plans) {
    for (const [field, place] of plan.places) {
      if (!isWritable(place.row)) continue;
      const key = place.path.join('.');
      for (const to of otherValues(field, plan.plan.values[field]?.value)) {
        if (!wanted({ field, key, to, framework: analysis.framework?.id })) continue;
        const { outcome, detail } = tryEdit(analysis, plan, field, to, files);
        trials.push({ plan: plan.plan.name, field, to, key, outcome, detail });
      }
    }
  }
  return { analysis, trials };
}

type Outcome = Pick<Trial, 'outcome' | 'detail'>;

function tryEdit(
  before: Analysis,
  plan: PlanAnalysis,
  field: FieldName,
  to: ReturnType<typeof otherValues>[number],
  files: FileProvider,
): Outcome {
  const edit = setField(field, to);
  const written = plan.tryWrite([edit]);
  if (written.edits === undefined) return { outcome: 'refused', detail: written.why };
  const { edits } = written;
  if (edits.length === 0) return { outcome: 'changes nothing', detail: said(plan, field) };
  if (overlap(edits)) return { outcome: 'edits overlap', detail: shown(edits) };
  const edited = withEdits(before.file, before.text, files, edits);
  const after = readFile(before.file, edited.text, edited.files);
  if (after.framework?.id !== before.framework?.id)
    return { outcome: 'known otherwise', detail: `${shown(edits)}: ${after.framework?.id ?? 'unknown'}` };
  const places = [plan.places.get(field) ?? [], plan.twins?.get(field) ?? []].flat();
  const stray = strayChange({ analysis: before, files }, { analysis: after, files: edited.files }, places, edits);
  if (stray !== undefined) return { outcome: 'touches another key', detail: `${shown(edits)}: ${stray}` };
  const outcome = breachOf({ analysis: before, files }, after, plan, { field, to }, edits);
  return outcome ?? { outcome: 'correct', detail: '' };
}

function breachOf(
  read: Read,
  after: Analysis,
  plan: PlanAnalysis,
  { field, to }: Pick<Trial, 'field'> & { readonly to: ReturnType<typeof otherValues>[number] },
  edits: readonly TextEdit[],
): Outcome | undefined {
  const before = read.analysis;
  const text = shown(edits);
  const now = after.plans.find((other) => other.plan.name === plan.plan.name);
  if (after.problems.length > before.problems.length) return { outcome: 'new syntax problem', detail: text };
  if (now === undefined) return { outcome: 'plan lost', detail: text };
  const sourced = now.plan.values[field];
  const told = `${text} then ${said(now, field)}`;
  if (sourced === undefined) return { outcome: 'field lost', detail: told };
  if (!sameValue(sourced.value, to)) return { outcome: 'reads otherwise', detail: told };
  if (sourced.origin === 'setting') return { outcome: 'not stated', detail: told };
  if (commentsOf(after) < commentsOf(before)) return { outcome: 'comment lost', detail: told };
  const moved =
    movedField(read, plan, now, field, edits) ??
    movedElsewhere(read, after, plan, field, edits) ??
    wokenField(after, plan, now, field, edits);
  if (moved !== undefined) return { outcome: 'moves another field', detail: `${text}: ${moved}` };
  const issue = newIssue(before, after, field);
  if (issue !== undefined) return { outcome: 'new key issue', detail: `${text}: ${issue}` };
  const again = now.write([setField(field, to)]);
  if (again === undefined || again.length > 0)
    return { outcome: 'not settled', detail: `${told}, again ${again === undefined ? 'refused' : shown(again)}` };
  return undefined;
}

/** Explicit values whose own text was not edited keep their value. */
function movedField(
  { analysis: before, files }: Read,
  plan: PlanAnalysis,
  now: PlanAnalysis,
  edited: FieldName,
  edits: readonly TextEdit[],
): string | undefined {
  for (const [name, was] of Object.entries(plan.plan.values)) {
    // The keys of a plan's values are field names.
    const field = name as FieldName;
    if (field === edited || was.origin !== 'explicit') continue;
    const { file, start, end } = was.at;
    if (edits.some((edit) => edit.file === file && edit.start <= end && edit.end >= start)) continue;
    if (follows(field, edited) || keyOf(plan, field) === keyOf(plan, edited)) continue;
    const is = now.plan.values[field];
    if (is !== undefined && sameValue(is.value, was.value)) continue;
    const source = textOf(file === before.file ? { kind: 'text', text: before.text } : files.read(file)).slice(
      start,
      end,
    );
    // A reference repeats whatever the edited key says.
    if (source.includes('${')) continue;
    return `${field} ${JSON.stringify(was.value)} (${source.slice(0, 40)}) reads ${JSON.stringify(is?.value)}`;
  }
  return undefined;
}

function textOf(state: FileState): string {
  return state.kind === 'text' ? state.text : '';
}

/** As `movedField`, in the file's other plans, whose own key this may be as well. */
function movedElsewhere(
  before: Read,
  after: Analysis,
  plan: PlanAnalysis,
  edited: FieldName,
  edits: readonly TextEdit[],
): string | undefined {
  for (const other of before.analysis.plans) {
    if (other.plan.name === plan.plan.name) continue;
    const now = after.plans.find(({ plan: { name } }) => name === other.plan.name);
    if (now === undefined) return `plan ${other.plan.name} is gone`;
    const moved = movedField(before, other, now, edited, edits);
    if (moved !== undefined) return `plan ${other.plan.name}: ${moved}`;
  }
  return undefined;
}

/** A field that nothing stated, which text that was there all along now states. */
function wokenField(
  after: Analysis,
  plan: PlanAnalysis,
  now: PlanAnalysis,
  edited: FieldName,
  edits: readonly TextEdit[],
): string | undefined {
  const own = editedRanges(after.file, edits);
  for (const [name, is] of Object.entries(now.plan.values)) {
    // The keys of a plan's values are field names.
    const field = name as FieldName;
    if (field === edited || is.origin !== 'explicit' || is.at.file !== after.file) continue;
    if (plan.plan.values[field]?.origin === 'explicit' || follows(field, edited)) continue;
    const { start, end } = is.at;
    if (own.some((range) => range.start <= end && range.end >= start)) continue;
    if (after.text.slice(start, end).includes('${')) continue;
    return `${field}, ${said(plan, field)}, reads ${JSON.stringify(is.value)} (${after.text.slice(start, end).slice(0, 40)})`;
  }
  return undefined;
}

/** Where the text of edits stands once all of them are in. */
function editedRanges(file: string, edits: readonly TextEdit[]): readonly { start: number; end: number }[] {
  let shift = 0;
  return edits
    .filter((edit) => edit.file === file)
    .sort((one, other) => one.start - other.start)
    .map(({ start, end, text }) => {
      const range = { start: start + shift, end: start + shift + text.length };
      shift += text.length - (end - start);
      return range;
    });
}

function keyOf({ places }: PlanAnalysis, field: FieldName): string {
  return places.get(field)?.path.join('.') ?? field;
}

/** A name nobody knows may well be refused; a number, a flag or one of the field's own words may not. */
function newIssue(before: Analysis, after: Analysis, field: FieldName): string | undefined {
  if (FREE_NAMES.has(field)) return undefined;
  const known = new Set(before.issues.map(({ kind, key }) => `${kind} ${key}`));
  const issue = after.issues.find(({ kind, key, effect }) => effect !== 'accepted' && !known.has(`${kind} ${key}`));
  return issue === undefined ? undefined : `${issue.kind} ${issue.key} ${JSON.stringify(issue.data)}`;
}

const FREE_NAMES: ReadonlySet<FieldName> = new Set<FieldName>([
  'optimizer.name',
  'schedule.kind',
  'model.name',
  'model.family',
  'model.configJson',
  'hardware.gpu',
  'rollout.engine',
  'rollout.algorithm',
  'contrastive.loss',
]);

/** The files as they are once the edits are in, those of other files too. */
export function withEdits(
  file: string,
  text: string,
  files: FileProvider,
  edits: readonly TextEdit[],
): { readonly text: string; readonly files: FileProvider } {
  const changed = new Map<string, string>();
  for (const name of new Set(edits.map((edit) => edit.file))) {
    const state = name === file ? { kind: 'text' as const, text } : files.read(name);
    const own = edits.filter((edit) => edit.file === name);
    if (state.kind === 'text') changed.set(name, applyEdits(state.text, own));
  }
  return {
    text: changed.get(file) ?? text,
    files: {
      ...files,
      read: (name) => {
        const own = changed.get(name);
        return own === undefined ? files.read(name) : { kind: 'text', text: own };
      },
    },
  };
}

function overlap(edits: readonly TextEdit[]): boolean {
  return edits.some((edit, index) =>
    edits
      .slice(index + 1)
      .some((other) => edit.file === other.file && edit.start < other.end && other.start < edit.end),
  );
}

function commentsOf({ tree }: Analysis): number {
  return tree?.comments.length ?? 0;
}

function said({ plan }: PlanAnalysis, field: FieldName): string {
  const sourced = plan.values[field];
  return sourced === undefined ? 'unknown' : `${JSON.stringify(sourced.value)} (${sourced.origin})`;
}

function shown(edits: readonly TextEdit[]): string {
  return edits.map(({ text }) => JSON.stringify(text)).join(' & ');
}
