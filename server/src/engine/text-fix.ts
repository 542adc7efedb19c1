import type { Adapter, KeyEdit, KeyIssue, PlanReading, Reading, StartingCommand } from '../frameworks/index.ts';
import type { PlanEdit, TrainingPlan } from '../plan/index.ts';
import {
  applyEdits,
  type ConfigTree,
  formatOf,
  parseText,
  renameKey,
  setValue,
  type TextEdit,
  unsetValue,
  withLoader,
} from '../text/index.ts';
import type { WorkspaceFiles } from './linked-files.ts';
import type { WriteRefusal, Written } from './types.ts';

/** Turns edits of plan fields and keys into the smallest changes of text. */
export class TextFixer {
  private readonly adapter: Adapter;
  private readonly tree: ConfigTree;
  private readonly files: WorkspaceFiles;
  private readonly startedBy: StartingCommand | undefined;
  /** Issues of the text as it is, once they are asked for. */
  private known: ReadonlySet<string> | undefined;

  constructor(adapter: Adapter, tree: ConfigTree, files: WorkspaceFiles, startedBy?: StartingCommand) {
    this.adapter = adapter;
    this.tree = tree;
    this.files = files;
    this.startedBy = startedBy;
  }

  /**
   * Text edits of all the plan edits together, or why one of them cannot be written soundly. The framework reads the
   * text once more before the edits are given: keys beside the written one may say something else, and `accept` may
   * refuse what is then read.
   */
  ofPlanEdits(
    edits: readonly PlanEdit[],
    reading: PlanReading,
    accept: (after: PlanReading) => boolean = () => true,
  ): Written {
    const keyEdits = this.keyEdits(edits, reading);
    if (keyEdits === undefined) return refused('no key');
    const changes = this.ofKeyEdits(keyEdits);
    if (changes === undefined) return refused('no sound text');
    if (changes.length === 0)
      return edits.every((edit) => holds(edit, reading.plan)) ? { edits: changes } : refused('reads otherwise');
    const whole = this.readAfter(changes);
    const after = whole.plans.find(({ plan }) => plan.name === reading.plan.name);
    if (after === undefined || !edits.every((edit) => holds(edit, after.plan))) return refused('reads otherwise');
    if (whole.issues.some((issue) => this.isNew(issue))) return refused('takes offence');
    return accept(after) ? { edits: changes } : refused('not accepted');
  }

  /** An edit whose key does not count as the file stands may go with others that make it count; reading it again tells. */
  private keyEdits(edits: readonly PlanEdit[], reading: PlanReading): readonly KeyEdit[] | undefined {
    const plain = edits.map((edit) => this.adapter.write(edit, reading));
    if (plain.every((edit) => edit === undefined)) return undefined;
    if (plain.every((edit) => edit !== undefined)) return plain.flatMap((edit) => edit ?? []);
    const everywhere = { ...reading, places: new Map([...(reading.latent ?? []), ...reading.places]) };
    const all = edits.map((edit, index) => plain[index] ?? this.adapter.write(edit, everywhere));
    return all.some((edit) => edit === undefined) ? undefined : all.flatMap((edit) => edit ?? []);
  }

  /** Whether the framework would take offence at something that it takes as it is now. */
  private isNew(issue: KeyIssue): boolean {
    this.known ??= new Set(this.read(this.tree, this.files).issues.map(issueName));
    return issue.effect !== 'accepted' && !this.known.has(issueName(issue));
  }

  private read(tree: ConfigTree, linked: WorkspaceFiles): Reading {
    return this.adapter.read({ file: tree.file, tree, linked, startedBy: this.startedBy });
  }

