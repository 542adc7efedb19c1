import { allGpus, findGpu } from '../facts/index.ts';
import { FIELD_INFO, type FieldInfo, type FieldName, type PlanEdit } from '../plan/index.ts';
import type { PanelControl } from '../protocol/index.ts';
import type { PlanAnalysis } from './types.ts';

type CanWrite = (edit: PlanEdit) => boolean;

/** The panel's "Try it": what can be tried on this plan, with the value in force and the file's own. */
export function budgetControls(inFile: PlanAnalysis, tried: PlanAnalysis, canWrite: CanWrite): readonly PanelControl[] {
  const controls: PanelControl[] = [gpuControl(inFile, tried)];
  for (const [field, stops] of NUMBERS) controls.push(numberControl(field, stops, inFile, tried, canWrite));
  for (const [field, options] of CHOICES) {
    if (inFile.plan.values[field] !== undefined || tried.plan.values[field] !== undefined)
      controls.push(choiceControl(field, options, inFile, tried, canWrite));
  }
  if (inFile.plan.values['adapter.rank'] !== undefined)
    controls.push(numberControl('adapter.rank', [4, 8, 16, 32, 64, 128, 256], inFile, tried, canWrite));
  return controls;
}

const POWERS = [1, 2, 4, 8, 16, 32, 64, 128] as const;

const NUMBERS: readonly (readonly [FieldName, readonly number[]])[] = [
  ['batch.micro', [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 96, 128]],
  ['batch.gradientAccumulation', [...POWERS, 256]],
  [
    'data.sequenceLength',
    [256, 512, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 12288, 16384, 24576, 32768, 65536, 131072],
  ],
  ['parallel.world', [...POWERS, 256, 512, 1024]],
];

type Options = readonly (readonly [string, string])[];

const CHOICES: readonly (readonly [FieldName, Options])[] = [
  [
    'activations.checkpointing',
    [
      ['none', 'none'],
      ['selective', 'selective'],
      ['full', 'full'],
    ],
  ],
  [
    'optimizer.name',
    [
      ['adamw_torch', 'AdamW (foreach)'],
      ['adamw_torch_fused', 'AdamW (fused)'],
      ['adamw_bnb_8bit', 'AdamW 8-bit'],
      ['paged_adamw_8bit', 'AdamW 8-bit, paged'],
      ['adafactor', 'Adafactor'],
      ['sgd', 'SGD'],
      ['lion_32bit', 'Lion'],
    ],
  ],
  [
    'loss.kernel',
    [
      ['plain', 'plain'],
      ['chunked', 'chunked'],
      ['fused', 'fused'],
    ],
  ],
  [
    'sharding.zeroStage',
    [
      ['0', '0'],
      ['1', '1'],
      ['2', '2'],
      ['3', '3'],
    ],
  ],
];

function gpuControl(inFile: PlanAnalysis, tried: PlanAnalysis): PanelControl {
  const idOf = ({ plan }: PlanAnalysis): string | undefined => {
    const name = plan.values['hardware.gpu']?.value;
    return name === undefined ? undefined : (findGpu(name)?.id ?? name);
  };
  return {
    kind: 'choice',
    field: 'hardware.gpu',
    label: FIELD_INFO['hardware.gpu'].label,
    options: allGpus().map((gpu) => ({ value: gpu.id, label: gpu.name })),
    value: idOf(tried),
    fileValue: idOf(inFile),
    writable: false,
  };
}

function numberControl(
  field: FieldName,
  stops: readonly number[],
  inFile: PlanAnalysis,
  tried: PlanAnalysis,
  canWrite: CanWrite,
): PanelControl {
  const info: FieldInfo = FIELD_INFO[field];
  const value = numberOf(tried, field);
  const fileValue = numberOf(inFile, field);
  const all = [...new Set([...stops, ...[value, fileValue].filter((stop) => stop !== undefined)])].sort(
    (one, other) => one - other,
  );
  return {
    kind: 'number',
    field,
    label: info.label,
    stops: all,
    value,
    fileValue,
    // Any value of the right type tells whether the key can be written at all.
    writable: canWrite({ set: field, to: fileValue ?? 1 } as PlanEdit),
    ...(info.unit === undefined ? {} : { unit: info.unit }),
  };
}

function choiceControl(
  field: FieldName,
  options: Options,
  inFile: PlanAnalysis,
  tried: PlanAnalysis,
  canWrite: CanWrite,
): PanelControl {
  const value = textOf(tried, field);
  const fileValue = textOf(inFile, field);
  const own = [value, fileValue].filter(
    (one): one is string => one !== undefined && !options.some(([known]) => known === one),
  );
  return {
    kind: 'choice',
    field,
    label: FIELD_INFO[field].label,
    options: [...options, ...new Set(own)].map((option) =>
      typeof option === 'string' ? { value: option, label: option } : { value: option[0], label: option[1] },
    ),
    value,
    fileValue,
    // As above: the file's own value tells whether the key can be written.
    writable: canWrite({ set: field, to: inFile.plan.values[field]?.value } as PlanEdit),
  };
}

function numberOf({ plan }: PlanAnalysis, field: FieldName): number | undefined {
  const value = plan.values[field]?.value;
  return typeof value === 'number' ? value : undefined;
}

function textOf({ plan }: PlanAnalysis, field: FieldName): string | undefined {
  const value = plan.values[field]?.value;
  return value === undefined || typeof value === 'object' ? undefined : String(value);
}
