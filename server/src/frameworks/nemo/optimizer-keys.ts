import type { ConfigValue } from '../../text/index.ts';
import { decayEnd } from '../kit/decay-end.ts';
import { castNumber, key, positive } from '../kit/key.ts';
import { pairElement } from '../kit/pair-element.ts';
import type { Around, KeyTable } from '../types.ts';

function scheduleName(around: Around): string {
  const name = around.get('model.optim.sched.name');
  return typeof name === 'string' ? name.toLowerCase() : '';
}

/** NoamHoldAnnealing has the name but rises to the written rate itself. */
const isNoam = (around: Around): boolean => scheduleName(around) === 'noamannealing';

/**
 * What a Noam schedule multiplies the written rate by at its peak, the end of warmup: 1 / √(width × warmup steps)
 * (nemo: nemo/core/optim/lr_scheduler.py, NoamAnnealing). Unknown where width or warmup are.
 */
function noamPeakShare(around: Around): number | undefined {
  const width = positive(around.get('model.optim.sched.d_model') ?? null);
  const warmup = positive(around.get('model.optim.sched.warmup_steps') ?? null);
  return width === undefined || warmup === undefined ? undefined : 1 / Math.sqrt(width * warmup);
}

function readRate(value: ConfigValue, around: Around): number | undefined {
  const rate = castNumber(value);
  if (rate === undefined || !isNoam(around)) return rate;
  const share = noamPeakShare(around);
  return share === undefined ? undefined : rate * share;
}

function writeRate(to: number, around: Around): number | undefined {
  if (!isNoam(around)) return to;
  const share = noamPeakShare(around);
  return share === undefined ? undefined : Number((to / share).toPrecision(4));
}

/** Schedules by the names others know them under; the rest keep NeMo's own (nemo: nemo/core/optim/lr_scheduler.py). */
const SCHEDULES: Readonly<Record<string, string>> = {
  cosineannealing: 'cosine',
  cosineannealingscheduler: 'cosine',
  noamannealing: 'noam',
  warmuppolicy: 'constant_with_warmup',
};

function readSchedule(value: ConfigValue): string | undefined {
  if (typeof value !== 'string') return undefined;
  const name = value.slice(value.lastIndexOf('.') + 1);
  return SCHEDULES[name.toLowerCase()] ?? name;
}

/** `model.optim`: one optimizer for the whole model. GAN recipes with one for each network have other keys. */
const DECAY_END = decayEnd({
  read: positive,
  write: (to) => to,
  warmup: (_end, around) => castNumber(around.get('model.optim.sched.warmup_steps') ?? 0) ?? 0,
});

export const OPTIMIZER_KEYS: KeyTable = {
  'model.optim.name': key('optimizer.name'),
  'model.optim._target_': key('optimizer.name'),
  'model.optimizer._target_': key('optimizer.name'),
  'model.optim.lr': key('optimizer.peakLearningRate', { read: readRate, write: writeRate }),
  'model.optimizer.lr': key('optimizer.peakLearningRate'),
  'model.optim.weight_decay': key('optimizer.weightDecay'),
  'model.optim.betas': [
    key('optimizer.beta1', pairElement('model.optim.betas', 0)),
    key('optimizer.beta2', pairElement('model.optim.betas', 1)),
  ],
  'model.optim.eps': key('optimizer.epsilon'),
  'model.optim.momentum': key('optimizer.momentum'),
  'model.optim.sched.name': key('schedule.kind', { read: readSchedule }),
  'model.optim.sched.warmup_steps': key('schedule.warmupSteps'),
  // Without steps of its own the warmup is a share of the run.
  'model.optim.sched.warmup_ratio': key('schedule.warmupRatio', {
    when: (around) => (around.get('model.optim.sched.warmup_steps') ?? null) === null,
  }),
  'model.optim.sched.min_lr': key('schedule.minLearningRate'),
  'model.optim.sched.constant_steps': key('schedule.holdSteps'),
  'model.optim.sched.hold_steps': key('schedule.holdSteps'),
  // The schedule's own end, where the run is a piece of it.
  'model.optim.sched.max_steps_for_lr_sched': key('schedule.decaySteps', DECAY_END),
  'model.optimizer.weight_decay': key('optimizer.weightDecay'),
  'model.lr_scheduler._target_': key('schedule.kind', { read: readSchedule }),
  'model.lr_scheduler.warmup_steps': key('schedule.warmupSteps'),
  'model.lr_scheduler.min_lr': key('schedule.minLearningRate'),
  // NeMo 2 keeps Megatron's own optimizer config beside the model.
  'optim.config.optimizer': key('optimizer.name'),
  'optim.config.lr': key('optimizer.peakLearningRate'),
  'optim.config.weight_decay': key('optimizer.weightDecay'),
  'optim.config.clip_grad': key('optimizer.maxGradNorm'),
  'optim.lr_scheduler._target_': key('schedule.kind', { read: readSchedule }),
  'optim.lr_scheduler.warmup_steps': key('schedule.warmupSteps'),
  'optim.lr_scheduler.min_lr': key('schedule.minLearningRate'),
  'exp_manager.ema.decay': key('optimizer.emaDecay', {
    when: (around) => around.get('exp_manager.ema.enable') === true,
  }),
};
