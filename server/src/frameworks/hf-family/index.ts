export { AUTO, DEEPSPEED_KEYS, zeroStageOf } from './deepspeed-keys.ts';
export { joinAccelerate } from './join-accelerate.ts';
export {
  assumeZeroDefaults,
  DEEPSPEED_AUTO_DERIVATIONS,
  joinDeepSpeed,
  mergeDeepSpeed,
  obscureAuto,
  openDeepSpeed,
} from './join-deepspeed.ts';
export { type FsdpKeys, joinFsdp } from './join-fsdp.ts';
export { joinLauncher } from './join-launcher.ts';
export { type MixedPrecision, PRECISION_TABLE, type PrecisionRow, precisionRow } from './precision-table.ts';
export { mixedFromFlags, type PrecisionInputs, readDtype, settlePrecision, writeDtype } from './settle-precision.ts';
export {
  BATCH_KEYS,
  CADENCE_KEYS,
  COMPLETION_LOGITS,
  KERNEL_KEYS,
  LIGER_EVALUATION,
  OPTIMIZER_KEYS,
  PRECISION_FLAG_KEYS,
  SCHEDULE_KEYS,
  TRAINING_ARGUMENT_KEYS,
  TRAINING_ARGUMENTS,
  withoutKeys,
} from './training-argument-keys.ts';
