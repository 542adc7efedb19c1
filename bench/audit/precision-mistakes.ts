import { adding, type Mistake, SFT, TORCHTUNE_SFT } from './plant.ts';

/** Slips in precision, sharding and offload. */
export const PRECISION_MISTAKES: readonly Mistake[] = [
  {
    name: 'fp16 and bf16',
    rules: ['fp16-and-bf16'],
    plant: adding({ 'precision.fp16Flag': true, 'precision.bf16Flag': true }, SFT),
  },
  {
    name: 'fp16 weights under a scaler',
    rules: ['fp16-weights-with-scaler'],
    plant: adding({ 'precision.weights': 'fp16', 'precision.autocast': 'fp16', 'sharding.engine': 'ddp' }, SFT),
    fixes: 'precision.weights',
  },
  {
    name: 'fp16 without scaling',
    rules: ['fp16-without-loss-scaling'],
    plant: adding({ 'precision.compute': 'fp16', 'precision.lossScaling': false }, SFT),
    fixes: 'precision.lossScaling',
  },
  {
    name: 'bf16 on Volta',
    rules: ['bf16-unsupported-by-gpu'],
    plant: adding({ 'precision.bf16Flag': true, 'hardware.gpu': 'V100' }, SFT),
  },
  {
    name: 'TF32 on Turing',
    rules: ['tf32-unsupported-by-gpu'],
    plant: adding({ 'precision.tf32': true, 'hardware.gpu': 'T4' }, SFT),
  },
  {
    name: 'fp8 on Ampere',
    rules: ['fp8-unsupported-by-gpu'],
    plant: adding({ 'precision.compute': 'fp8', 'hardware.gpu': 'A100' }, SFT),
  },
  {
    name: 'parameter offload at stage 2',
    rules: ['offload-without-stage-3'],
    plant: adding(
      { 'sharding.engine': 'deepspeed', 'sharding.zeroStage': 2, 'sharding.offloadParameters': 'cpu' },
      SFT,
    ),
    fixes: 'sharding.zeroStage',
    inOwnWords: ['key-needs-another'],
  },
  {
    name: 'optimizer offload at stage 0',
    rules: ['offload-without-stage-3'],
    plant: adding({ 'sharding.engine': 'deepspeed', 'sharding.zeroStage': 0, 'sharding.offloadOptimizer': 'cpu' }, SFT),
    fixes: 'sharding.zeroStage',
    inOwnWords: ['key-needs-another'],
  },
  {
    name: 'activation offload alone',
    rules: ['offload-without-checkpointing'],
    plant: adding({ 'activations.offload': true, 'activations.checkpointing': 'none' }, SFT),
    fixes: 'activations.checkpointing',
  },
  {
    name: '8-bit optimizer under FSDP2',
    rules: ['eight-bit-optimizer-with-fsdp'],
    plant: adding({ 'optimizer.name': 'adamw_bnb_8bit', 'sharding.engine': 'fsdp2' }, SFT),
    fixes: 'optimizer.name',
  },
  {
    name: 'FSDP and DeepSpeed',
    rules: ['fsdp-and-deepspeed'],
    plant: adding({ 'sharding.fsdpConfig': 'full_shard', 'sharding.deepspeedConfig': 'ds.json' }, SFT),
    fixes: 'sharding.fsdpConfig',
  },
  {
    name: '4-bit weights without an adapter',
    rules: ['quantized-without-adapter'],
    plant: adding({ 'adapter.quantization': 'nf4' }, SFT),
    fixes: 'adapter.kind',
    inOwnWords: ['key-needs-another'],
  },
  {
    name: 'accumulation with the step in backward',
    rules: ['accumulation-with-step-in-backward'],
    plant: adding({ 'optimizer.inBackward': true, 'batch.gradientAccumulation': 8 }, TORCHTUNE_SFT),
    fixes: 'optimizer.inBackward',
  },
];
