import { findOptimizer } from '../../facts/index.ts';
import {
  halfLifeSteps,
  optimalTimescale,
  scaleBeta2,
  scaleEmaDecay,
  weightDecayTimescale,
} from '../../scaling/index.ts';
import { countText } from '../value-text.ts';
import { isPretraining, usesAdamScale } from './facts-of-plan.ts';
import { type Note, percentText, positive, rounded } from './note.ts';

/** Clipping norms and spikes are a matter of large models. */
const LARGE_MODEL = 1e9;

/** Facts on the optimizer's own constants. */
export const OPTIMIZER_NOTES: readonly Note[] = [
  {
    id: 'weight-decay-timescale',
    on: ['optimizer.weightDecay'],
    source: 'Wang and Aitchison 2024, arXiv 2405.13698; Bergsma et al. 2025, arXiv 2505.13738',
    text(plan) {
      const batchTokens = positive(plan, 'batch.tokensPerStep');
      const learningRate = positive(plan, 'optimizer.peakLearningRate');
      const weightDecay = positive(plan, 'optimizer.weightDecay');
      const trainedTokens = positive(plan, 'schedule.totalTokens');
      if (!usesAdamScale(plan) || weightDecay === undefined || learningRate === undefined) return undefined;
      if (batchTokens === undefined || trainedTokens === undefined)
        return `Weights forget over 1/(ηλ) = ${countText(Math.round(1 / (learningRate * weightDecay)))} steps`;
      const share = weightDecayTimescale({ batchTokens, learningRate, weightDecay, trainedTokens });
      return `Weights average over ${percentText(share)} of the run${bestTimescale(plan, trainedTokens)}`;
    },
  },
  {
    id: 'weight-decay-trade',
    on: ['optimizer.weightDecay', 'optimizer.momentum'],
    source: 'A disciplined approach to neural network hyper-parameters, Part 1; Logit Attenuating Weight Normalization',
    text(plan) {
      if (positive(plan, 'optimizer.momentum') === undefined) return undefined;
      return 'Learning rate, momentum and weight decay trade off: raising one wants another lowered, and a large batch needs the weights’ norm held';
    },
  },
  {
    id: 'beta2-half-life',
    on: ['optimizer.beta2'],
    source: 'Marek et al. 2025, arXiv 2507.07101; Porian et al. 2024, arXiv 2406.19146',
    text(plan) {
      const beta2 = positive(plan, 'optimizer.beta2');
      if (beta2 === undefined || beta2 >= 1) return undefined;
      const steps = halfLifeSteps(beta2);
      const perStep = positive(plan, 'batch.tokensPerStep');
      const tokens = perStep === undefined ? '' : `, ${countText(steps * perStep)} tokens`;
      return `The second moment halves in ${rounded(steps, 3)} steps${tokens}; at half the batch ${rounded(scaleBeta2(beta2, 2, 1), 5)} keeps that span`;
    },
  },
  {
    id: 'adam-sde-scaling',
    on: ['optimizer.beta1', 'optimizer.beta2', 'optimizer.epsilon'],
    source: 'Malladi et al. 2022, arXiv 2205.10287',
    text(plan) {
      if (!usesAdamScale(plan) || positive(plan, 'batch.global') === undefined) return undefined;
      return 'For a batch κ times as large the square-root rule also moves 1 − β to κ(1 − β) and ε to ε/√κ';
    },
  },
  {
    id: 'adam-spikes',
    on: ['optimizer.maxGradNorm', 'optimizer.epsilon'],
    source: 'Molybog et al. 2023, A Theory on Adam Instability in Large-Scale Machine Learning',
    text(plan) {
      const parameters = positive(plan, 'model.parameterCount');
      if (!isPretraining(plan) || parameters === undefined || parameters < LARGE_MODEL) return undefined;
      return 'Large models at large batches meet loss spikes under Adam; clipping, a lower β2 and a larger ε have each held them off';
    },
  },
  {
    id: 'ema-span',
    on: ['optimizer.emaDecay'],
    source: 'Busbridge et al. 2023, arXiv 2307.13813',
    text(plan) {
      const decay = positive(plan, 'optimizer.emaDecay');
      if (decay === undefined || decay >= 1) return undefined;
      return `The average halves in ${countText(Math.round(halfLifeSteps(decay)))} steps; at twice the batch ${rounded(scaleEmaDecay(decay, 2), 6)} keeps its span in samples`;
    },
  },
  {
    id: 'ema-small-batch',
    on: ['optimizer.emaDecay'],
    source: 'The Role of Entropy and Reconstruction in Multi-View Self-Supervised Learning',
    text(plan) {
      if (positive(plan, 'optimizer.emaDecay') === undefined) return undefined;
      if (plan.values['run.task']?.value !== 'self-supervised-vision') return undefined;
      return 'BYOL- and DINO-like training grows unstable at a small batch or a low EMA decay; an entropy-and-reconstruction objective stayed stable';
    },
  },
  {
    id: 'optimizer-state-bytes',
    on: ['optimizer.name', 'optimizer.stateDtype'],
    source:
      'server/data/optimizers.json; 4-bit states, Memory Efficient Optimizers with 4-bit States; APOLLO, arXiv 2412.05270; Lion, arXiv 2302.06675; CAME, arXiv 2307.02047',
    text(plan) {
      const optimizer = findOptimizer(plan.values['optimizer.name']?.value ?? '');
      if (optimizer === undefined) return undefined;
      const { stateBytesFp32: bytes } = optimizer;
      return `${bytes === 0 ? 'No' : `${rounded(bytes, 3)} bytes of`} state a trained parameter with fp32 states; AdamW takes 8, 8-bit AdamW about 2, 4-bit about 1, Lion 4, low-rank and factored ones less`;
    },
  },
  {
    id: 'distributed-lion',
    on: ['optimizer.name'],
    source: 'Communication Efficient Distributed Training with Distributed Lion',
    text(plan) {
      const world = positive(plan, 'parallel.world');
      if (!/lion/.test(plan.values['optimizer.name']?.value ?? '') || world === undefined || world < 2)
        return undefined;
      return 'Lion’s update is a sign, so a distributed form sends single bits and stayed robust over batch sizes and workers';
    },
  },
];

function bestTimescale(plan: Parameters<Note['text']>[0], trainedTokens: number): string {
  const parameters = positive(plan, 'model.activeParameterCount') ?? positive(plan, 'model.parameterCount');
  if (!isPretraining(plan) || parameters === undefined) return '';
  const best = optimalTimescale(trainedTokens / parameters);
  return best > 1
    ? ''
    : `; Power Lines’ optimum for its tokens per parameter is ${percentText(best)}, published runs lie at 0.5 to 8 times that`;
}
