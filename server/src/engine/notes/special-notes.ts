import type { TrainingPlan } from '../../plan/index.ts';
import { countText, gibText } from '../value-text.ts';
import { type Note, percentText, positive, rounded } from './note.ts';

/** Bytes of one similarity in fp32. */
const SIMILARITY_BYTES = 4;

/** From here gains of image-text training flattened. Zhai et al. 2023, arXiv 2303.15343. */
const FLAT_BATCH = 32_768;

/** A contrastive batch this small has losses that suit it better. Yeh et al. 2021, arXiv 2110.06848. */
const SMALL_BATCH = 512;

/** Facts on contrastive training, mixtures of experts, packing and normalisation. */
export const SPECIAL_NOTES: readonly Note[] = [
  {
    id: 'contrastive-negatives',
    on: ['batch.micro', 'contrastive.loss', 'contrastive.gathered', 'contrastive.cachedMicro'],
    source: 'GradCache, arXiv 2101.06983; SimCLR, arXiv 2002.05709; Conan-embedding',
    text(plan) {
      const batch = contrastiveBatch(plan);
      if (batch === undefined) return undefined;
      return `Each anchor meets ${countText(batch - 1)} in-batch negatives; accumulation adds none, a gathered or cached loss does`;
    },
  },
  {
    id: 'contrastive-matrix',
    on: ['batch.micro', 'batch.global', 'contrastive.loss'],
    source: 'Inf-CL, Breaking the Memory Barrier; SigLIP, arXiv 2303.15343',
    text(plan) {
      const batch = contrastiveBatch(plan);
      if (batch === undefined) return undefined;
      return `The matrix of all pairs takes ${gibText(batch * batch * SIMILARITY_BYTES)} in fp32 and grows with the square of the batch, unless it is computed in tiles`;
    },
  },
  {
    id: 'contrastive-range',
    on: ['contrastive.loss', 'contrastive.temperature', 'batch.global'],
    source:
      'SigLIP, arXiv 2303.15343; Decoupled Contrastive Learning; Poly-View Contrastive Learning; Hard Negative Mixing; TriBYOL, arXiv 2206.03012; TiCo; Automatic Temperature Individualization; LoCo and M2-BERT; Classification Done Right',
    text(plan) {
      const batch = contrastiveBatch(plan);
      if (batch === undefined) return undefined;
      if (batch > FLAT_BATCH)
        return 'Gains of image-text training flatten near 32k pairs; harder negatives gave more than further ones';
      if (batch <= SMALL_BATCH)
        return 'Small batches have losses that suit them: decoupled or sigmoid ones, more views a sample, temperatures of their own, prototypes, or class labels instead of pairs';
      return undefined;
    },
  },
  {
    id: 'negative-quality',
    on: ['contrastive.loss', 'contrastive.cachedMicro'],
    source:
      'NGAME; TAS-Balanced; Hard Negative Mixing; Contextual Document Embeddings; BGE M3; Conan-embedding; Data curation via joint example selection',
    text(plan) {
      if (plan.values['contrastive.loss'] === undefined) return undefined;
      return 'Batches of neighbours, of one topic or one data set, and of like lengths gave harder negatives than larger ones; choosing a batch from a larger one costs a forward pass over it';
    },
  },
  {
    id: 'moe-total-and-active',
    on: ['model.experts', 'model.expertsPerToken', 'model.activeParameterCount'],
    source:
      'Parameters vs FLOPs; Unified Scaling Laws for Routed Language Models, arXiv 2202.01169; Jamba-1.5, arXiv 2408.12570; Understanding the Performance and Estimating the Cost of LLM Fine-Tuning, arXiv 2408.04693',
    text(plan) {
      const total = positive(plan, 'model.parameterCount');
      const active = positive(plan, 'model.activeParameterCount');
      if (total === undefined || active === undefined || active >= total) return undefined;
      return `Memory follows all ${countText(total)} parameters, compute the ${countText(active)} active ones (${percentText(active / total)})`;
    },
  },
  {
    id: 'moe-balance',
    on: ['moe.balanceLoss', 'moe.balanceScope'],
    source: 'Demons in the Detail, arXiv 2501.11873',
    text(plan) {
      if (plan.values['moe.balanceLoss'] === undefined && plan.values['moe.balanceScope'] === undefined)
        return undefined;
      return 'Balanced within a micro batch of few sequences, every sequence is spread over all experts; balance over the global batch lets them specialise';
    },
  },
  {
    id: 'packing-fill',
    on: ['data.packing', 'data.padToMax', 'data.groupByLength'],
    source: 'Krell et al. 2021, arXiv 2107.02027; Dataset Decomposition; EMMeTT; ChunkFormer; Prepacking',
    text(plan) {
      const mean = positive(plan, 'data.meanTokens');
      const length = positive(plan, 'data.sequenceLength');
      const isPacked = plan.values['data.packing']?.value === true;
      if (mean !== undefined && length !== undefined && mean < length)
        return isPacked
          ? `A packed sequence holds about ${rounded(length / mean)} examples, so a step averages over that many times its sequences`
          : `${percentText(1 - mean / length)} of each full-length row would be padding; packing, or grouping by length, spends it on examples`;
      if (plan.values['data.groupByLength']?.value === true)
        return 'Grouped by length, memory follows the longest group; smaller batches there keep the tokens of a step even';
      return plan.values['data.padToMax']?.value === true && !isPacked
        ? 'Up to half of the tokens of common text data are padding at full length'
        : undefined;
    },
  },
  {
    id: 'packing-isolation',
    on: ['data.packing', 'data.packingIsolated'],
    source: 'Krell et al. 2021, arXiv 2107.02027; Dataset Decomposition, arXiv 2405.13226',
    text(plan) {
      if (plan.values['data.packing']?.value !== true) return undefined;
      return 'Packed documents attend to each other unless the mask and the positions start anew with each';
    },
  },
  {
    id: 'batch-norm-batch',
    on: ['model.batchNorm', 'batch.micro'],
    source:
      'Hoffer et al. 2017, arXiv 1705.08741; Layer Normalization, arXiv 1607.06450; NFNets; FedWon; Un-Mixing Test-Time Normalization Statistics',
    text(plan) {
      const norm = plan.values['model.batchNorm']?.value;
      const micro = positive(plan, 'batch.micro');
      if (norm === undefined || norm === 'none' || micro === undefined) return undefined;
      return norm === 'sync'
        ? 'Batch statistics are shared over the ranks, accumulation adds nothing to them'
        : `Batch statistics come from the ${countText(micro)} samples of one device; group or layer norm, or nets without norm and with adaptive clipping, do not mind`;
    },
  },
  {
    id: 'gan-critical-batch',
    on: ['batch.global', 'batch.micro'],
    source: 'Existence and Estimation of Critical Batch Size for Training Generative Adversarial Networks',
    text(plan) {
      if (plan.values['run.task']?.value !== 'gan') return undefined;
      return 'Steps fall with the batch up to a critical size, past which the gradients computed in all grow; two rates for generator and discriminator are meant';
    },
  },
  {
    id: 'diffusion-batch',
    on: ['batch.global', 'optimizer.peakLearningRate'],
    source: 'Towards Precise Scaling Laws for Video Diffusion Transformers',
    text(plan) {
      if (plan.values['run.task']?.value !== 'diffusion') return undefined;
      return 'Diffusion transformers react to rate and batch more sharply than language models, whose laws do not carry over';
    },
  },
  {
    id: 'uneven-gpus',
    on: ['hardware.gpu', 'parallel.world'],
    source: 'Cephalo',
    text(plan) {
      const world = positive(plan, 'parallel.world');
      if (plan.values['hardware.gpu'] === undefined || world === undefined || world < 2) return undefined;
      return 'All ranks are taken to have this card; in a mixed cluster an even split fits what the smallest card holds';
    },
  },
];

function contrastiveBatch(plan: TrainingPlan): number | undefined {
  if (plan.values['contrastive.loss'] === undefined) return undefined;
  const micro = positive(plan, 'batch.micro');
  if (micro === undefined) return undefined;
  return plan.values['contrastive.gathered']?.value === true ? micro * (positive(plan, 'parallel.data') ?? 1) : micro;
}
