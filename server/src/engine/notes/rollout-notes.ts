import { type ModelShape, shapeOf } from '../../facts/index.ts';
import type { TrainingPlan } from '../../plan/index.ts';
import { countText, gibText } from '../value-text.ts';
import { type Note, percentText, positive } from './note.ts';

/** Bytes of one cached number in bf16. */
const CACHE_BYTES = 2;

/** Facts on generation inside a training run: what its cache takes, and what shares or shrinks it. */
export const ROLLOUT_NOTES: readonly Note[] = [
  {
    id: 'kv-cache',
    on: ['rollout.completionLength', 'rollout.promptLength', 'rollout.memoryShare', 'rollout.generations'],
    source: 'PagedAttention, arXiv 2309.06180; KIVI, arXiv 2402.02750; the model’s shape',
    text(plan) {
      const perToken = cacheBytesPerToken(plan);
      const length = sequenceTokens(plan);
      if (perToken === undefined || length === undefined) return undefined;
      return `The cache of one sequence of ${countText(length)} tokens takes ${gibText(perToken * length)} in bf16 (2 × layers × key-value heads × head dim a token), half of it in fp8, an eighth at 2 bits`;
    },
  },
  {
    id: 'kv-cache-precision',
    on: ['rollout.memoryShare', 'rollout.engine'],
    source:
      'KIVI, arXiv 2402.02750; RotateKV, arXiv 2501.16383; AKVQ-VL, arXiv 2501.15021; Coupled Quantization, arXiv 2405.03917',
    text(plan) {
      if (!rollsOut(plan)) return undefined;
      return 'A cache in fp8 costs little; 2 bits were shown with small losses, for images too; 1 bit is research that no common engine ships';
    },
  },
  {
    id: 'kv-heads',
    on: ['model.kvHeads'],
    source:
      'Effectively Compress KV Heads for LLM, arXiv 2406.07056; Efficiently Scaling Transformer Inference, arXiv 2211.05102; Cross-Layer Attention, arXiv 2405.12981; MLKV, arXiv 2406.09297; EL-Attention; SwiftKV, arXiv 2410.03960',
    text(plan) {
      const heads = positive(plan, 'model.heads');
      const kvHeads = positive(plan, 'model.kvHeads');
      if (heads === undefined || kvHeads === undefined || kvHeads >= heads) return undefined;
      return `${kvHeads} of ${heads} heads are cached, so generation keeps ${percentText(kvHeads / heads)} of a full cache; layers that share one, or low-rank caches, divide it again`;
    },
  },
  {
    id: 'kv-cache-beyond-memory',
    on: ['rollout.memoryShare'],
    source:
      'H2O, arXiv 2306.14048; Scissorhands, arXiv 2305.17118; ShadowKV, arXiv 2410.21465; MagicPIG, arXiv 2410.16179; A2ATS, arXiv 2502.12665; InfiniGen, arXiv 2406.19707; InstInfer, arXiv 2409.04992; Eigen Attention; Dynamic Memory Compression, arXiv 2403.09636; No Token Left Behind, arXiv 2402.18096',
    text(plan) {
      if (!rollsOut(plan)) return undefined;
      return 'A cache that does not fit can drop old tokens (which was seen to break context and safety), keep them at few bits, or move to host or disk at the bus’s speed';
    },
  },
  {
    id: 'rollout-reservation',
    on: ['rollout.memoryShare', 'rollout.completionLength'],
    source:
      'PagedAttention, arXiv 2309.06180; vAttention, arXiv 2405.04437; S3, arXiv 2306.06000; Efficient LLM inference solution on Intel GPU, arXiv 2401.05391',
    text(plan) {
      const share = positive(plan, 'rollout.memoryShare');
      if (share === undefined || share > 1)
        return rollsOut(plan) && plan.values['rollout.engine']?.value === 'hf'
          ? 'A static cache is charged at its full length for every sequence, however short the completions'
          : undefined;
      return `The engine takes ${percentText(share)} of the GPU at start: its weights first, pages of cache from the rest`;
    },
  },
  {
    id: 'shared-prefix',
    on: ['rollout.generations'],
    source: 'PagedAttention, arXiv 2309.06180; Hydragen, arXiv 2402.05099; BatchLLM, arXiv 2412.03594',
    text(plan) {
      const generations = positive(plan, 'rollout.generations');
      if (generations === undefined || generations < 2) return undefined;
      return `All ${generations} completions of a prompt share its cache where the engine caches prefixes`;
    },
  },
  {
    id: 'chunked-prefill',
    on: ['rollout.promptLength', 'rollout.engine'],
    source:
      'SARATHI, arXiv 2308.16369; Sarathi-Serve, arXiv 2403.02310; Mnemosyne, arXiv 2409.17264; Prepacking; BatchLLM, arXiv 2412.03594',
    text(plan) {
      if (!rollsOut(plan)) return undefined;
      return 'With chunked prefill the activations follow the engine’s token budget, not the longest prompt; prompts of unlike lengths waste padding where they are not packed';
    },
  },
  {
    id: 'speculative-decoding',
    on: ['rollout.engine'],
    source: 'MagicDec, arXiv 2408.11049; BASS; Better & Faster LLMs via Multi-token Prediction, arXiv 2404.19737',
    text(plan) {
      if (!rollsOut(plan)) return undefined;
      return 'Speculative decoding needs memory for its draft; it still pays at large batches where sequences are long';
    },
  },
  {
    id: 'recurrent-state',
    on: ['model.name', 'model.family'],
    source: 'Llamba; Jamba-1.5, arXiv 2408.12570; Just read twice, arXiv 2407.05483',
    text(plan) {
      const shape = shapeOf(plan);
      if (shape === undefined || !isHybrid(shape)) return undefined;
      return 'Recurrent layers keep a state of fixed size a sequence when generating; only attention layers cache by length, at some cost in recall';
    },
  },
  {
    id: 'resident-models',
    on: ['run.objective', 'rollout.algorithm'],
    source: 'ReMax, arXiv 2310.10505 (about half the memory of PPO)',
    text(plan) {
      const objective = plan.values['run.objective']?.value;
      if (objective === 'ppo')
        return 'PPO holds four models: policy and critic with optimizer states, reference and reward without; estimators without a critic drop one that trains';
      if (objective === 'grpo' || objective === 'rloo')
        return 'No critic trains beside the policy; PPO would add one with its own optimizer states';
      return undefined;
    },
  },
  {
    id: 'replay-batch',
    on: ['batch.global', 'batch.micro'],
    source: 'Small batch deep reinforcement learning; Q-Ensemble for Offline RL',
    text(plan) {
      const { 'run.task': task, 'rollout.bufferSize': buffer } = plan.values;
      if (task?.value !== 'reinforcement-learning' || buffer === undefined) return undefined;
      return 'Value learning from a replay buffer often gained from a smaller batch; offline ensembles of critics from a larger one with a higher rate and fewer critics';
    },
  },
  {
    id: 'ppo-invariance',
    on: ['rollout.miniBatch', 'rollout.clipRange'],
    source: 'Hilton, Cobbe, Schulman 2021, arXiv 2110.00641',
    text(plan) {
      if (positive(plan, 'rollout.miniBatch') === undefined || positive(plan, 'rollout.clipRange') === undefined)
        return undefined;
      return 'PPO is not the same at another batch even with the rate scaled: clip range and passes tie the update to the rollout’s age';
    },
  },
];

function rollsOut({ values }: TrainingPlan): boolean {
  const objective = values['run.objective']?.value;
  return (
    values['rollout.engine'] !== undefined && (objective === 'grpo' || objective === 'ppo' || objective === 'rloo')
  );
}

function sequenceTokens(plan: TrainingPlan): number | undefined {
  const completion = positive(plan, 'rollout.completionLength');
  return completion === undefined ? undefined : completion + (positive(plan, 'rollout.promptLength') ?? 0);
}

/** Bytes all attention layers cache for one token; undefined where attention is latent or layers differ. */
function cacheBytesPerToken(plan: TrainingPlan): number | undefined {
  const shape = shapeOf(plan);
  if (shape === undefined || shape.kvHeads === 0 || isHybrid(shape) || shape.extra['mla'] !== undefined)
    return undefined;
  return 2 * shape.layers * shape.kvHeads * shape.headDim * CACHE_BYTES;
}

function isHybrid({ extra }: ModelShape): boolean {
  return ['gdn', 'mamba', 'pattern'].some((key) => extra[key] !== undefined && extra[key] !== null);
}
