/** Mistakes that published configs really hold, found by reading them: file (the end of its name), what tells of it. */
export const KNOWN_MISTAKES: readonly (readonly [string, string])[] = [
  ['pythia__models__12B__pythia-12b.yml', 'syntax'],
  ['pythia__models__12B__pythia-12b-deduped.yml', 'head-dims-indivisible'],
  ['finetune__gemma-2b__full.yaml', 'warmup-outlasts-run'],
  ['finetune__phi-2__full.yaml', 'warmup-outlasts-run'],
  ['train_lora_omnigen2_24gb.yaml', 'syntax'],
  ['training__falcon__falcon_7b.yaml', 'batch-identity-broken'],
  ['training__mixtral__mixtral_8x22b.yaml', 'batch-identity-broken'],
  ['training__clip__siglip_config.yaml', 'batch-identity-broken'],
  ['training__gpt3__40b_16k.yaml', 'warmup-outlasts-run'],
  ['training__gpt3__40b_32k.yaml', 'warmup-outlasts-run'],
  ['training__gpt3__5b_32k.yaml', 'warmup-outlasts-run'],
  ['training__gpt3__mlperf.yaml', 'warmup-outlasts-run'],
  ['peft__mistral_embedding__squad.yaml', 'warmup-outlasts-run'],
  ['peft__griffin__sft.yaml', 'warmup-outlasts-run'],
  ['conf__es__fastpitch_align_44100.yaml', 'warmup-outlasts-run'],
  ['expert_parallel__qwen3_30ba3b_ep_fft_4gpu.yaml', 'wrong-type'],
  ['expert_parallel__qwen3_30ba3b_ep_lora_4gpu.yaml', 'wrong-type'],
  ['llama-3__diffusion__sft-1b.yaml', 'wrong-type'],
  ['cerebras__btlm-ft.yml', 'unknown-key'],
  ['llama-2__gptq-lora.yml', 'unknown-key'],
  ['with_launcher__accelerate_config.yaml', 'key-needs-another'],
  ['slurm_scripts_templates__ds_config.json', 'key-needs-another'],
  ['hybrid_engine_config.json', 'key-needs-another'],
  ['tulu3_8b_preview_mix_v3.2.yaml', 'duplicate-key'],
  ['config_qwen_with_moe.yaml', 'duplicate-key'],
  ['BGR_sBN_precBN.yaml', 'duplicate-key'],
  ['fzBN_fz_lrpt005_warm100.yaml', 'duplicate-key'],
  ['config_280m_llama_proxy.yaml', 'sequence-exceeds-positions'],
  ['config_tiny_llama_with_s3_upload.yaml', 'decay-misses-run-end'],
  ['gpt2__pretraining__macos_train.yaml', 'warmup-outlasts-run'],
  ['qwen3_5__sft__0.8b_lora__train.yaml', 'warmup-outlasts-run'],
];

const RATE_RULES = [
  'learning-rate-above-band',
  'lr-from-another-optimizer',
  'pretraining-lr-above-laws',
  'full-finetune-lr-lora-sized',
  'rl-lr-too-high',
  'preference-lr-too-high',
];

/** What looks like a mistake and is none: folder, what the text holds, rules that stay silent. */
export const NO_MISTAKES: readonly (readonly [string, string, RegExp, readonly string[]])[] = [
  ['rates of 5 that Noam divides by the root of the width', 'nemo', /NoamAnnealing/, RATE_RULES],
  ['LAMB’s own rates', 'deepspeed', /"type":\s*"(OneBit|Fused)?Lamb"/i, RATE_RULES],
  ['SGD’s own rates', 'vissl', /name: sgd/, RATE_RULES],
  ['a rate of zero that another key replaces', 'dinov2', /lr: 0\b/, [...RATE_RULES, 'min-lr-above-peak']],
  ['a floor at the peak, which spells a constant schedule', 'ms-swift', /min_lr/, ['min-lr-above-peak']],
  ['a floor at the peak under Megatron', 'nemo-rl', /min_lr/, ['min-lr-above-peak']],
  ['decays longer than an autotuning run', 'gpt-neox', /autotuning/, ['decay-misses-run-end']],
  ['decays longer than a test', 'megatron-lm-args', /lr-decay-iters: 320000/, ['decay-misses-run-end']],
  ['a decay counted from step one', 'nanotron', /522000/, ['decay-misses-run-end']],
  ['degrees of the engine that is off', 'nemo-rl', /dtensor_cfg/, ['world-size-indivisible']],
  ['a head width apart from hidden / heads', 'nemo-rl', /Qwen3/, ['head-dims-indivisible']],
];

/** Commits that mend a config where its text alone, and the number of GPUs its README or name states, tell: id, rule, GPUs. */
export const MENDED: readonly (readonly [string, string, number | undefined])[] = [
  ['006', 'batch-identity-broken', 8],
  ['009', 'batch-identity-broken', 8],
  ['012', 'batch-identity-broken', 8],
  ['039', 'world-size-indivisible', undefined],
  ['064', 'accumulation-with-step-in-backward', undefined],
];
