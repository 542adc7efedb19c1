import type { FieldInfo } from './field-info.ts';

/** Precision, adapters and what saves memory. */
export const METHOD_FIELDS = {
  'precision.weights': {
    label: 'weight dtype',
    meaning: 'The dtype in which trained (or frozen, unquantised) weights are stored on the GPU',
    aliases: ['torch_dtype', 'model dtype'],
  },
  'precision.compute': {
    label: 'compute dtype',
    meaning: 'The dtype of matrix multiplications',
    aliases: ['mixed precision'],
  },
  'precision.autocast': {
    label: 'autocast',
    meaning: 'torch autocast around the forward pass, and its dtype',
    aliases: ['amp'],
  },
  'precision.master': {
    label: 'master weights',
    meaning: 'A master copy of the weights kept for the optimizer beside the ones computed with',
    aliases: ['master weights'],
  },
  'precision.gradients': {
    label: 'gradient dtype',
    meaning: 'The dtype gradients are kept in',
    aliases: ['grad dtype'],
  },
  'precision.reduce': {
    label: 'reduce dtype',
    meaning: 'The dtype gradients are reduced in across ranks',
    aliases: ['reduce dtype'],
  },
  'precision.bf16Flag': { label: 'bf16', meaning: 'The config asks for bf16', aliases: ['bf16'] },
  'precision.fp16Flag': { label: 'fp16', meaning: 'The config asks for fp16', aliases: ['fp16'] },
  'precision.tf32': { label: 'TF32', meaning: 'fp32 multiplications run in TF32', aliases: ['tf32'] },
  'precision.lossScaling': {
    label: 'loss scaling',
    meaning: 'A loss scaler guards fp16 gradients',
    aliases: ['loss scale'],
  },
  'adapter.kind': {
    label: 'adapter',
    meaning: 'The parameter-efficient method, or none for a full fine-tune',
    aliases: ['lora', 'peft'],
  },
  'adapter.method': {
    label: 'adapter method',
    meaning: 'The parameter-efficient method where it is neither LoRA nor DoRA',
    aliases: ['peft_type'],
  },
  'adapter.rank': { label: 'LoRA rank', meaning: 'Rank of the low-rank update', aliases: ['lora_r'] },
  'adapter.alpha': {
    label: 'LoRA alpha',
    meaning: "LoRA's alpha; the update is scaled by alpha / rank",
    aliases: ['lora_alpha'],
  },
  'adapter.dropout': { label: 'LoRA dropout', meaning: "Dropout on the adapter's input", aliases: ['lora_dropout'] },
  'adapter.targets': { label: 'LoRA targets', meaning: 'Modules the adapter attaches to', aliases: ['target modules'] },
  'adapter.targetParameters': {
    label: 'adapted parameters',
    meaning: "Stacked experts' matrices the adapter attaches to, which are no modules of their own",
    aliases: ['target_parameters'],
  },
  'adapter.layers': {
    label: 'adapted layers',
    meaning: 'Layers the adapter attaches to, counted from 0',
    aliases: ['layers_to_transform'],
  },
  'adapter.blockSize': {
    label: 'rotation block',
    meaning: 'Side of the orthogonal blocks of OFT',
    aliases: ['oft_block_size'],
  },
  'adapter.virtualTokens': {
    label: 'virtual tokens',
    unit: 'tokens',
    meaning: 'Trained tokens that prompt and prefix tuning put before a sequence',
    aliases: ['num_virtual_tokens'],
  },
  'adapter.dtype': {
    label: 'adapter dtype',
    meaning: 'The dtype of what trains beside frozen weights, and of its optimizer states',
    aliases: ['autocast_adapter_dtype'],
  },
  'adapter.rankStabilized': {
    label: 'rank-stabilised LoRA',
    meaning: 'The update is scaled by alpha / sqrt(rank)',
    aliases: ['rslora'],
  },
  'adapter.savedModules': {
    label: 'modules trained in full',
    meaning: 'Modules trained in full beside the adapter',
    aliases: ['modules_to_save'],
  },
  'adapter.quantization': {
    label: 'weight quantization',
    meaning: 'Storage of the frozen base weights',
    aliases: ['load_in_4bit', 'quantization'],
  },
  'adapter.doubleQuantization': {
    label: 'double quantisation',
    meaning: 'The block scales of 4-bit weights are quantised too',
    aliases: ['double quant'],
  },
  'adapter.quantizesExperts': {
    label: 'quantised experts',
    meaning: 'Expert weights stacked in one tensor are quantised as well as linear layers',
    aliases: ['quantize_moe_experts'],
  },
  'adapter.upcastsUnquantized': {
    label: 'fp32 for what is not quantised',
    meaning: 'Norms, embeddings and the head of a quantised model are made fp32 before training',
    aliases: ['prepare_model_for_kbit_training'],
  },
  'adapter.trainedParameters': {
    label: 'trained parameters',
    meaning: 'Regular expressions of the names of the parameters that train, all others being frozen',
    aliases: ['unfrozen_parameters', 'trainable_parameters'],
  },
  'adapter.trainedLayers': {
    label: 'trained layers',
    unit: 'layers',
    meaning: 'Layers that train while all else is frozen: the last ones, or the first where the number is negative',
    aliases: ['freeze_trainable_layers'],
  },
  'adapter.trainableShare': {
    label: 'trainable share',
    unit: 'share',
    meaning: 'Share of the parameters that train under partial freezing',
    aliases: ['freeze'],
  },
  'adapter.freezesVisionTower': {
    label: 'frozen vision tower',
    meaning: 'The vision tower does not train',
    aliases: [],
  },
  'activations.checkpointing': {
    label: 'activation checkpointing',
    meaning: 'Which activations are recomputed in backward instead of stored',
    aliases: ['gradient checkpointing', 'recompute', 'remat'],
  },
  'activations.checkpointedLayers': {
    label: 'checkpointed layers',
    unit: 'layers',
    meaning: 'So many layers of a pipeline stage, the first ones, are checkpointed and the others are not',
    aliases: ['recompute_num_layers'],
  },
  'activations.kept': {
    label: 'kept activations',
    meaning: "What checkpointing of chosen parts keeps beside each layer's input",
    aliases: ['selective_ac_option', 'recompute_modules'],
  },
  'activations.offload': {
    label: 'activation offload',
    meaning: 'Stored activations wait in host memory',
    aliases: ['activation offloading'],
  },
  'activations.checkpointEvery': {
    label: 'layers per checkpoint',
    unit: 'layers',
    meaning: 'One layer in this many is checkpointed',
    aliases: [],
  },
  'loss.kernel': {
    label: 'cross-entropy kernel',
    meaning: "How the vocabulary's cross-entropy is computed: all logits at once, in chunks, or fused",
    aliases: ['liger', 'cut cross entropy'],
  },
  'loss.chunks': {
    label: 'cross-entropy chunks',
    unit: 'chunks',
    meaning: "Pieces the sequence's logits are cut into",
    aliases: [],
  },
  'loss.logProbabilities': {
    label: 'log-probabilities',
    meaning: "How a loss takes its tokens' log-probabilities: of all logits at once or sequence by sequence",
    aliases: [],
  },
  'loss.labelSmoothing': { label: 'label smoothing', meaning: 'Label smoothing factor', aliases: [] },
  'loss.upcastsLogits': {
    label: 'logits in fp32',
    meaning: 'The logits are copied to fp32 for the loss',
    aliases: ['fp32_upcast'],
  },
  'loss.fusedLayers': {
    label: 'fused layer kernels',
    meaning: 'Fused kernels replace norms, rotary and SwiGLU',
    aliases: ['liger kernel'],
  },
  'loss.completionLogits': {
    label: "completion's logits alone",
    meaning: 'The head runs on completions alone, without their prompts',
    aliases: ['logits_to_keep'],
  },
  'compile.scope': {
    label: 'compiled part',
    meaning: 'What torch.compile turns into one graph: the model with its loss, or each layer by itself',
    aliases: [],
  },
  'compile.enabled': { label: 'torch.compile', meaning: 'torch.compile runs over the model', aliases: ['compile'] },
} as const satisfies Readonly<Record<string, FieldInfo>>;
