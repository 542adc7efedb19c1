import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@lezer/python';
import { markOverwritten } from './mark-overwritten.ts';
import type { Document } from './parse-text.ts';
import { type PythonCall, readCall } from './python-call.ts';
import { isPythonLiteral, type PythonName, rangeOf } from './python-literal.ts';
import type { Comment, ConfigNode, Launch, MapEntry, MapNode, TextRange } from './types.ts';

/** Classes whose keyword arguments are a training config (transformers, trl, sentence-transformers). */
const ARGUMENTS = new Set([
  'TrainingArguments',
  'Seq2SeqTrainingArguments',
  'SFTConfig',
  'DPOConfig',
  'GRPOConfig',
  'RLOOConfig',
  'PPOConfig',
  'KTOConfig',
  'ORPOConfig',
  'CPOConfig',
  'RewardConfig',
  'SentenceTransformerTrainingArguments',
]);

/** Looked for before anything is parsed: a file without such a call sets up no training. */
const ARGUMENTS_CALL = new RegExp(`\\b(?:${[...ARGUMENTS].join('|')})\\s*\\(`);

/** Keywords of other calls, by the key that says the same in a config file. */
type Renamed = Readonly<Record<string, string>>;

/** peft: src/peft/tuners/lora/config.py, as trl: trl/trainer/model_config.py names them. */
const LORA: Renamed = {
  r: 'lora_r',
  lora_alpha: 'lora_alpha',
  lora_dropout: 'lora_dropout',
  target_modules: 'lora_target_modules',
  modules_to_save: 'lora_modules_to_save',
  use_rslora: 'use_rslora',
  use_dora: 'use_dora',
};

/** transformers: src/transformers/utils/quantization_config.py, as trl: trl/trainer/model_config.py names them. */
const QUANTIZATION: Renamed = {
  load_in_4bit: 'load_in_4bit',
  load_in_8bit: 'load_in_8bit',
  bnb_4bit_quant_type: 'bnb_4bit_quant_type',
  bnb_4bit_use_double_quant: 'use_bnb_nested_quant',
};

/** transformers: src/transformers/modeling_utils.py, from_pretrained. */
const MODEL: Renamed = {
  pretrained_model_name_or_path: 'model_name_or_path',
  torch_dtype: 'dtype',
  dtype: 'dtype',
  attn_implementation: 'attn_implementation',
  load_in_4bit: 'load_in_4bit',
  load_in_8bit: 'load_in_8bit',
};

/** Arguments that trl's trainers took themselves before their config classes did (trl 0.12: trl/trainer/sft_trainer.py). */
const TRAINER: Renamed = {
  max_seq_length: 'max_seq_length',
  packing: 'packing',
  max_length: 'max_length',
  max_prompt_length: 'max_prompt_length',
  beta: 'beta',
};

const DECODER = /(?:^AutoModelForCausalLM|ForCausalLM|ForConditionalGeneration|ForImageTextToText|ForSeq2SeqLM)$/;
const OTHER_MODEL =
  /^(?:AutoModel\w*|\w+For(?:SequenceClassification|TokenClassification|QuestionAnswering|MaskedLM))$/;

/**
 * Reads a Python file as the training run that its calls set up. Of several argument objects the first is the root;
 * the others are not read, since nothing tells which of them runs.
 */
export function parsePython(text: string): Document {
  if (!ARGUMENTS_CALL.test(text)) return { root: undefined, problems: [], comments: [] };
  const { calls, comments } = gather(parser.parse(text), text);
  const main = calls.find((call) => ARGUMENTS.has(call.name) && call.keywords.length > 0);
  if (main === undefined) return { root: undefined, problems: [], comments };
  const entries = [
    ...unsaid(text, calls, main),
    ...adapterEntries(calls),
    ...modelEntries(calls),
    ...quantizationEntries(calls),
    ...main.keywords.map(({ key, keyRange, value }) => ({ key, keyRange, value })),
  ];
  const root: MapNode = { kind: 'map', range: main.range, entries: markOverwritten(entries), flow: true };
  const launch: Launch = {
    program: main.name,
    started: undefined,
    configs: [],
    root,
    ...(main.open ? { open: true } : {}),
  };
  return { root, problems: [], comments, launches: [launch] };
}

