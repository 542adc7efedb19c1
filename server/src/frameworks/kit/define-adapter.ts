import {
  completePlan,
  type Derivation,
  type Location,
  type PlanEdit,
  type Resident,
  type TrainingPlan,
} from '../../plan/index.ts';
import {
  type ConfigPath,
  type ConfigTree,
  type ConfigValue,
  type Format,
  type Loader,
  nodeAt,
} from '../../text/index.ts';
import type {
  Adapter,
  Evidence,
  JsonSchema,
  KeyEdit,
  KeyIssue,
  KeyPlace,
  KeyTable,
  Link,
  PlanReading,
  ReadContext,
  Reading,
  Recognisable,
} from '../types.ts';
import { aroundOf } from './around.ts';
import { type Composition, compose, type Inheritance } from './compose.ts';
import { duplicateKeys } from './duplicate-keys.ts';
import { interpolated } from './interpolate.ts';
import { isOverConfig, stateLaunch } from './launched.ts';
import { PlanBuilder } from './plan-builder.ts';
import { assumeDefaults, isWritable, locationOf, type PreparedKeys, prepareKeys, readKeys } from './read-keys.ts';
import { type SchemaPolicy, schemaIssues } from './schema-issues.ts';

/** A plan's part of a document: the whole of it, or one of several sections. */
export interface Section {
  readonly name: string;
  readonly base: ConfigPath;
}

/** What an adapter's own code works on while one section is read. */
export interface Draft {
  readonly context: ReadContext;
  /** The file with everything it builds on, interpolations worked out; the file's own text alone is `context.tree`. */
  readonly tree: ConfigTree;
  readonly section: Section;
  readonly around: ReturnType<typeof aroundOf>;
  readonly builder: PlanBuilder;
  /** A file it builds on could not be read, so what it does not say may be said elsewhere. */
  readonly partial: boolean;
  /** Links and issues found on the way (a linked file that disagrees or is missing). */
  readonly links: Link[];
  readonly issues: KeyIssue[];
  /** The place of a key's value, for statements that no table row makes. */
  locate(dotted: string): Location | undefined;
}

export interface AdapterSpec {
  readonly id: string;
  readonly title: string;
  /** The framework's own reader by format; a format it does not read falls back to the format's own rules. */
  readonly loaders: { readonly [F in Format]?: Loader };
  /** Its files say how a run is spread, not what it trains. */
  readonly companion?: true;
  readonly recognise: (input: Recognisable) => Evidence | undefined;
  readonly keys: KeyTable;
  readonly schema?: JsonSchema;
  /** What the framework does with keys and values the schema refuses; may hang on the file. */
  readonly policy?: SchemaPolicy | ((tree: ConfigTree) => SchemaPolicy);
  /** Parts of the document (as composed) that are plans of their own; the whole document where absent. */
  readonly sections?: (tree: ConfigTree, context: ReadContext) => readonly Section[];
  /** Statements no table can make, after the keys and before the defaults: joins with linked files, launch flags. */
  readonly join?: (draft: Draft) => void;
  /** Values the framework fixes whatever the file says, and defaults that hang on many keys; after the defaults. */
  readonly settle?: (draft: Draft) => void;
  readonly derivations?: readonly Derivation[];
  readonly residents?: (draft: Draft) => readonly Resident[];
  /** How files name the files they build on, which are read with them: values of a parent are written, elsewhere. */
  readonly inherits?: Inheritance;
  /** `inherits` reads the config files that a script hands its program, too. */
  readonly opensLaunched?: true;
  /** Where the whole config has this file's root, for files that are always a branch of another one. */
  readonly mount?: (tree: ConfigTree) => ConfigPath | undefined;
  /** Where in the file the config itself begins, for files that wrap it in a launcher's own keys. */
  readonly inner?: (tree: ConfigTree) => ConfigPath | undefined;
  /** The file is composed with others that were not read, so absent keys prove nothing. A missing parent says so itself. */
  readonly partial?: (tree: ConfigTree, context: ReadContext) => boolean;
  /** Issues the schema cannot express. */
  readonly issues?: (tree: ConfigTree, context: ReadContext) => readonly KeyIssue[];
}

const DEFAULT_POLICY: SchemaPolicy = { unknownKeys: 'refused', castsNumbers: () => true };
const FORMAT_LOADER: { readonly [F in Format]: Loader } = {
  yaml: 'yaml-1.2',
  json: 'json',
  toml: 'toml',
  shell: 'shell',
  python: 'python',
};

/** Makes an adapter from its tables; code only where a table cannot say it. */
export function defineAdapter(spec: AdapterSpec): Adapter {
  let prepared: PreparedKeys | undefined;
  const keys = (): PreparedKeys => {
    prepared ??= prepareKeys(spec.keys);
    return prepared;
  };
  return {
    id: spec.id,
    title: spec.title,
    ...(spec.companion === true ? { companion: true } : {}),
    schema: spec.schema,
    loader: (tree) => spec.loaders[tree.format] ?? FORMAT_LOADER[tree.format],
    recognise: spec.recognise,
    read: (context) => readDocument(spec, keys(), context),
    write: writeEdit,
    fieldsOf: (path) => {
      const { byPath } = keys();
      const dotted = path.filter((step) => typeof step === 'string').join('.');
      // Sections put a prefix before a plan's own keys, so the longest known tail counts.
      for (let tail = dotted; tail !== ''; tail = tail.includes('.') ? tail.slice(tail.indexOf('.') + 1) : '') {
        const fields = byPath.get(tail);
        if (fields !== undefined) return fields;
      }
      return [];
    },
  };
}

