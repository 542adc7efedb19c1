import {
  batchCost,
  criticalBatch,
  deepSeekBatch,
  optimalWeightDecay,
  powerLinesOptimalSequences,
  stepLawOptimalBatch,
  zhangCriticalBatch,
} from '../../scaling/index.ts';
import { countText, rateText } from '../value-text.ts';
import { isPretraining, lawParameters } from './facts-of-plan.ts';
import { type Note, percentText, positive, rounded } from './note.ts';

/** Sequences of Power Lines' fit hold this many tokens. */
const POWER_LINES_SEQUENCE = 2048;

/** Horizons below this many tokens are tests: no law was fitted there. */
const FEWEST_FITTED_TOKENS = 1e9;

/** From this many images or sequences a step on, optimizers beyond plain SGD and Adam were needed or tried. */
const LARGE_BATCH = 4096;

/** Facts on the global batch: how large batches were, what growing them costs, and what they do not do. */
export const BATCH_NOTES: readonly Note[] = [
  {
    id: 'critical-batch',
    on: ['batch.global', 'batch.tokensPerStep', 'batch.micro'],
    source:
      'Zhang et al. 2024, arXiv 2410.21676; Bergsma et al. 2025, arXiv 2505.13738; McCandlish et al. 2018, arXiv 1812.06162; constants depend on the setup',
    text(plan) {
      const tokens = pretrainingTokens(plan);
      if (tokens === undefined) return undefined;
      const critical = criticalBatch(tokens);
      const own = positive(plan, 'batch.tokensPerStep');
      const cost =
        own === undefined
          ? ''
          : `; this batch costs about ${percentText(batchCost(own / critical).tokens - 1)} more tokens than a small one`;
      return `For ${countText(tokens)} tokens the critical batch is about ${countText(Number(critical.toPrecision(2)))} tokens, and up to ${countText(Number(zhangCriticalBatch(tokens).toPrecision(2)))} steps still fall almost in proportion${cost}`;
    },
  },
  {
    id: 'law-batch',
    on: ['batch.global', 'batch.tokensPerStep'],
    source:
      'Li et al. 2025, arXiv 2503.04715; DeepSeek LLM 2024, arXiv 2401.02954; Bergsma et al. 2025, arXiv 2505.13738; within a factor of 2 the loss is flat',
    text(plan) {
      const tokens = pretrainingTokens(plan);
      const parameters = lawParameters(plan);
      if (tokens === undefined) return undefined;
      const deepSeek =
        parameters === undefined ? '' : `, DeepSeek’s law ${batchText(deepSeekBatch(6 * parameters * tokens))}`;
      const powerLines = POWER_LINES_SEQUENCE * powerLinesOptimalSequences(tokens);
      return `Best batch for ${countText(tokens)} tokens: Step Law ${batchText(stepLawOptimalBatch(tokens))}${deepSeek}, Power Lines ${batchText(powerLines)} tokens`;
    },
  },
  {
    id: 'reference-batches',
    on: ['batch.tokensPerStep', 'batch.global'],
    source:
      'GPT-3, arXiv 2005.14165; LLaMA, arXiv 2302.13971; DeepSeek-V3, arXiv 2412.19437; PLDR-LLM, arXiv 2410.16703',
    text(plan) {
      if (!isPretraining(plan)) return undefined;
      return 'Published batches: 0.5M tokens a step for GPT-3 125M and BERT-size models, 4M for LLaMA 7B, 63M for DeepSeek-V3; PLDR-LLM trained at 32 sequences over 8B tokens';
    },
  },
  {
    id: 'batch-ramp',
    on: ['batch.rampUp', 'batch.global'],
    source:
      'AdAdaGrad 2024, arXiv 2402.11215; McCandlish et al. 2018, arXiv 1812.06162; Time Transfer 2024, arXiv 2410.05838; Falcon2-11B technical report',
    text(plan) {
      if (!isPretraining(plan) || positive(plan, 'batch.global') === undefined) return undefined;
      return plan.values['batch.rampUp']?.value === true
        ? 'The critical batch grows as the loss falls, which a growing batch follows; a jump in the batch wants a look at the learning rate'
        : 'The critical batch grows as the loss falls: long runs start with a small batch and let it grow';
    },
  },
  {
    id: 'batch-and-quality',
    on: ['batch.global'],
    source:
      'Shallue et al. 2018, arXiv 1811.03600; Hoffer et al. 2017, arXiv 1705.08741; Deep Learning is Robust to Massive Label Noise',
    text(plan) {
      const batch = positive(plan, 'batch.global');
      const epochs = positive(plan, 'schedule.epochs');
      if (batch === undefined || epochs === undefined || isPretraining(plan)) return undefined;
      return 'A larger batch does not itself hurt quality once the learning rate is tuned again; at the same epochs it takes fewer steps, which does. Noisy labels make a batch count for less';
    },
  },
  {
    id: 'pretraining-facts-in-a-batch',
    on: ['batch.tokensPerStep'],
    source:
      'How Do Large Language Models Acquire Factual Knowledge During Pretraining?; Rethinking Conventional Wisdom, arXiv 2409.15156',
    text(plan) {
      if (!isPretraining(plan)) return undefined;
      return 'In single-pass pretraining larger batches went with slower forgetting of facts, duplicated data with faster; regularising by a small batch is advice for many epochs';
    },
  },
  {
    id: 'optimizer-batch-range',
    on: ['batch.global', 'optimizer.name'],
    source:
      'LARS, arXiv 1708.03888; LAMB, arXiv 1904.00962; GSNR, arXiv 2309.13681; Concurrent Adversarial Learning for Large-Batch Training; dense prediction, arXiv 2210.11078',
    text(plan) {
      const batch = positive(plan, 'batch.global');
      if (batch === undefined || batch < LARGE_BATCH) return undefined;
      return OPTIMIZER_RANGES[plan.values['run.task']?.value ?? ''];
    },
  },
  {
    id: 'weight-decay-by-batch',
    on: ['optimizer.weightDecay'],
    source:
      'Bergsma et al. 2025, arXiv 2505.13738; A disciplined approach to neural network hyper-parameters, Part 1; Logit Attenuating Weight Normalization',
    text(plan) {
      const batchTokens = positive(plan, 'batch.tokensPerStep');
      const learningRate = positive(plan, 'optimizer.peakLearningRate');
      const trainedTokens = pretrainingTokens(plan);
      const parameters = lawParameters(plan);
      if (batchTokens === undefined || learningRate === undefined || trainedTokens === undefined) return undefined;
      if (parameters === undefined || plan.values['optimizer.mup']?.value === true) return undefined;
      const best = optimalWeightDecay({ batchTokens, learningRate, trainedTokens, parameters });
      return `Power Lines’ weight decay for this batch, rate and horizon is ${rateText(Number(best.toPrecision(2)))}; it moves with the batch, and against the rate`;
    },
  },
  {
    id: 'data-parallel-limit',
    on: ['parallel.data'],
    source: 'Layered gradient accumulation, arXiv 2106.02679, and McCandlish et al. 2018, arXiv 1812.06162',
    text(plan) {
      const tokens = pretrainingTokens(plan);
      const length = positive(plan, 'data.sequenceLength');
      const micro = positive(plan, 'batch.micro');
      if (tokens === undefined || length === undefined || micro === undefined) return undefined;
      const ranks = Math.floor(criticalBatch(tokens) / (length * micro));
      return ranks < 1
        ? undefined
        : `Past about ${countText(ranks)} ranks of micro batch ${micro} the batch passes the critical one: more data parallelism saves less time than it costs`;
    },
  },
  {
    id: 'domain-batch',
    on: ['batch.global', 'batch.micro'],
    source: 'Simple-BEV; TriBYOL, arXiv 2206.03012; TiCo; Automatic Temperature Individualization',
    text(plan) {
      if (positive(plan, 'batch.global') === undefined && positive(plan, 'batch.micro') === undefined) return undefined;
      return DOMAIN_BATCHES[plan.values['run.task']?.value ?? ''];
    },
  },
];

