import type { Quantity } from './quantity.ts';

/** What many configs state besides; no share of them was aimed at. */
export const MORE_QUANTITIES: readonly Quantity[] = [
  {
    id: 'accumulation',
    title: 'gradient accumulation',
    parts: [
      {
        names: [
          {
            key: /^(gradient_|grad_)?acc(umulat(ion|e))?(_?grad)?(_steps|_batches|_iter|_batches_per_replica)?$/,
            value: 'several',
          },
          {
            key: /^(update_freq|batch_accumulation_per_replica|accumulate_grad_batches|accum_iter)$/,
            value: 'several',
          },
        ],
        fields: ['batch.gradientAccumulation'],
      },
    ],
  },
  {
    id: 'warmup',
    title: 'warmup',
    parts: [
      {
        names: [
          {
            key: /^(lr_|num_|learning_rate_)*(warmup|warm_up)(_steps|_iters|_updates|_ratio|_fraction|_proportion|_epochs|_iterations|_step|_samples|_steps_ratio|_steps_fraction|_duration)?$/,
            value: 'amount',
          },
          { key: /^(t_warmup|lr_warmup_fraction)$/, value: 'amount' },
          { key: /^t_warmup$/, value: 'duration' },
        ],
        fields: ['schedule.warmupSteps', 'schedule.warmupRatio'],
      },
    ],
  },
  {
    id: 'decay',
    title: 'weight decay',
    parts: [
      {
        names: [{ key: /^(weight_decay|wd|adam_weight_decay|base_weight_decay)$/, value: 'amount' }],
        fields: ['optimizer.weightDecay'],
      },
    ],
  },
  {
    id: 'clipping',
    title: 'gradient clipping',
    parts: [
      {
        names: [
          {
            key: /^(max_grad_norm|clip_grad|gradient_clip_val|gradient_clipping|clip_norm|grad_clip|clip_grad_norm|gradient_clip|max_norm|grad_clip_norm|grad_norm_clip|clip|clipping_threshold|gradient_clipping_threshold)$/,
            value: 'amount',
          },
        ],
        fields: ['optimizer.maxGradNorm'],
      },
    ],
  },
  {
    id: 'rank',
    title: 'rank of an adapter',
    parts: [
      {
        names: [
          { key: /^(lora_r|lora_rank|lora_dim)$/, value: 'count' },
          {
            key: /^(r|rank|dim)$/,
            under: /^(lora|adapter|peft|peft_config|lora_config|lora_tuning|lora_cfg|network)$/,
            value: 'count',
          },
        ],
        fields: ['adapter.rank'],
      },
    ],
  },
];
