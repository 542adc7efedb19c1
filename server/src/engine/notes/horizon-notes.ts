import { findGpu } from '../../facts/index.ts';
import type { TrainingPlan } from '../../plan/index.ts';
import {
  CHINCHILLA_TOKENS_PER_PARAMETER,
  effectiveEpochs,
  HORIZON_EXPONENT,
  horizonFactor,
  untunedWarmupSteps,
} from '../../scaling/index.ts';
import { countText, rateText } from '../value-text.ts';
import { isPretraining } from './facts-of-plan.ts';
import { type Note, positive, rounded } from './note.ts';

/** Floating-point operations of training: six for each parameter and token. Kaplan et al. 2020, arXiv 2001.08361. */
const FLOPS_PER_PARAMETER_AND_TOKEN = 6;

/** Shares of the peak that large runs reached: 32% on Frontier, 55.2% in MegaScale. */
const REACHED_SHARE = { low: 0.32, high: 0.55 } as const;

/** Tokens per parameter from which low-bit quantisation was seen to cost more. Chinchilla's ratio times 10. */
const OVERTRAINED = 200;

/** Facts on the length of the run and its schedule. */
export const HORIZON_NOTES: readonly Note[] = [
  {
    id: 'tokens-per-parameter',
    on: ['schedule.totalTokens', 'schedule.totalSteps'],
    source:
      'Hoffmann et al. 2022, arXiv 2203.15556; Kaplan et al. 2020, arXiv 2001.08361, wanted fewer; Porian et al. 2024, arXiv 2406.19146, explains both; longer is normal for models that serve, and other domains have other ratios',
    text(plan) {
      const ratio = tokensPerParameter(plan);
      if (ratio === undefined) return undefined;
      return `${rounded(ratio)} tokens per parameter, ${rounded(ratio / CHINCHILLA_TOKENS_PER_PARAMETER)} times the compute-optimal ${CHINCHILLA_TOKENS_PER_PARAMETER}`;
    },
  },
  {
    id: 'overtrained-then-quantized',
    on: ['schedule.totalTokens'],
    source: 'Scaling Laws for Precision; Low-Bit Quantization Favors Undertrained LLMs, arXiv 2411.17691',
    text(plan) {
      const ratio = tokensPerParameter(plan);
      if (ratio === undefined || ratio < OVERTRAINED) return undefined;
      return 'The longer a model is trained, the more it loses when quantised to few bits afterwards';
    },
  },
  {
    id: 'training-compute',
    on: ['schedule.totalTokens', 'parallel.world'],
    source:
      'Kaplan et al. 2020, arXiv 2001.08361 (6ND); MegaScale, arXiv 2402.15627 (55.2% of the peak); Optimizing Distributed Training on Frontier (32% to 38%)',
    text(plan) {
      const tokens = positive(plan, 'schedule.totalTokens');
      const parameters = positive(plan, 'model.activeParameterCount') ?? positive(plan, 'model.parameterCount');
      if (tokens === undefined || parameters === undefined || plan.values['adapter.kind']?.value !== 'none')
        return undefined;
      const flops = FLOPS_PER_PARAMETER_AND_TOKEN * parameters * tokens;
      return `About ${rateText(flops)} FLOPs${durationText(plan, flops)}`;
    },
  },
  {
    id: 'data-repetition',
    on: ['schedule.epochs', 'data.tokens'],
    source:
      'Muennighoff et al. 2023, arXiv 2305.16264; dropout helps repeated data, To Repeat or Not To Repeat, arXiv 2305.13230',
    text(plan) {
      const epochs = positive(plan, 'schedule.epochs');
      if (epochs === undefined || epochs <= 1 || plan.values['run.objective']?.value !== 'pretraining')
        return undefined;
      return `${rounded(epochs, 3)} epochs are worth about ${rounded(effectiveEpochs(epochs))} epochs of new data; up to 4 repeats cost almost nothing`;
    },
  },
  {
    id: 'learning-rate-by-horizon',
    on: ['schedule.totalTokens', 'schedule.totalSteps'],
    source: `Bjorck et al. 2024, arXiv 2409.19913 (exponent ${HORIZON_EXPONENT}); Power Scheduler, arXiv 2408.13359; Time Transfer, arXiv 2410.05838`,
    text(plan) {
      const rate = positive(plan, 'optimizer.peakLearningRate');
      const tokens = positive(plan, 'schedule.totalTokens');
      if (!isPretraining(plan) || rate === undefined || tokens === undefined) return undefined;
      return `At the same batch a run twice as long wants about ${rateText(rate * horizonFactor(2))} instead of ${rateText(rate)}`;
    },
  },
  {
    id: 'updates-of-run',
    on: ['schedule.epochs', 'schedule.totalSteps'],
    source: 'Hoffer et al. 2017, arXiv 1705.08741',
    text(plan) {
      const steps = positive(plan, 'schedule.totalSteps');
      if (steps === undefined || positive(plan, 'schedule.epochs') === undefined) return undefined;
      return `${countText(Math.round(steps))} optimizer steps in all; twice the batch at the same epochs takes half of them`;
    },
  },
  {
    id: 'warmup-references',
    on: ['schedule.warmupSteps', 'schedule.warmupRatio'],
    source:
      'GPT-3, arXiv 2005.14165; LLaMA, arXiv 2302.13971; Llama 3, arXiv 2407.21783; gpt-neox: configs/pythia; alignment-handbook: recipes; open-r1: recipes',
    text(plan) {
      const objective = plan.values['run.objective']?.value;
      if (isPretraining(plan))
        return 'Published pretraining warms up over 0.1% to 1% of the run: 375M tokens for GPT-3, 2,000 steps for LLaMA, 8,000 for Llama 3.1 405B';
      if (objective === 'sft' || objective === 'dpo') return 'Published fine-tunes warm up over 3% to 10% of the run';
      return undefined;
    },
  },
  {
    id: 'untuned-warmup',
    on: ['schedule.warmupSteps', 'schedule.warmupRatio'],
    source: 'Ma and Yarats 2019, arXiv 1910.04209',
    text(plan) {
      const beta2 = positive(plan, 'optimizer.beta2');
      const total = positive(plan, 'schedule.totalSteps');
      if (beta2 === undefined || beta2 >= 1 || plan.values['run.fromScratch']?.value !== true) return undefined;
      const steps = untunedWarmupSteps(beta2);
      if (total !== undefined && steps >= total) return undefined;
      return `Adam with β2 ${rateText(beta2)} settles its second moment over about ${countText(steps)} steps`;
    },
  },
  {
    id: 'gradual-warmup',
    on: ['schedule.warmupSteps', 'schedule.warmupRatio'],
    source: 'Goyal et al. 2017, arXiv 1706.02677',
    text(plan) {
      const examples = positive(plan, 'data.examples');
      const batch = positive(plan, 'batch.global');
      if (plan.values['run.task']?.value !== 'image-classification' || batch === undefined || batch < 1024)
        return undefined;
      const steps = examples === undefined ? '' : ` (${countText(Math.round((5 * examples) / batch))} steps here)`;
      return `Large image batches were started with 5 epochs of warmup${steps}`;
    },
  },
];

function tokensPerParameter(plan: TrainingPlan): number | undefined {
  const tokens = positive(plan, 'schedule.totalTokens');
  const parameters = positive(plan, 'model.activeParameterCount') ?? positive(plan, 'model.parameterCount');
  if (!isPretraining(plan) || tokens === undefined || parameters === undefined) return undefined;
  return tokens / parameters;
}

function durationText(plan: TrainingPlan, flops: number): string {
  const world = positive(plan, 'parallel.world');
  const gpu = findGpu(plan.values['hardware.gpu']?.value ?? '');
  if (world === undefined || gpu?.bf16DenseFlops === undefined) return '';
  const hours = (share: number) => flops / (gpu.bf16DenseFlops ?? 1) / world / share / 3600;
  const [short, long] = [hours(REACHED_SHARE.high), hours(REACHED_SHARE.low)];
  const unit = short >= 48 ? 'days' : 'hours';
  const scale = unit === 'days' ? 24 : 1;
  return `: ${rounded(short / scale)} to ${rounded(long / scale)} ${unit} on ${countText(world)} × ${gpu.name} in bf16, at 55% to 32% of its peak`;
}