/** What was shown to train at large batches, by task. */
const OPTIMIZER_RANGES: Readonly<Record<string, string>> = {
  'image-classification':
    'ImageNet with SGD held up to 8,192 images a step, with LARS to 32k, with adversarial training to 96k',
  'masked-lm': 'BERT trained with LAMB, and with CAME, at up to 32,768 sequences a step',
  detection:
    'LARS and LAMB lose accuracy in detection and segmentation at large batches: modules differ in gradient variance',
};

/** Where something else than the batch gave more, by task. */
const DOMAIN_BATCHES: Readonly<Record<string, string>> = {
  detection: 'In bird’s-eye-view perception batch and input resolution moved results more than the architecture did',
  'self-supervised-vision':
    'Small batches have losses of their own: three views (TriBYOL), covariance terms (TiCo, Barlow Twins), per-sample temperatures',
};

function pretrainingTokens(plan: Parameters<Note['text']>[0]): number | undefined {
  const tokens = positive(plan, 'schedule.totalTokens');
  return isPretraining(plan) && tokens !== undefined && tokens >= FEWEST_FITTED_TOKENS ? tokens : undefined;
}

function batchText(tokens: number): string {
  return tokens >= 1e6 ? `${rounded(tokens / 1e6)}M` : `${rounded(tokens / 1e3)}k`;
}
