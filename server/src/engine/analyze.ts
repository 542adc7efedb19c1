import {
  type Adapter,
  findAdapter,
  type Link,
  type PlanReading,
  type Reading,
  type Recognition,
  recognise,
  type StartingCommand,
} from '../frameworks/index.ts';
import type { MemoryOutcome } from '../memory/index.ts';
import type { TrainingPlan } from '../plan/index.ts';
import type { ReferencePlan } from '../rules/index.ts';
import { type ConfigTree, formatOf, type ParsedText, parseText, withLoader } from '../text/index.ts';
import { collectFindings } from './collect-findings.ts';
import { commandOf, commandsStarting, type LauncherFacts, launcherOf } from './launcher.ts';
import { WorkspaceFiles } from './linked-files.ts';
import { localCheckpoint } from './local-checkpoint.ts';
import { memoryOf } from './plan-memory.ts';
import { type ProjectFacts, projectFactsFor } from './project-file.ts';
import { projectFindings } from './project-findings.ts';
import { standingReferences } from './references.ts';
import { withRunContext } from './run-context.ts';
import { applySuppressions } from './suppressions.ts';
import { holds, TextFixer } from './text-fix.ts';
import type { Analysis, AnalyzeRequest, EarlierText, EngineSettings, FileLink, PlanAnalysis } from './types.ts';
import { usersOf } from './users-of.ts';

/**
 * Everything Batchwise knows of one text: a pure function of the texts, the settings and the data.
 * Never throws on user text; what cannot be read is told in `problems`.
 */
export function analyze(request: AnalyzeRequest): Analysis {
  const format = formatOf(request.file, request.languageId);
  const files = new WorkspaceFiles(request.file, request.files);
  if (format === undefined) return nothing(request, files);
  const parsed = parseText(request.file, request.text, format);
  const project = projectFactsFor(request.file, files);
  const recognition = recogniseFor(request, parsed, project);
  if (recognition === undefined) {
    const findings = projectFindings(request.file, parsed);
    return findings.length === 0
      ? nothing(request, files)
      : { ...nothing(request, files), framework: PROJECT_FRAMEWORK, findings };
  }

  const { adapter, evidence } = recognition;
  const tree = treeFor(adapter, parsed);
  const commands = commandsStarting(request.file, files);
  const startedBy = commandOf(commands);
  const reading = adapter.read({ file: request.file, tree, linked: files, startedBy });
  const links = reading.links.map(fileLink);
  const fixer = new TextFixer(adapter, tree, files, startedBy);
  const launcher = launcherOf(commands);
  const plans = plansOf(reading, { request, adapter, project, launcher, startedBy, files, format, fixer });
  const findings = collectFindings({
    tree,
    reading,
    plans,
    links,
    fixer,
    severities: severitiesOf(request.settings, project),
    guessed: adapter.guessed === true,
  });
  return {
    file: request.file,
    text: request.text,
    framework: { id: adapter.id, title: adapter.title, reasons: evidence.reasons },
    tree,
    problems: tree.problems.map((problem) => ({
      at: { file: request.file, ...problem.range },
      message: problem.message,
      kind: problem.kind,
    })),
    plans,
    issues: reading.issues,
    findings: applySuppressions(findings, tree, project),
    links,
    dependencies: [...files.asked],
    pending: [...files.pending],
    users: () => (adapter.companion === true ? usersFor(request) : []),
  };
}

/** How a project file that has something to mend is named among configs. */
const PROJECT_FRAMEWORK = { id: 'batchwise', title: 'Batchwise', reasons: ['the name of the project file'] };

/** Configs are analysed as they are on disk; one that is open shows its own findings anyway. */
function usersFor(request: AnalyzeRequest): readonly Analysis[] {
  const { file, files, settings } = request;
  const analyzeOther = (other: string, text: string): Analysis =>
    analyze({ file: other, text, files, settings: { ...settings, framework: undefined } });
  return usersOf(file, new WorkspaceFiles(file, files), analyzeOther).filter(
    ({ framework }) => framework !== undefined && findAdapter(framework.id)?.companion !== true,
  );
}

