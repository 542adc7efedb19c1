import { describe, expect, it } from 'vitest';
import * as scaling from '../../server/src/scaling/index.ts';
import { VECTORS } from './vectors.ts';

type Inputs = (name: string) => number;
type Outputs = Record<string, number | boolean>;

/** What each vector computes, by the part of its id before the case. Every value of `out` must be produced. */
const CASES: Record<string, (input: Inputs) => Outputs> = {
  'A1-linear': (i) => ({ lr: scaling.scaleLinear(i('lr'), i('b0'), i('b1')) }),
  'A1-sqrt': (i) => ({ lr: scaling.scaleSquareRoot(i('lr'), i('b0'), i('b1')) }),
  'A1-warmup': (i) => ({ steps: scaling.stepsOfEpochs(i('images'), 5, i('batch')) }),
  A1b: (i) => ({
    lr: scaling.scaleFromBatchOne(i('lr'), { micro: i('bs'), accumulation: i('ga'), ranks: i('procs') }),
  }),
  'A2-k8': (i) => adam(i),
  'A2-k16': (i) => adam(i),
  'A4-llamafactory': (i) => ({ lr: scaling.rateForLossTokens(i('tokens')) }),
  A5: (i) => ({ lr: scaling.surgeLearningRate(i('lr_max'), i('b_noise'), i('b')) }),
  A8: (i) => {
    const { learningRate, warmupShare } = scaling.lambForBatch(i('batch'));
    return { lr: learningRate, warmup_ratio: warmupShare };
  },
  A9: (i) => {
    const lion = scaling.lionFromAdamW(i('lr'), i('wd'));
    return {
      lr_lo: lion.learningRate.low,
      lr_hi: lion.learningRate.high,
      wd_lo: lion.weightDecay.low,
      wd_hi: lion.weightDecay.high,
    };
  },
  B1: (i) => {
    const cost = scaling.batchCost(i('b_over_bcrit'));
    return { E_ratio: cost.tokens, S_ratio: cost.steps };
  },
  'B2-lr': (i) => {
    const { learningRate, usable } = scaling.kaplanLearningRate(i('N'));
    return { lr: learningRate, usable };
  },
  B2: (i) => ({ b_crit: scaling.kaplanCriticalBatch(i('loss')) }),
  B3: (i) => ({ b: scaling.miniCpmOptimalBatch(i('loss')) }),
  B4: (i) => {
    const shape = { layers: i('n_layer'), hiddenSize: i('d'), sequenceLength: i('seq') };
    const flopsPerToken = scaling.deepSeekFlopsPerToken(shape);
    const flops = flopsPerToken * i('D');
    return {
      M: flopsPerToken,
      C: flops,
      lr: scaling.deepSeekLearningRate(flops),
      B: scaling.deepSeekBatch(flops),
    };
  },
  B5: (i) => ({ lr: scaling.stepLawLearningRate(i('N'), i('D')), B: scaling.stepLawOptimalBatch(i('D')) }),
  B6: (i) => ({ seqs512: scaling.zhangCriticalSequences(i('D')), tokens: scaling.zhangCriticalBatch(i('D')) }),
  'B7-tau': (i) => ({ tau: scaling.optimalTimescale(i('tpp')) }),
  'B7-lambda': (i) => {
    const run = { batchTokens: i('B'), learningRate: i('lr'), trainedTokens: i('D') };
    return {
      lambda: scaling.optimalWeightDecay({ ...run, parameters: i('N') }),
      'tau_at_0.1': scaling.weightDecayTimescale({ ...run, weightDecay: 0.1 }),
    };
  },
  'B7-b': (i) => ({
    b_opt_seq2048: scaling.powerLinesOptimalSequences(i('D')),
    b_crit_seq2048: scaling.powerLinesCriticalSequences(i('D')),
  }),
  B8: (i) => ({ lr_factor: scaling.horizonFactor(i('token_factor')) }),
  'B9-opt': (i) => ({ lr: scaling.powerOptimum(i('T'), i('batch_seq')) }),
  'B9-sched': (i) => ({ lr: scaling.powerSchedule(i('n'), i('batch_seq')) }),
  'B9-clamp': (i) => ({ lr: scaling.powerSchedule(i('n'), i('batch_seq')) }),
  B10: (i) => {
    const { learningRate, batchTokens } = scaling.porianOptimum(i('N'));
    return { lr: learningRate, B: batchTokens };
  },
  C1: (i) => ({ rho: scaling.scaleEmaDecay(i('rho'), i('kappa')) }),
  C4: (i) => ({ b2: scaling.scaleBeta2(i('b2'), i('B0'), i('B1')) }),
  C4b: (i) => ({ b2: scaling.scaleBeta2(i('b2'), i('B0'), i('B1')) }),
  C5: (i) => ({ steps: scaling.untunedWarmupSteps(i('b2')) }),
  C5b: (i) => ({ steps: scaling.untunedWarmupSteps(i('b2')) }),
  C6: (i) => ({ hidden_lr: scaling.mupHiddenRate(i('lr'), i('d_base'), i('d')) }),
  D1: (i) => {
    const { linear, squareRoot } = scaling.simclrRates(i('batch'));
    return { linear, sqrt: squareRoot };
  },
  D5: (i) => ({ lr: scaling.rateFromBase256(i('blr'), i('batch')) }),
  D5b: (i) => ({ lr: scaling.rateFromBase1024(i('base'), i('batch')) }),
  E2: (i) => {
    const { learningRate, proximalDecay } = scaling.shrinkPpoBatch(i('lr'), i('beta'), 4);
    return { lr: learningRate, beta: proximalDecay };
  },
  'E4-trl': (i) => {
    const batch = { micro: i('per_device'), steps: i('ga'), ranks: i('procs') };
    const { completions, remainder } = scaling.generationRound(batch, i('n'));
    return { generation_batch: completions, remainder, error: remainder !== 0 };
  },
  'E4-sb3': (i) => {
    const remainder = scaling.rolloutRemainder(i('n_steps'), i('n_envs'), i('batch'));
    return { remainder, warning: remainder !== 0 };
  },
  F6: (i) => ({ Dp_over_U: scaling.effectiveEpochs(i('epochs')) }),
  F8: (i) => ({ padded: scaling.paddedVocabulary(i('vocab')) }),
  F9: (i) => ({ bubble: scaling.pipelineBubble(i('p'), i('m')) }),
};

