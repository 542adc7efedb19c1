import type { ConfigValue } from '../../text/index.ts';
import { byDefault, castNumber, key } from '../kit/key.ts';
import type { AnyKeyRow, Around } from '../types.ts';

const TRAINER = 'transformers: src/transformers/trainer_optimizer.py';
/** APOLLO's own defaults are those of APOLLO-Mini. */
const USUAL_RANK = { galore: 128, apollo: 1 } as const;

/** `rank=64, update_proj_gap=100`: where low-rank optimizers take their rank from; `optimizer` is the key that names one. */
export function optimizerArguments(optimizer: string): AnyKeyRow {
  const kindOf = (around: Around): 'galore' | 'apollo' | undefined => {
    const name = around.get(optimizer);
    if (typeof name !== 'string') return undefined;
    return name.startsWith('galore') ? 'galore' : name.startsWith('apollo') ? 'apollo' : undefined;
  };
  return key('optimizer.rank', {
    read: (value, around) => rankOf(value) ?? usual(kindOf(around)),
    default: byDefault((around: Around) => usual(kindOf(around)), TRAINER),
    when: (around) => kindOf(around) !== undefined,
  });
}

function usual(kind: keyof typeof USUAL_RANK | undefined): number | undefined {
  return kind === undefined ? undefined : USUAL_RANK[kind];
}

function rankOf(value: ConfigValue): number | undefined {
  if (typeof value === 'string') {
    const rank = /(?:^|,)\s*rank\s*=\s*(\d+)/.exec(value)?.[1];
    return rank === undefined ? undefined : Number(rank);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const rank = Object.entries(value).find(([name]) => name === 'rank')?.[1];
  return rank === undefined ? undefined : castNumber(rank);
}
