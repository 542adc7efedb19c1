/** What a commit that says it fixed a config came to. */
export type Verdict =
  /** The text tells, with the hardware where it is stated beside it: a rule flags the file before and not after. */
  | 'told'
  /** A fix of something that only the code, the data, the cluster or a run shows. */
  | 'untold'
  /** Retuned, renamed, cut short or spelt otherwise: what stood there worked. */
  | 'no-fix';

export interface FixPair {
  readonly id: string;
  readonly verdict: Verdict;
  /** What was changed and why, in a few words. */
  readonly what: string;
  /** The rule that tells, of pairs that are told. */
  readonly rule?: string;
  /** Hardware that the file's comments, its name or a section for its launcher state. */
  readonly gpu?: string;
  readonly gpus?: number;
}

const told = (id: string, rule: string, what: string, hardware: Pick<FixPair, 'gpu' | 'gpus'> = {}): FixPair => ({
  id,
  verdict: 'told',
  rule,
  what,
  ...hardware,
});
const untold = (id: string, what: string): FixPair => ({ id, verdict: 'untold', what });
const noFix = (id: string, what: string): FixPair => ({ id, verdict: 'no-fix', what });

/** Every pair of `fixes/` in the corpus, judged by reading both files and the commit's subject. */
export const FIX_PAIRS: readonly FixPair[] = [
  untold('001', 'batch and accumulation set for a number of GPUs that no file states'),
  untold('002', 'a batch without accumulation becomes 512 from micro batches of 8; the GPUs are not stated'),
  untold('003', 'an attention kernel whose backward gives NaN for this model, and half the batch with it'),
  told('004', 'value-not-allowed', 'a local batch of one micro batch under a pipeline of four stages'),
  untold('005', 'a pipeline that ran out of memory by fragmentation goes back to tensor parallelism'),
  told('006', 'batch-identity-broken', 'a global batch of 4 on 8 data-parallel ranks'),
  told('007', 'full-finetune-lr-lora-sized', 'the rate of an adapter on all weights of a 30B model'),
  told('008', 'batch-below-expert-ranks', 'a global batch of 32 where 128 ranks share out the experts'),
  told('009', 'batch-identity-broken', 'a global batch of 64 from local batches of 32 on 4 ranks', { gpus: 8 }),
  untold('010', 'twice the expert ranks against running out of memory; sample lengths are in the data'),
  noFix('011', 'another data set with a smaller batch'),
  told('012', 'batch-identity-broken', 'a global batch of 32 from local batches of 8 on 8 ranks', { gpus: 8 }),
  noFix('013', 'weights kept in fp32, with half the micro batch'),
  noFix('014', 'a benchmark with twice the batch'),
  untold('015', 'half the micro batch against running out of memory on samples of unbounded length'),
  untold('016', 'tensor and pipeline parallelism for a model whose samples had no stated length'),
  told('017', 'tight-gpu-memory', 'a 106B mixture of experts without activation checkpointing', {
    gpu: 'h100-80gb',
    gpus: 512,
  }),
  untold('018', 'half the micro batch to leave room for a kernel’s workspace'),
  untold('019', 'a full fine-tune of 550B moves from 128 to 256 GPUs and four stages'),
  untold('020', 'twice the tensor parallelism of the rollout engine'),
  noFix('021', 'a linear decay over a billion steps spelt as constant, warmup of 2 steps made 1'),
  noFix('022', 'as 021 in a recipe that builds on it'),
  untold('023', 'warmup counted in another unit than the other back end counts it'),
  untold('024', 'as 023 for 70B'),
  told('025', 'key-needs-another', 'fp16 beside a level that says fp32, which is not looked at'),
  untold('026', 'names of classes that had moved'),
  untold('027', 'tokens added at the ends of texts that the model does not expect; the rest is tuning'),
  told('028', 'sequence-parallel-without-tensor', 'sequence parallelism without tensor parallelism'),
  noFix('029', 'a benchmark cut to 100 steps; its warmup of 132.5 was left and is flagged since'),
  noFix('030', 'another split over GPUs that is faster'),
  noFix('031', 'a run of 15,000 steps less'),
  untold('032', 'a checkpoint converted with the number of stages it was trained with'),
  untold('033', 'as 032 for T5'),
  noFix('034', 'twice the global batch'),
  noFix('035', 'references replaced by the numbers they refer to'),
  told('036', 'interpolation-without-target', 'references that leave out the stage the file is under'),
  told('037', 'sequence-length-not-as-named', 'a recipe for 64k tokens with 32,768'),
  told('038', 'sequence-length-not-as-named', 'a recipe for 16k tokens with 32,768'),
  told('039', 'world-size-indivisible', 'tensor parallel 2 on one GPU'),
  noFix('040', 'a test made smaller'),
  noFix('041', 'a test made smaller'),
  noFix('042', 'half the micro batch'),
  noFix('043', 'one optimizer step a rollout instead of two'),
  noFix('044', 'longer warmup and another initialisation'),
  told('045', 'value-not-allowed', 'a strategy of activation checkpointing that does not exist'),
  told('046', 'value-not-allowed', 'as 045 for another data path'),
  noFix('047', 'an optimizer that had been changed by accident'),
  noFix('048', 'as 047 for images and sound'),
  noFix('049', 'no accumulation, and another tokenizer'),
  noFix('050', 'a recipe for quantised training written anew'),
  noFix('051', 'another spelling of true'),
  noFix('052', 'another data set with shorter warmup'),
  noFix('053', 'as 052 without offloading'),
  noFix('054', 'another spelling of true'),
  noFix('055', 'another spelling of true'),
  told('056', 'full-finetune-lr-lora-sized', 'the rate of an adapter where blocks of all weights train in turn'),
  untold('057', 'a micro batch that holds samples of each of 22 sources'),
  told('058', 'learning-rate-below-band', 'a peak learning rate of 1e-8'),
  noFix('059', 'the fused form of the same optimizer'),
  told('060', 'exceeds-gpu-memory', 'thirty preference pairs at a time on 80 GB', { gpu: 'h100-80gb', gpus: 1 }),
  noFix('061', 'bf16 without activation checkpointing instead of fp32 with it'),
  noFix('062', 'less accumulation'),
  noFix('063', 'less accumulation and more adapted layers'),
  told('064', 'accumulation-with-step-in-backward', 'accumulation where the optimizer steps inside backward'),
  untold('065', 'micro batches of 1 for a 7B model on TPUs that no file states'),
  untold('066', 'a default that the code reads otherwise than meant'),
];
