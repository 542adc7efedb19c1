import { findModel } from '../../facts/index.ts';
import { type PlanValues, setField } from '../../plan/index.ts';
import type { Candidate } from './candidate.ts';

export function fusedLoss(values: PlanValues): readonly Candidate[] {
  const kernel = values['loss.kernel'];
  if (kernel === undefined || kernel.value !== 'plain') return [];
  return [
    {
      edits: [setField('loss.kernel', 'fused')],
      title: 'Fuse the cross-entropy with the output head',
      note: 'the same loss without the logits',
      changesTraining: false,
    },
  ];
}

export function checkpointing(values: PlanValues): readonly Candidate[] {
  if (values['activations.checkpointing'] === undefined || values['activations.checkpointing'].value === 'full')
    return [];
  return [
    {
      edits: [setField('activations.checkpointing', 'full')],
      title: 'Recompute activations in backward',
      note: 'about a third more compute',
      changesTraining: false,
    },
  ];
}

export function optimizers(values: PlanValues): readonly Candidate[] {
  const name = values['optimizer.name']?.value;
  if (name === undefined) return [];
  const fused: readonly Candidate[] =
    name === 'adamw_torch'
      ? [
          {
            edits: [setField('optimizer.name', 'adamw_torch_fused')],
            title: 'Use the fused AdamW',
            note: 'the same update without its temporary copies',
            changesTraining: false,
          },
        ]
      : [];
  const isAdam = /^adamw?(_torch)?(_fused)?$/.test(name);
  const small: readonly Candidate[] = isAdam
    ? [
        {
          edits: [setField('optimizer.name', 'adamw_bnb_8bit')],
          title: 'Use 8-bit AdamW',
          note: 'states take a quarter of the space',
          changesTraining: true,
        },
      ]
    : [];
  return [...fused, ...small];
}

export function shorter(values: PlanValues): readonly Candidate[] {
  const length = values['data.sequenceLength']?.value;
  if (length === undefined || length < 512) return [];
  const half = Math.floor(length / 2);
  return [
    {
      edits: [setField('data.sequenceLength', half)],
      title: `Set sequence length ${half.toLocaleString('en-US')}`,
      note: 'longer examples are cut or split',
      changesTraining: true,
    },
  ];
}

/** The rank most published adapters have; every linear layer, as Dettmers et al. 2023 (arXiv 2305.14314) found best. */
const LORA_RANK = 16;

export function adapter(values: PlanValues): readonly Candidate[] {
  if (values['adapter.kind']?.value !== 'none' || findModel(values['model.name']?.value ?? '') === undefined) return [];
  return [
    {
      edits: [
        setField('adapter.kind', 'lora'),
        setField('adapter.rank', LORA_RANK),
        setField('adapter.targets', 'all-linear'),
      ],
      title: `Train a LoRA adapter of rank ${LORA_RANK}`,
      note: 'a different method; it wants a higher learning rate',
      changesTraining: true,
    },
  ];
}