/** Calls that decide over a key without naming it (transformers: modeling_utils.py; peft: src/peft/utils/other.py). */
const DECIDING: readonly (readonly [RegExp, string])[] = [
  [/\bgradient_checkpointing_enable\s*\(|\bprepare_model_for_\w+\s*\(/, 'gradient_checkpointing'],
  [/\bget_peft_model\s*\(|\bPeftModel\b/, 'use_peft'],
];

/** Keys that such calls leave unknown; what the file says of them itself comes later and counts. */
function unsaid(text: string, calls: readonly PythonCall[], main: PythonCall): readonly MapEntry[] {
  const hasAdapter = calls.some(({ name }) => name === 'LoraConfig');
  return DECIDING.filter(([call, key]) => call.test(text) && !(key === 'use_peft' && hasAdapter)).map(([, key]) =>
    obscured(said(key, main.nameRange)),
  );
}

interface Gathered {
  readonly calls: readonly PythonCall[];
  readonly comments: readonly Comment[];
}

/** One walk for the names, the calls and the comments; the calls are read once all names are known. */
function gather(tree: Tree, text: string): Gathered {
  const comments: Comment[] = [];
  const callNodes: SyntaxNode[] = [];
  const bindings = new Map<string, { count: number; literal: SyntaxNode | undefined }>();
  const mentions = new Map<string, number>();
  tree.iterate({
    enter(ref) {
      if (ref.name === 'Comment') {
        const source = text.slice(ref.from, ref.to);
        comments.push({ ...rangeOf(ref.node), text: source.replace(/^#+/, '').trim() });
      } else if (ref.name === 'CallExpression') callNodes.push(ref.node);
      else if (ref.name === 'VariableName') {
        const name = text.slice(ref.from, ref.to);
        mentions.set(name, (mentions.get(name) ?? 0) + (isKeyword(ref.node) ? 0 : 1));
        if (!isBinding(ref.node)) return;
        const known = bindings.get(name);
        bindings.set(name, { count: (known?.count ?? 0) + 1, literal: assignedLiteral(ref.node) });
      }
    },
  });
  const names = new Map<string, PythonName>();
  for (const [name, { count, literal }] of bindings)
    if (count === 1 && literal !== undefined) names.set(name, { literal, shared: (mentions.get(name) ?? 0) > 2 });
  const scope = { text, names };
  return { calls: callNodes.flatMap((node) => readCall(node, scope) ?? []), comments };
}

/** The name of `name=value` inside a call. */
function isKeyword(node: SyntaxNode): boolean {
  return node.parent?.name === 'ArgList' && node.nextSibling?.name === 'AssignOp';
}

/** Whether a name is given a value here: by assignment, loop, parameter, import, `with`, or a definition. */
function isBinding(node: SyntaxNode): boolean {
  let top: SyntaxNode = node;
  while (top.parent !== null && /^(?:TupleExpression|ArrayExpression|ParenthesizedExpression)$/.test(top.parent.name))
    top = top.parent;
  switch (top.parent?.name) {
    case 'AssignStatement':
      return hasSibling(top, 'AssignOp');
    case 'ForStatement':
    case 'ForExpression':
      return hasSibling(top, 'in');
    case 'UpdateStatement':
    case 'NamedExpression':
    case 'ParamList':
    case 'ImportStatement':
    case 'WithStatement':
    case 'TryStatement':
    case 'FunctionDefinition':
    case 'ClassDefinition':
    case 'ScopeStatement':
    case 'DeleteStatement':
    case 'CapturePattern':
    case 'AsPattern':
    case 'ComprehensionExpression':
    case 'ArrayComprehensionExpression':
    case 'SetComprehensionExpression':
    case 'DictionaryComprehensionExpression':
      return true;
    default:
      return false;
  }
}

function hasSibling(node: SyntaxNode, name: string): boolean {
  for (let next = node.nextSibling; next !== null; next = next.nextSibling) if (next.name === name) return true;
  return false;
}

/** The literal of `NAME = literal`, a type between them allowed. */
function assignedLiteral(name: SyntaxNode): SyntaxNode | undefined {
  const statement = name.parent;
  if (statement?.name !== 'AssignStatement' || statement.firstChild?.from !== name.from) return undefined;
  const value = statement.lastChild;
  const isSimple = value?.prevSibling?.name === 'AssignOp' && statement.getChildren('AssignOp').length === 1;
  return isSimple && value !== null && isPythonLiteral(value) ? value : undefined;
}

/** LoRA as trl's files say it; where a test decides over the call or it is made elsewhere, only that it is not known. */
function adapterEntries(calls: readonly PythonCall[]): readonly MapEntry[] {
  const call = calls.find(({ name }) => name === 'LoraConfig');
  if (call !== undefined && !call.conditional)
    return [said('use_peft', call.nameRange), ...fromElsewhere(call, Object.values(LORA)), ...renamed(call, LORA)];
  const other = call?.nameRange ?? calls.flatMap(({ keywords }) => keywords).find(isAdapter)?.keyRange;
  return other === undefined ? [] : [obscured(said('use_peft', other))];
}

function isAdapter({ key, value }: MapEntry): boolean {
  return key === 'peft_config' && !(value.kind === 'scalar' && value.value === null);
}

/** A switch that the code turns on without naming it: it has a place and no text. */
function said(key: string, at: TextRange): MapEntry {
  const range = { start: at.end, end: at.end };
  return { key, keyRange: at, value: { kind: 'scalar', range, value: true, source: '', style: 'plain' } };
}

/** Keys that a call's `**kwargs` may hold: what is named behind them counts. */
function fromElsewhere(call: PythonCall, keys: readonly string[]): readonly MapEntry[] {
  return call.open ? keys.map((key) => obscured(said(key, call.nameRange))) : [];
}

function quantizationEntries(calls: readonly PythonCall[]): readonly MapEntry[] {
  const call = calls.find(({ name }) => name === 'BitsAndBytesConfig');
  if (call === undefined) {
    const other = calls.flatMap(({ keywords }) => keywords).find(({ key }) => key === 'quantization_config');
    return other === undefined ? [] : [obscured(said('load_in_4bit', other.keyRange))];
  }
  const entries = renamed(call, QUANTIZATION);
  return call.conditional ? entries.map(obscured) : entries;
}

function obscured(entry: MapEntry): MapEntry {
  if (entry.value.kind !== 'scalar') return entry;
  return { ...entry, value: { ...entry.value, unresolved: 'interpolation' } };
}

/** The model that is trained: the one the file loads, or the name it hands to a trainer. */
function modelEntries(calls: readonly PythonCall[]): readonly MapEntry[] {
  const trainers = calls.filter(({ name }) => /Trainer$/.test(name));
  const options = trainers.slice(0, 1).flatMap((call) => renamed(call, TRAINER));
  const loaded = loadedModels(calls);
  const [first] = loaded;
  if (first === undefined) return [...options, ...trainers.slice(0, 1).flatMap(namedModel)];
  const entries = [
    ...fromElsewhere(first, ['attn_implementation', 'load_in_4bit']),
    ...firstArgument(first),
    ...renamed(first, MODEL),
  ];
  // Releases before 5 load weights as fp32 by default, later ones as the checkpoint has them.
  if (!entries.some(({ key }) => key === 'dtype')) entries.push(obscured(said('dtype', first.nameRange)));
  const names = new Set(loaded.map((call) => firstArgument(call)[0]?.value ?? call).map(spelling));
  // A student and its teacher are loaded alike, so with several models none is known to be the trained one.
  return [...options, ...(names.size > 1 ? entries.map(obscured) : entries)];
}

/** Calls that load a model: language models before others, which are rewards and classifiers. */
function loadedModels(calls: readonly PythonCall[]): readonly PythonCall[] {
  const loading = calls.filter(({ name, method }) => method === 'from_pretrained' || name === 'SentenceTransformer');
  const decoders = loading.filter(({ name }) => DECODER.test(name));
  if (decoders.length > 0) return decoders;
  return loading.filter(({ name }) => OTHER_MODEL.test(name) || name === 'SentenceTransformer');
}

function spelling(value: ConfigNode | PythonCall): string {
  return 'kind' in value && value.kind === 'scalar' ? String(value.value) : '';
}

function firstArgument(call: PythonCall): readonly MapEntry[] {
  const value = call.positional[0];
  return value === undefined ? [] : [{ key: 'model_name_or_path', keyRange: value.range, value }];
}

/** `SFTTrainer("org/model")` and `SFTTrainer(model="org/model")`; a model object says nothing here. */
function namedModel(trainer: PythonCall): readonly MapEntry[] {
  const keyword = trainer.keywords.find(({ key }) => key === 'model');
  const value = keyword?.value ?? trainer.positional[0];
  if (value?.kind !== 'scalar' || value.unresolved !== undefined || typeof value.value !== 'string') return [];
  return [{ key: 'model_name_or_path', keyRange: keyword?.keyRange ?? value.range, value }];
}

function renamed(call: PythonCall, names: Renamed): readonly MapEntry[] {
  return call.keywords.flatMap(({ key, keyRange, value }) => {
    const name = Object.hasOwn(names, key) ? names[key] : undefined;
    return name === undefined ? [] : [{ key: name, keyRange, value }];
  });
}
