import { countText } from '../value-text.ts';
import { type Note, percentText, positive, rounded } from './note.ts';

/** Bits of a 4-bit weight with its scales: fp32 for each 64 weights, or 8-bit ones scaled again by 256. bitsandbytes: bitsandbytes/functional.py. */
const NF4_BITS = { plain: 4.5, double: 4.127 } as const;

/** Facts on what a setting costs in memory or time, and what else would have helped. */
export const MEMORY_NOTES: readonly Note[] = [
  {
    id: 'lora-scaling',
    on: ['adapter.rank', 'adapter.alpha'],
    source: 'peft: src/peft/tuners/lora/layer.py; rsLoRA, arXiv 2312.03732; TRL: docs/source/lora_without_regret.md',
    text(plan) {
      const rank = positive(plan, 'adapter.rank');
      const alpha = positive(plan, 'adapter.alpha');
      if (rank === undefined || alpha === undefined) return undefined;
      const stabilized = plan.values['adapter.rankStabilized']?.value === true;
      const scale = alpha / (stabilized ? Math.sqrt(rank) : rank);
      return `The update is scaled by α/${stabilized ? '√r' : 'r'} = ${rounded(scale, 3)}; doubling α acts much like doubling the rate, and the best rate hardly moves with the rank`;
    },
  },
  {
    id: 'trainable-share',
    on: ['adapter.kind', 'adapter.targets', 'adapter.trainableShare'],
    source: 'SlimFit, arXiv 2305.18513; Tracking Meets LoRA: a ViT-g at batch 16 took 25.8 GB',
    text(plan) {
      const kind = plan.values['adapter.kind']?.value;
      const share = positive(plan, 'adapter.trainableShare');
      if ((kind === undefined || kind === 'none') && (share === undefined || share >= 1)) return undefined;
      return 'Gradients and optimizer states are kept for the trained share alone; most activations stay';
    },
  },
  {
    id: 'checkpointing-cost',
    on: ['activations.checkpointing', 'activations.checkpointEvery'],
    source: 'Korthikanti et al. 2022, arXiv 2205.05198; PaReprop; SlimFit, arXiv 2305.18513',
    text(plan) {
      const kind = plan.values['activations.checkpointing']?.value;
      if (kind === 'full')
        return 'The forward pass runs twice: about a third more compute for one stored input a layer';
      if (kind === 'selective')
        return 'The cheap operations are computed twice: a few percent more compute for a large part of the activations';
      if (kind === 'none')
        return 'Recomputing whole layers would cost about a third more compute, parts of them a few percent';
      return undefined;
    },
  },
  {
    id: 'activation-compression',
    on: ['activations.checkpointing', 'activations.offload'],
    source:
      'Mesa (8-bit storage, up to half); Winner-Take-All Column Row Sampling, arXiv 2305.15265; COAT, arXiv 2410.19313',
    text(plan) {
      if (plan.values['activations.checkpointing']?.value === undefined) return undefined;
      return 'Activations grow with micro batch and length, not with the parameter count; storing them in fewer bits or sampled was shown to halve them, which no config here turns on';
    },
  },
  {
    id: 'fp8-keeps-states',
    on: ['precision.compute'],
    source: 'COAT, arXiv 2410.19313; Microscaling Data Formats; Unit Scaling',
    text(plan) {
      if (plan.values['precision.compute']?.value !== 'fp8') return undefined;
      return 'fp8 speeds the matrix products, each with a scale of its own; weights, states and activations keep their bytes unless they are stored in fp8 as well';
    },
  },
  {
    id: 'half-precision-speed',
    on: ['precision.compute', 'precision.autocast', 'precision.fp16Flag'],
    source: 'Scaling Neural Machine Translation; Improve Machine Learning carbon footprint, Part I; Unit Scaling',
    text(plan) {
      const { 'precision.autocast': autocast, 'precision.compute': compute } = plan.values;
      if (autocast?.value === 'fp16' || compute?.value === 'fp16')
        return 'fp16 with large batches was several times as fast as fp32; it needs loss scaling, and the rate tuned again';
      if (compute?.value === 'fp32')
        return 'Half precision is several times as fast on tensor cores; the saving in power alone is small';
      return undefined;
    },
  },
  {
    id: 'micro-batch-fragmentation',
    on: ['batch.micro'],
    source: 'PyTorch: docs/source/notes/cuda.rst, Optimizing memory usage with PYTORCH_CUDA_ALLOC_CONF',
    text(plan) {
      if (plan.values['data.padToMax']?.value !== false || plan.values['data.packing']?.value === true)
        return undefined;
      return 'Batches of changing length leave the allocator blocks it cannot use again; expandable_segments:True in PYTORCH_CUDA_ALLOC_CONF avoids most of that';
    },
  },
  {
    id: 'micro-batch-layout',
    on: ['batch.micro', 'parallel.tensor', 'parallel.pipeline'],
    source:
      'Hagemann et al. 2023, arXiv 2311.05610 (70.5% of the peak at 13B); Layered gradient accumulation, arXiv 2106.02679; Breadth-First Pipeline Parallelism, arXiv 2211.05953; Optimizing Distributed Training on Frontier',
    text(plan) {
      const micro = positive(plan, 'batch.micro');
      const split = (positive(plan, 'parallel.tensor') ?? 1) * (positive(plan, 'parallel.pipeline') ?? 1);
      if (micro === undefined || split <= 1) return undefined;
      return micro > 1
        ? 'Split models ran fastest at micro batch 1 with more accumulation: it needs the least checkpointing and the smallest pipeline bubble'
        : 'Micro batch 1 was the fastest choice for split models; more micro batches a step shrink the pipeline bubble';
    },
  },
  {
    id: 'gradient-accumulation-cost',
    on: ['batch.gradientAccumulation'],
    source:
      'Computational Bottlenecks of Training Small-scale Large Language Models, arXiv 2410.19456; Marek et al. 2025, arXiv 2507.07101',
    text(plan) {
      const steps = positive(plan, 'batch.gradientAccumulation');
      const micro = positive(plan, 'batch.micro');
      const length = positive(plan, 'data.sequenceLength');
      if (steps === undefined || steps <= 1 || micro === undefined || length === undefined) return undefined;
      return `${countText(micro * length)} tokens a pass, ${countText(steps)} passes a step: the activations of one pass, the time of all; which size is fastest depends on the GPU`;
    },
  },
  {
    id: 'sharding-stages',
    on: ['sharding.zeroStage', 'sharding.engine'],
    source: 'ZeRO, arXiv 1910.02054; ZeRO++, arXiv 2306.10209; PatrickStar',
    text(plan) {
      const stage = plan.values['sharding.zeroStage']?.value;
      if (stage === undefined) return undefined;
      return 'Stage 1 splits optimizer states over the ranks, 2 gradients too, 3 weights too: 12, 2 and 2 bytes a parameter of mixed-precision Adam; stage 3 gathers each layer twice a pass';
    },
  },
  {
    id: 'offload-cost',
    on: ['sharding.offloadOptimizer', 'sharding.offloadParameters'],
    source: 'PatrickStar; FlexGen, arXiv 2303.06865; Superpipeline, arXiv 2410.08791',
    text(plan) {
      const devices = [
        plan.values['sharding.offloadOptimizer']?.value,
        plan.values['sharding.offloadParameters']?.value,
      ];
      if (devices.every((device) => device === undefined)) return undefined;
      return devices.some((device) => device === 'cpu' || device === 'nvme')
        ? 'What is offloaded takes host memory instead, and each step waits for the bus'
        : 'States and weights could live in host memory: the GPU gains their bytes, each step waits for the bus';
    },
  },
  {
    id: 'sequence-parallel',
    on: ['parallel.context', 'parallel.ulysses', 'parallel.sequence', 'data.sequenceLength'],
    source: 'Sequence Parallelism, arXiv 2105.13120; DeepSpeed Ulysses, arXiv 2309.14509',
    text(plan) {
      const degree = (positive(plan, 'parallel.context') ?? 1) * (positive(plan, 'parallel.ulysses') ?? 1);
      const length = positive(plan, 'data.sequenceLength');
      if (degree <= 1 || length === undefined) return undefined;
      return `Each rank holds ${countText(Math.ceil(length / degree))} tokens of a sequence, and a ${percentText(1 / degree)} share of its activations`;
    },
  },
  {
    id: 'quantized-base',
    on: ['adapter.quantization', 'adapter.doubleQuantization'],
    source:
      'The case for 4-bit precision, arXiv 2212.09720; QLoRA, arXiv 2305.14314; HIGGS, arXiv 2411.17525; FPTQ, arXiv 2308.15987; Understanding the Impact of Post-Training Quantization, arXiv 2309.05210',
    text(plan) {
      const format = plan.values['adapter.quantization']?.value;
      if (format === undefined || format === 'none') return undefined;
      if (format !== 'nf4' && format !== 'fp4')
        return 'Frozen weights take these bits and their scales; the adapter trains in 16 or 32';
      const bits = plan.values['adapter.doubleQuantization']?.value === true ? NF4_BITS.double : NF4_BITS.plain;
      return `${bits} bits a weight with its scales, the same for nf4 and fp4; four bits in small blocks are the usual best use of bytes, fewer cost quality`;
    },
  },
  {
    id: 'quantized-kernels',
    on: ['adapter.quantization', 'rollout.engine'],
    source:
      'Fast Matrix Multiplications for Lookup Table-Quantized LLMs, arXiv 2407.10960; FlattenQuant, arXiv 2402.17985; Atom, arXiv 2310.19102',
    text(plan) {
      const format = plan.values['adapter.quantization']?.value;
      if (format === undefined || format === 'none') return undefined;
      return 'Low-bit weights speed up decoding of fewer than about 32 sequences; at more, as in training, they save memory, not time';
    },
  },
  {
    id: 'vocabulary',
    on: ['model.vocabSize'],
    source:
      'Scaling Laws with Vocabulary; Load What You Need: Smaller Versions of Multilingual BERT; Better & Faster LLMs via Multi-token Prediction, arXiv 2404.19737',
    text(plan) {
      const vocabulary = positive(plan, 'model.vocabSize');
      const width = positive(plan, 'model.hiddenSize');
      const all = positive(plan, 'model.parameterCount');
      if (vocabulary === undefined || width === undefined || all === undefined) return undefined;
      const share = (vocabulary * width * (plan.values['model.tiedEmbeddings']?.value === true ? 1 : 2)) / all;
      if (share >= 1) return undefined;
      return `Embedding and head are ${percentText(share)} of the parameters; each extra prediction head adds its own logits, and larger models were best with larger vocabularies`;
    },
  },
  {
    id: 'compact-models',
    on: ['model.name', 'model.imageSize'],
    source:
      'The Ramifications of Making Deep Neural Networks Compact; Fast and Accurate Model Scaling, arXiv 2103.06877',
    text(plan) {
      if (plan.values['run.task']?.value !== 'image-classification') return undefined;
      return 'Memory of image models does not follow the parameter count: activations grow with resolution and depth in proportion to the FLOPs, with width by their root';
    },
  },
];