describe('published formulas reproduce their reference values', () => {
  // The one vector with two cases is tested by itself below.
  const scalar = VECTORS.filter((vector) => vector.id !== 'E4-verl');

  it.each(scalar)('$id', (vector) => {
    const compute = caseOf(vector.id);
    const result = compute((name) => Number(vector.in[name]));
    for (const [name, expected] of Object.entries(vector.out)) {
      if (typeof expected === 'number') expectClose(Number(result[name]), expected, vector.rtol);
      else expect(result[name], name).toBe(expected);
    }
  });

  it('E4-verl', () => {
    const perRank = scaling.miniBatchPerRank(256, 5, 8);
    expect(perRank).toBe(160);
    expect([8, 48].map((micro) => perRank % micro)).toEqual([0, 16]);
  });
});

function caseOf(id: string): (input: Inputs) => Outputs {
  const longest = Object.keys(CASES)
    .filter((prefix) => id === prefix || id.startsWith(`${prefix}-`))
    .sort((a, b) => b.length - a.length)[0];
  const compute = longest === undefined ? undefined : CASES[longest];
  if (compute === undefined) throw new Error(`no formula for vector ${id}`);
  return compute;
}

function adam(i: Inputs): Outputs {
  const settings = {
    learningRate: i('lr'),
    beta1: i('b1'),
    beta2: Number.isNaN(i('b2')) ? 0.999 : i('b2'),
    epsilon: i('eps'),
  };
  const scaled = scaling.scaleAdam(settings, i('kappa'));
  return {
    lr: scaled.learningRate,
    b1: scaled.beta1,
    b2: scaled.beta2,
    eps: scaled.epsilon,
    applicable: scaled.applicable,
  };
}

function expectClose(actual: number, expected: number, relative: number): void {
  expect(Math.abs(actual - expected), `${actual} against ${expected}`).toBeLessThanOrEqual(
    Math.abs(expected) * relative,
  );
}