  private readAfter(changes: readonly TextEdit[]): Reading {
    const texts = new Map<string, string>();
    for (const file of new Set(changes.map((change) => change.file))) {
      const text = file === this.tree.file ? this.tree.text : this.files.text(file);
      const own = changes.filter((change) => change.file === file);
      if (text !== undefined) texts.set(file, applyEdits(text, own));
    }
    const { file, format, loader } = this.tree;
    const tree = withLoader(parseText(file, texts.get(file) ?? this.tree.text, format), loader);
    return this.read(tree, this.files.withTexts(texts));
  }

  ofKeyEdits(edits: readonly KeyEdit[]): readonly TextEdit[] | undefined {
    const byFile = new Map<string, KeyEdit[]>();
    for (const edit of edits) byFile.set(edit.file, [...(byFile.get(edit.file) ?? []), edit]);
    const all: TextEdit[] = [];
    for (const [file, own] of byFile) {
      const tree = this.treeOf(file);
      const changes = tree === undefined ? undefined : editsInFile(tree, own);
      if (changes === undefined) return undefined;
      all.push(...changes);
    }
    return all;
  }

  private treeOf(file: string): ConfigTree | undefined {
    if (file === this.tree.file) return this.tree;
    const text = this.files.text(file);
    const format = formatOf(file);
    if (text === undefined || format === undefined) return undefined;
    const parsed = parseText(file, text, format);
    const neutral = withLoader(parsed, format === 'yaml' ? 'pyyaml' : format);
    return withLoader(parsed, this.adapter.loader(neutral));
  }
}

function refused(why: WriteRefusal): Written {
  return { edits: undefined, why };
}

/** What rounding may do to a number on its way through a ratio. */
const ROUNDING = 1e-9;

function issueName({ kind, key }: KeyIssue): string {
  return `${kind} ${key}`;
}

/** Whether a plan says what an edit would make it say. */
export function holds(edit: PlanEdit, plan: TrainingPlan): boolean {
  if ('unset' in edit) return true;
  const read = plan.values[edit.set]?.value;
  const { to } = edit;
  if (typeof read === 'number' && typeof to === 'number')
    return Math.abs(read - to) <= ROUNDING * Math.max(Math.abs(read), Math.abs(to));
  if (Array.isArray(read) && Array.isArray(to))
    return read.length === to.length && to.every((item, index) => item === read[index]);
  return read === to;
}

/**
 * Edits of one file, each computed on the original text where they do not touch one another; otherwise one after the
 * other on the growing text, and then given as one replacement of the span that changed.
 */
function editsInFile(tree: ConfigTree, edits: readonly KeyEdit[]): readonly TextEdit[] | undefined {
  const apart = edits.map((edit) => editOnce(tree, edit));
  if (apart.some((changes) => changes === undefined)) return undefined;
  const flat = apart.flatMap((changes) => changes ?? []).sort((one, other) => one.start - other.start);
  const touching = flat.some((edit, index) => index > 0 && edit.start <= (flat[index - 1]?.end ?? -1));
  return touching ? sequentially(tree, edits) : flat;
}

function editOnce(tree: ConfigTree, edit: KeyEdit): readonly TextEdit[] | undefined {
  if ('renameTo' in edit) return renameKey(tree, edit.path, edit.renameTo);
  if ('unset' in edit) return unsetValue(tree, edit.path);
  return setValue(tree, edit.path, edit.to);
}

function sequentially(tree: ConfigTree, edits: readonly KeyEdit[]): readonly TextEdit[] | undefined {
  let current = tree;
  for (const edit of edits) {
    const changes = editOnce(current, edit);
    if (changes === undefined) return undefined;
    const text = applyEdits(current.text, changes);
    current = withLoader(parseText(tree.file, text, tree.format), tree.loader);
  }
  return [changedSpan(tree.file, tree.text, current.text)].filter((edit) => edit.text !== '' || edit.end > edit.start);
}

function changedSpan(file: string, before: string, after: string): TextEdit {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let tail = 0;
  while (
    tail < before.length - start &&
    tail < after.length - start &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  )
    tail += 1;
  return { file, start, end: before.length - tail, text: after.slice(start, after.length - tail) };
}
