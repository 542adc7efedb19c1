import type { MemoryOutcome } from '../memory/index.ts';
import type { FieldName, PlanEdit, PlanFields, Sourced, TrainingPlan } from '../plan/index.ts';

/** error: will fail, or the arithmetic is impossible; warning: very likely wastes the run; information: worth a look; hint: an improvement. */
export type Severity = 'error' | 'warning' | 'information' | 'hint';

/** `safe`: the run computes the same thing. Fix-all and `--fix` take only safe fixes. */
export type FixSafety = 'safe' | 'changes-training' | 'show-only';

export interface Fix {
  /** What it does and what it costs or gains: "Set micro batch 4 and accumulation 8: same 256 sequences a step". */
  readonly title: string;
  readonly safety: FixSafety;
  readonly edits: readonly PlanEdit[];
}

/** Another plan that relative rules compare with. */
export interface ReferencePlan {
  /** How a message names it: "HEAD", "the parent config base.yaml", "the recipe Tülu 3 8B DPO". */
  readonly label: string;
  /**
   * `head`: the file's own earlier version; `named`: the project file names it; `parent`: what the file builds on;
   * `recipe`: a published run of the same model.
   */
  readonly kind: 'head' | 'named' | 'parent' | 'recipe';
  readonly plan: TrainingPlan;
}

/** What a rule may ask beyond its fields. Every answer is computed at most once an analysis. */
export interface RuleContext {
  readonly plan: TrainingPlan;
  /** Peak memory of the plan as it stands. */
  memory(): MemoryOutcome;
  /** Peak memory as it would be after the edits, by arithmetic alone. */
  memoryAfter(edits: readonly PlanEdit[]): MemoryOutcome;
  /** Edits that would make the plan fit, re-estimated, smallest change first. */
  remedies(): readonly Fix[];
  /** Largest micro batch that fits with all else as it is. */
  largestMicroBatch(): number | undefined;
  readonly references: readonly ReferencePlan[];
}

export type Known<N extends readonly FieldName[]> = { readonly [F in N[number]]: Sourced<PlanFields[F]> };
export type Wanted<N extends readonly FieldName[]> = { readonly [F in N[number]]?: Sourced<PlanFields[F]> };

/** The `{slot}` names of a message. */
export type Slots<S extends string> = S extends `${string}{${infer Slot}}${infer Rest}` ? Slot | Slots<Rest> : never;

export type MessageData<S extends string> = { readonly [K in Slots<S>]: string | number };

export type Report<F extends FieldName, M extends Readonly<Record<string, string>>> = <
  K extends keyof M & string,
>(finding: {
  /** The field whose place the finding points at. */
  readonly at: F;
  readonly message: K;
  readonly data: MessageData<M[K]>;
  /** Solved on first look where given as a function. */
  readonly fixes?: readonly Fix[] | (() => readonly Fix[]);
  /** Fields whose places are listed as related information; the rule's `needs` where not given. */
  readonly related?: readonly FieldName[];
  /** Lower than the rule's own severity, where this case is milder. */
  readonly severity?: Severity;
}) => void;

export interface RuleDefinition<
  N extends readonly FieldName[] = readonly FieldName[],
  W extends readonly FieldName[] = readonly FieldName[],
  M extends Readonly<Record<string, string>> = Readonly<Record<string, string>>,
> {
  /** Names the bad pattern, kebab case; reads right after "allow …". */
  readonly id: string;
  readonly severity: Severity;
  /** One line without a full stop, for lists. */
  readonly summary: string;
  readonly since: string;
  /** A preview rule may change its mind between releases. */
  readonly preview?: true;
  /** Fields without which the rule is not called. */
  readonly needs: N;
  /** Fields it can do without. */
  readonly wants?: W;
  /** The rule concludes from a key's absence, so it is not called on partial plans. */
  readonly readsAbsence?: true;
  /** The rule judges what a run comes to learn, so it is not called where the data are made up. */
  readonly judgesLearning?: true;
  /** Message texts with `{slots}`: the fact with the user's numbers, then the consequence; under 160 characters; a full stop. */
  readonly messages: M;
  /** Papers, documentation or source files the claim rests on. */
  readonly sources: readonly string[];
  check(fields: Known<N> & Wanted<W>, report: Report<N[number] | W[number], M>, context: RuleContext): void;
}

/** A rule as the engine holds it, its type parameters forgotten. */
export interface Rule {
  readonly id: string;
  readonly severity: Severity;
  readonly summary: string;
  readonly since: string;
  readonly preview: boolean;
  readonly needs: readonly FieldName[];
  readonly wants: readonly FieldName[];
  readonly readsAbsence: boolean;
  readonly messages: Readonly<Record<string, string>>;
  readonly sources: readonly string[];
  run(context: RuleContext): readonly RuleFinding[];
}

export interface RuleFinding {
  readonly rule: string;
  readonly severity: Severity;
  readonly at: FieldName;
  readonly messageId: string;
  readonly message: string;
  readonly related: readonly FieldName[];
  /** Solved on first look where the rule gave a function. */
  readonly fixes: readonly Fix[];
}
