import type { ConfigValue } from '../../text/index.ts';

/** A length of training with its unit. */
export interface Duration {
  readonly amount: number;
  readonly unit: 'steps' | 'tokens' | 'epochs' | 'samples' | 'share';
}

const UNITS: Readonly<Record<string, Duration['unit']>> = {
  '': 'steps',
  ba: 'steps',
  t: 'tokens',
  tok: 'tokens',
  ep: 'epochs',
  sp: 'samples',
  dur: 'share',
};

/**
 * Lengths as Composer and OLMo write them: `4800ba` steps, `1ep` epochs, `50e9T` and `50e9tok` tokens, `512sp` samples,
 * `0.1dur` a share of the run, a bare number steps. Undefined for anything else.
 */
export function readDuration(value: ConfigValue): Duration | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const match = /^\s*([\d_]*\.?\d+(?:e[+-]?\d+)?|\d+\.)\s*([a-z]*)\s*$/i.exec(String(value));
  const unit = UNITS[(match?.[2] ?? '').toLowerCase()];
  const amount = Number((match?.[1] ?? '').replaceAll('_', ''));
  return match === null || unit === undefined || !Number.isFinite(amount) ? undefined : { amount, unit };
}