function nothing(request: AnalyzeRequest, files: WorkspaceFiles): Analysis {
  return {
    file: request.file,
    text: request.text,
    framework: undefined,
    tree: undefined,
    problems: [],
    plans: [],
    issues: [],
    findings: [],
    links: [],
    dependencies: [...files.asked],
    pending: [...files.pending],
    users: () => [],
  };
}

function recogniseFor(
  request: AnalyzeRequest,
  parsed: ParsedText,
  project: ProjectFacts | undefined,
): Recognition | undefined {
  const named = request.settings.framework ?? project?.framework;
  const adapter = named === undefined ? undefined : findAdapter(named);
  if (adapter !== undefined) return { adapter, evidence: { score: 100, reasons: ['the setting that names it'] } };
  return recognise(request.file, parsed);
}

function treeFor(adapter: Adapter, parsed: ParsedText): ConfigTree {
  const neutral = withLoader(parsed, parsed.format === 'yaml' ? 'pyyaml' : parsed.format);
  const loader = adapter.loader(neutral);
  return loader === neutral.loader ? neutral : withLoader(parsed, loader);
}

function fileLink(link: Link): FileLink {
  return { start: link.range.start, end: link.range.end, target: link.target, found: link.found };
}

function severitiesOf(settings: EngineSettings, project: ProjectFacts | undefined) {
  return { ...settings.severities, ...project?.severities };
}

interface PlanInputs {
  readonly request: AnalyzeRequest;
  readonly adapter: Adapter;
  readonly project: ProjectFacts | undefined;
  readonly launcher: LauncherFacts | undefined;
  readonly startedBy: StartingCommand | undefined;
  readonly files: WorkspaceFiles;
  readonly format: ParsedText['format'];
  readonly fixer: TextFixer;
}

function plansOf(reading: Reading, inputs: PlanInputs): readonly PlanAnalysis[] {
  const { request } = inputs;
  const earlier = (request.earlier ?? []).map((text) => ({ text, reading: earlierReading(text, inputs) }));
  return reading.plans.map((own) => {
    const plan = inContext(own.plan, inputs);
    const references = [
      ...earlier.flatMap(({ text, reading: old }) => referenceOf(own.plan.name, text, old, inputs)),
      ...standingReferences(plan, { ...inputs, reading, inContext: (other) => inContext(other, inputs) }),
    ];
    const tryWrite: PlanAnalysis['tryWrite'] = (edits, accept) => {
      const written = inputs.fixer.ofPlanEdits(edits, own, (after) => accept?.(inContext(after.plan, inputs)) ?? true);
      // What the file says already may still come out otherwise, as no model has every kernel.
      return written.edits?.length === 0 && !edits.every((edit) => holds(edit, plan))
        ? { edits: undefined, why: 'reads otherwise' }
        : written;
    };
    return {
      plan,
      places: own.places,
      ...(own.twins === undefined ? {} : { twins: own.twins }),
      memory: once(() => memoryOf(plan, request.effort ?? 'full')),
      write: (edits, accept) => tryWrite(edits, accept).edits,
      tryWrite,
      references,
    };
  });
}

function earlierReading(
  earlier: EarlierText,
  { request, adapter, startedBy, files, format }: PlanInputs,
): readonly PlanReading[] {
  // An unchanged file has nothing to compare with, and it is the commonest case.
  if (earlier.text === request.text) return [];
  const tree = treeFor(adapter, parseText(request.file, earlier.text, format));
  return tree.root === undefined ? [] : adapter.read({ file: request.file, tree, linked: files, startedBy }).plans;
}

function referenceOf(
  name: string,
  earlier: EarlierText,
  plans: readonly PlanReading[],
  inputs: PlanInputs,
): readonly ReferencePlan[] {
  const same = plans.find(({ plan }) => plan.name === name);
  if (same === undefined) return [];
  return [{ label: earlier.label, kind: earlier.kind, plan: inContext(same.plan, inputs) }];
}

function inContext(plan: TrainingPlan, { request, project, launcher, files }: PlanInputs): TrainingPlan {
  const checkpoint = localCheckpoint(plan, request.file, files);
  return withRunContext(plan, { launcher, project, settings: request.settings, checkpoint });
}

function once(compute: () => MemoryOutcome): () => MemoryOutcome {
  let outcome: MemoryOutcome | undefined;
  return () => {
    outcome ??= compute();
    return outcome;
  };
}