function readDocument(spec: AdapterSpec, keys: PreparedKeys, context: ReadContext): Reading {
  const { tree } = context;
  const composition = composed(spec, context);
  const whole = composition.tree;
  const links: Link[] = [...composition.links];
  const isOpen = spec.opensLaunched !== true && isOverConfig(tree);
  const partial = composition.partial || isOpen || (spec.partial?.(whole, context) ?? false);
  const issues: KeyIssue[] = [
    ...duplicateKeys(tree),
    ...(spec.schema === undefined ? [] : schemaIssues(tree, spec.schema, policyOf(spec, tree))),
    ...(spec.issues?.(whole, context) ?? []).filter(({ kind }) => !partial || kind !== 'needs-other-key'),
  ];
  const sections = spec.sections?.(whole, context) ?? [{ name: 'main', base: [] }];
  const reading = { context, tree: whole, links, issues };
  const plans = sections.map((section) => readSection(spec, keys, { ...reading, section }, partial));
  const inherited = inheritedPlans(spec, keys, context, composition);
  return { plans, issues, links, ...(inherited === undefined ? {} : { inherited }) };
}

/** The plans that the file would have without its own content. */
function inheritedPlans(
  spec: AdapterSpec,
  keys: PreparedKeys,
  context: ReadContext,
  { base }: Composition,
): Reading['inherited'] {
  if (base === undefined || base.files.length === 0) return undefined;
  let plans: readonly PlanReading[] | undefined;
  const read = (): readonly PlanReading[] => {
    const tree = placed(spec, context.tree, base.tree);
    const sections = spec.sections?.(tree, context) ?? [{ name: 'main', base: [] }];
    const reading = { context, tree, links: [], issues: [] };
    return sections.map((section) => readSection(spec, keys, { ...reading, section }, false));
  };
  return {
    files: base.files,
    plans: () => {
      plans ??= read();
      return plans;
    },
  };
}

function composed(spec: AdapterSpec, context: ReadContext): Composition {
  const { tree } = context;
  const composition: Composition =
    spec.inherits === undefined ? { tree, partial: false, links: [] } : compose(context, spec.inherits);
  return { ...composition, tree: placed(spec, tree, composition.tree) };
}

/** A composed tree at its place in the whole config, interpolations worked out. */
function placed(spec: AdapterSpec, tree: ConfigTree, composedTree: Composition['tree']): Composition['tree'] {
  const mount = spec.mount?.(tree);
  const inner = spec.inner?.(tree);
  const places = { ...(mount === undefined ? {} : { mount }), ...(inner === undefined ? {} : { inner }) };
  return interpolated({ ...composedTree, ...places });
}

function policyOf(spec: AdapterSpec, tree: ConfigTree): SchemaPolicy {
  return (typeof spec.policy === 'function' ? spec.policy(tree) : spec.policy) ?? DEFAULT_POLICY;
}

function readSection(
  spec: AdapterSpec,
  keys: PreparedKeys,
  { context, tree, section, links, issues }: Pick<Draft, 'context' | 'tree' | 'section' | 'links' | 'issues'>,
  partial: boolean,
): PlanReading {
  const builder = new PlanBuilder();
  const around = aroundOf(tree, section.base);
  const locate = (dotted: string): Location | undefined => {
    const node = around.node(dotted);
    return node === undefined ? undefined : locationOf(tree, node);
  };
  const draft: Draft = { context, tree, section, around, builder, partial, links, issues, locate };
  readKeys(tree, section.base, keys, builder);
  spec.join?.(draft);
  stateLaunch(context.tree, builder);
  assumeDefaults(tree, section.base, keys, builder, partial);
  spec.settle?.(draft);
  const root = nodeAt(tree, section.base);
  const plan: TrainingPlan = {
    name: section.name,
    at: root === undefined || root.file !== undefined ? { file: tree.file, start: 0, end: 0 } : locationOf(tree, root),
    values: builder.values(),
    residents: spec.residents?.(draft) ?? [],
    partial,
    derivations: spec.derivations ?? [],
  };
  return { plan: completePlan(plan), places: builder.places, twins: builder.twins, latent: builder.latent };
}

/** The key edits of a plan edit, by the row that states (or would state) the field, and by all that must say the same. */
export function writeEdit(edit: PlanEdit, reading: PlanReading): readonly KeyEdit[] | undefined {
  if ('unset' in edit) {
    const place = reading.places.get(edit.unset);
    return place === undefined || place.shared === true
      ? undefined
      : [{ file: place.file, path: place.path, unset: true }];
  }
  const place = reading.places.get(edit.set);
  if (place === undefined) return undefined;
  const twins = reading.twins?.get(edit.set) ?? [];
  // Where only the others are to follow, the value in force keeps its spelling.
  const isInForce = twins.length > 0 && reading.plan.values[edit.set]?.value === edit.to;
  const written = [...(isInForce ? [] : [place]), ...twins].map((one) => writtenAt(edit, one));
  return written.some((one) => one === undefined) ? undefined : written.flatMap((one) => one ?? []);
}

function writtenAt(edit: Extract<PlanEdit, { set: unknown }>, place: KeyPlace): readonly KeyEdit[] | undefined {
  if (!isWritable(place.row)) return undefined;
  const to = writtenValue(edit, place);
  return to === undefined ? undefined : [{ file: place.file, path: place.path, to }];
}

function writtenValue(edit: Extract<PlanEdit, { set: unknown }>, { row, around }: KeyPlace): ConfigValue | undefined {
  return row.write === undefined ? edit.to : row.write(edit.to, around);
}
