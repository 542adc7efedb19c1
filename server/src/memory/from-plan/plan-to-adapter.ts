import type { AdapterMethod, PlanValues } from '../../plan/index.ts';
import { readsPatterns } from '../trained-modules.ts';
import type { LoraWorkload, Workload } from '../workload.ts';
import { floatDtype } from './plan-to-dtype.ts';

/** OFT's own default (peft: tuners/oft/config.py, oft_block_size). */
const BLOCK_SIZE = 32;
/** peft: tuners/ia3 for Llama and its kin (peft: utils/constants.py). */
const IA3_TARGETS = ['k_proj', 'v_proj', 'down_proj'];
/** What puts trained tokens before a sequence, and so on no layer. */
const TOKEN_METHODS: ReadonlySet<AdapterMethod> = new Set(['p-tuning', 'prefix', 'prompt']);

/** Whether an adapter is none, or one whose memory can be told. */
export function isModelledAdapter(values: PlanValues): boolean {
  const kind = values['adapter.kind']?.value;
  if (kind !== 'other' && kind !== 'oft') return true;
  return methodOf(values) !== undefined || readsPatterns(values['adapter.trainedParameters']?.value ?? []);
}

/** The method where it is neither LoRA nor DoRA. Tokens whose number nobody says are not modelled. */
function methodOf(values: PlanValues): LoraWorkload['method'] | undefined {
  const kind = values['adapter.kind']?.value;
  const method = kind === 'oft' ? 'oft' : kind === 'other' ? values['adapter.method']?.value : undefined;
  if (method === undefined || method === 'freeze') return undefined;
  return TOKEN_METHODS.has(method) && values['adapter.virtualTokens'] === undefined ? undefined : method;
}

export function adapterOf(values: PlanValues, notes: string[]): LoraWorkload | null {
  const kind = values['adapter.kind']?.value;
  const method = methodOf(values);
  if (kind !== 'lora' && kind !== 'dora' && method === undefined) return null;
  return {
    ...(method === undefined ? {} : { method }),
    rank: rankOf(values, method, notes),
    targets: targetsOf(values, method, notes),
    dropout: values['adapter.dropout']?.value ?? 0,
    // peft makes the adapter of a 16-bit model fp32 unless told not to (peft: src/peft/tuners/tuners_utils.py, autocast_adapter_dtype).
    dtype: floatDtype(values['adapter.dtype']?.value ?? 'fp32'),
    dora: kind === 'dora',
    blockSize: values['adapter.blockSize']?.value ?? BLOCK_SIZE,
    virtualTokens:
      method !== undefined && TOKEN_METHODS.has(method) ? (values['adapter.virtualTokens']?.value ?? 0) : 0,
    layers: values['adapter.layers']?.value ?? null,
    ...((values['adapter.targetParameters']?.value ?? []).some((name) => name.includes('experts'))
      ? { adaptsExperts: true }
      : {}),
  };
}

const WITHOUT_RANK: ReadonlySet<AdapterMethod | undefined> = new Set<AdapterMethod>([
  'fourierft',
  'ia3',
  'ln-tuning',
  'oft',
  'p-tuning',
  'prefix',
  'prompt',
]);

function rankOf(values: PlanValues, method: AdapterMethod | undefined, notes: string[]): number {
  if (WITHOUT_RANK.has(method)) return 1;
  const stated = values['adapter.rank']?.value;
  if (stated === undefined) notes.push('The adapter’s rank is not written: counted as 16.');
  return stated ?? 16;
}

function targetsOf(values: PlanValues, method: AdapterMethod | undefined, notes: string[]): LoraWorkload['targets'] {
  if (method !== undefined && (TOKEN_METHODS.has(method) || method === 'ln-tuning')) return [];
  const stated = values['adapter.targets']?.value;
  if (stated !== undefined) return stated;
  if (method === 'ia3') return IA3_TARGETS;
  notes.push('The adapter’s target modules are not written: every linear layer is counted.');
  return 'all-linear';
}

const NORMS = ['norm'];

/** What of the base trains by name: the modules saved beside an adapter, or what is not frozen. */
export function trainedOf(values: PlanValues): Pick<Workload, 'trained' | 'trainedWeights' | 'savedModules'> {
  const named = values['adapter.trainedParameters']?.value ?? [];
  const dtype = values['adapter.dtype']?.value;
  if (named.length > 0)
    return { trained: named, savedModules: [], ...(dtype === undefined ? {} : { trainedWeights: floatDtype(dtype) }) };
  if (methodOf(values) === 'ln-tuning') return { trained: NORMS, savedModules: [] };
  const hasAdapter = (values['adapter.kind']?.value ?? 'none') !== 'none';
  const savedModules = hasAdapter ? (values['adapter.savedModules']?.value ?? []) : [];
  return savedModules.length === 0 ? { savedModules } : { trained: patternsOf(savedModules), savedModules };
}

const patterns = new WeakMap<readonly string[], readonly string[]>();

/** One list for one list, so that what hangs on it is worked out once. */
function patternsOf(names: readonly string[]): readonly string[] {
  const found = patterns.get(names) ?? names.map((name) => `(^|\\.)${name.replaceAll('.', '\\.')}\\.`);
  patterns.set(names, found);
  return found;
}
