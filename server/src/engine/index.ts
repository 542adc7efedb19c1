export { allGpus, allModels, allOptimizers, findGpu, findModel } from '../facts/index.ts';
export { ADAPTERS } from '../frameworks/index.ts';
export {
  FIELD_INFO,
  FIELD_NAMES,
  type FieldName,
  isFieldName,
  type Location,
  type PlanEdit,
  setField,
} from '../plan/index.ts';
export { KEY_RULES, RULES, type Severity } from '../rules/index.ts';
export { applyEdits, formatOf, type TextEdit } from '../text/index.ts';
export { analyze } from './analyze.ts';
export { applicableEdits, type BudgetRequest, type BudgetState, budgetState } from './budget.ts';
export { codeLenses, hardwareText, type LensData, memoryText } from './code-lens.ts';
export { applyEditsOf, type CommandEdit, fitMicroBatch, scaleLearningRate } from './commands.ts';
export { type CompletionData, complete } from './complete.ts';
export { type HintPart, type InlayHintData, inlayHints } from './hints.ts';
export { fieldMarkdown, type HoverData, hover, type LineOf } from './hover.ts';
export { mayLaunch } from './launcher.ts';
export { originText } from './origin-text.ts';
export { baseName, folderOf, isInside } from './paths.ts';
export { placeOfField } from './place-finding.ts';
export { isUndecided } from './plan-memory.ts';
export { PROJECT_FILE } from './project-file.ts';
export { type PlanRow, planRows, reportMarkdown } from './report.ts';
export type {
  Analysis,
  AnalyzeRequest,
  EarlierText,
  EngineSettings,
  FileLink,
  FileProvider,
  FileState,
  Finding,
  PlanAnalysis,
  RelatedPlace,
  TextFix,
  WriteRefusal,
} from './types.ts';
export { countText, gibText, rateText, valueText } from './value-text.ts';
export { editsOfWhatIf, whatIfOfEdits } from './what-if.ts';
