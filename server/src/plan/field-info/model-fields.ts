import type { FieldInfo } from './field-info.ts';

/** What is trained and from what. */
export const MODEL_FIELDS = {
  'run.task': {
    label: 'task',
    meaning: 'What kind of model is trained, which decides its loss and its activations',
    aliases: ['task type'],
  },
  'run.objective': {
    label: 'objective',
    meaning: 'What the run optimises: next tokens, preferences, rewards',
    aliases: ['training stage', 'trainer type', 'rl method'],
  },
  'run.fromScratch': {
    label: 'from scratch',
    meaning: 'Weights start random, so shapes are free to choose and pretraining laws apply',
    aliases: ['train from scratch'],
  },
  'model.name': {
    label: 'model',
    meaning: "The trained model, as a hub id, a builder's name or a path",
    aliases: ['base model', 'checkpoint'],
  },
  'model.family': {
    label: 'architecture',
    meaning: 'The architecture, which decides its layer program',
    aliases: ['model type', 'architecture'],
  },
  'model.parameterCount': {
    label: 'parameter count',
    unit: 'parameters',
    meaning: 'All parameters of the trained model',
    aliases: ['model size'],
  },
  'model.activeParameterCount': {
    label: 'active parameter count',
    unit: 'parameters',
    meaning: 'Parameters one token passes through; fewer than all in a mixture of experts',
    aliases: ['active params'],
  },
  'model.hiddenSize': {
    label: 'hidden size',
    meaning: 'Width of the residual stream',
    aliases: ['d_model', 'embedding dimension'],
  },
  'model.intermediateSize': {
    label: 'intermediate size',
    meaning: 'Width of the feed-forward block',
    aliases: ['ffn size', 'mlp width'],
  },
  'model.layers': {
    label: 'layers',
    unit: 'layers',
    meaning: 'Transformer layers',
    aliases: ['depth', 'num_hidden_layers'],
  },
  'model.heads': { label: 'heads', unit: 'heads', meaning: 'Attention query heads', aliases: ['n_heads'] },
  'model.kvHeads': {
    label: 'key-value heads',
    unit: 'heads',
    meaning: 'Key and value heads; fewer than the query heads under grouped-query attention',
    aliases: ['n_kv_heads', 'query groups'],
  },
  'model.headDim': { label: 'head dim', meaning: 'Width of one attention head', aliases: ['head size'] },
  'model.vocabSize': {
    label: 'vocabulary size',
    unit: 'tokens',
    meaning: 'Rows of the embedding, padding counted',
    aliases: ['vocabulary'],
  },
  'model.maxPositions': {
    label: 'maximum positions',
    unit: 'tokens',
    meaning: 'Longest sequence the position encoding was made for',
    aliases: ['context length'],
  },
  'model.tiedEmbeddings': {
    label: 'tied embeddings',
    meaning: 'Input embedding and output head share one matrix',
    aliases: ['tie_word_embeddings'],
  },
  'model.experts': {
    label: 'experts',
    unit: 'experts',
    meaning: 'Experts in a mixture-of-experts layer',
    aliases: ['num_experts'],
  },
  'model.expertsPerToken': {
    label: 'experts per token',
    unit: 'experts',
    meaning: 'Experts one token is routed to',
    aliases: ['top-k'],
  },
  'model.moeIntermediateSize': {
    label: 'moe intermediate size',
    meaning: 'Feed-forward width of one expert',
    aliases: ['expert width'],
  },
  'model.slidingWindow': {
    label: 'sliding window',
    unit: 'tokens',
    meaning: 'Attention reaches back this far in windowed layers',
    aliases: ['local attention'],
  },
  'model.imageSize': {
    label: 'image size',
    unit: 'pixels',
    meaning: 'One side of the input image',
    aliases: ['resolution'],
  },
  'model.attention': {
    label: 'attention',
    meaning: 'The attention implementation, which decides whether scores are stored',
    aliases: ['attn_implementation', 'flash attention'],
  },
  'model.batchNorm': {
    label: 'batch normalisation',
    meaning: 'Which batch normalisation the model uses across devices',
    aliases: ['sync_bn'],
  },
  'model.configJson': {
    label: "checkpoint's config.json",
    meaning: "A local checkpoint's config.json that states the shape",
    aliases: [],
  },
} as const satisfies Readonly<Record<string, FieldInfo>>;
