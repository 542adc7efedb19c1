import { derive } from '../../plan/index.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { castNumber } from '../kit/key.ts';
import { isDiffusion, isPipelined } from './torchtitan-keys.ts';

const JOB = 'torchtitan: torchtitan/config/job_config.py';
const TRAIN = 'torchtitan: torchtitan/train.py';
const PARALLELIZE = 'torchtitan: torchtitan/models/llama3/infra/parallelize.py';

/** What hangs on many keys: the task, the mesh, accumulation, dtypes. */
export function settleTorchtitan(draft: Draft): void {
  const { builder, around } = draft;
  const diffuses = isDiffusion(around);
  const loads = around.has('checkpoint.initial_load_path') || around.get('checkpoint.initial_load_in_hf') === true;
  builder.assumeAll(
    {
      'run.task': diffuses ? 'diffusion' : 'causal-lm',
      'run.objective': diffuses ? 'other' : 'pretraining',
      'run.fromScratch': !loads,
      'batch.unit': diffuses ? 'images' : 'sequences',
      'adapter.kind': 'none',
      'parallel.ulysses': 1,
      'activations.offload': false,
    },
    TRAIN,
  );
  if (!diffuses) {
    builder.assume('loss.kernel', 'plain', TRAIN);
    builder.assume('data.packing', true, 'torchtitan: torchtitan/datasets/hf_datasets.py');
  }
  if (builder.value('compile.enabled') === true) builder.assume('compile.scope', 'layers', PARALLELIZE);
  settleMesh(draft);
  settleAccumulation(draft);
  settleDtypes(draft);
}

function settleMesh({ builder, around, locate }: Draft): void {
  const tensor = builder.value('parallel.tensor');
  if (tensor !== undefined) builder.assume('parallel.sequence', tensor > 1, PARALLELIZE);
  const shard = castNumber(around.get('parallelism.data_parallel_shard_degree') ?? -1) ?? -1;
  const replicate = castNumber(around.get('parallelism.data_parallel_replicate_degree') ?? 1) ?? 1;
  const at = locate('parallelism.data_parallel_shard_degree') ?? locate('parallelism.data_parallel_replicate_degree');
  if (shard > 0 && replicate > 0 && at !== undefined)
    builder.state('parallel.data', { value: shard * replicate, origin: 'explicit', at });
  const context = builder.value('parallel.context') ?? 1;
  if (shard > 0 && at !== undefined)
    builder.state('sharding.degree', { value: shard * context, origin: 'explicit', at });
  else if (replicate > 1 && at !== undefined)
    builder.state('sharding.replicas', { value: replicate, origin: 'explicit', at });
  const shards = shard !== 1 || context > 1;
  builder.assume('sharding.engine', shards ? 'fsdp2' : replicate > 1 ? 'ddp' : 'none', PARALLELIZE);
  const policy = around.get('parallelism.fsdp_reshard_after_forward') ?? 'default';
  // By default stages of a pipeline keep what they gathered, as each micro batch needs it again.
  const reshards = policy === 'always' || (policy === 'default' && !isPipelined(around));
  if (shards) builder.assume('sharding.reshardAfterForward', reshards, PARALLELIZE);
  if (shards) builder.assume('sharding.defersReduction', false, TRAIN);
  builder.assume('sharding.zeroStage', !shards ? 0 : reshards ? 3 : 2, PARALLELIZE);
  const offload = around.get('training.enable_cpu_offload') === true ? 'cpu' : 'none';
  builder.assume('sharding.offloadParameters', offload, JOB);
  builder.assume('sharding.offloadOptimizer', offload, JOB);
}

/** Without a global batch every step takes one local batch of each rank, which a pipeline cuts into micro batches. */
function settleAccumulation({ builder, around }: Draft): void {
  if (builder.has('batch.global')) return;
  if (!isPipelined(around)) {
    builder.assume('batch.gradientAccumulation', 1, JOB);
    return;
  }
  const local = castNumber(around.get('training.local_batch_size') ?? around.get('training.batch_size') ?? 8);
  const micro = builder.value('batch.micro');
  if (local === undefined || micro === undefined || local % micro !== 0) return;
  builder.assume(
    'batch.gradientAccumulation',
    local / micro,
    'torchtitan: torchtitan/distributed/pipeline_parallel.py',
  );
}

/** FSDP gathers in the parameter dtype; one GPU or plain replication use autocast. */
function settleDtypes({ builder, around, locate }: Draft): void {
  const compute = builder.value('precision.compute');
  const weights = builder.value('precision.weights');
  if (compute === undefined || weights === undefined) return;
  const sharded = builder.value('sharding.engine') === 'fsdp2';
  const autocast = sharded || compute === weights ? 'off' : compute;
  builder.assumeAll(
    { 'precision.autocast': autocast, 'precision.master': 'none', 'precision.gradients': weights },
    TRAIN,
  );
  // What the converted layers multiply in; all else stays in the parameter dtype.
  const converters = around.get('model.converters');
  const at = locate('model.converters');
  const isFloat8 = Array.isArray(converters) && converters.some((name) => FLOAT8_CONVERTERS.has(String(name)));
  if (isFloat8 && at !== undefined) builder.overrule('precision.compute', { value: 'fp8', origin: 'explicit', at });
}

/** torchtitan: torchtitan/components/quantization/float8.py, under its present name and the earlier one. */
const FLOAT8_CONVERTERS: ReadonlySet<string> = new Set(['quantize.linear.float8', 'float8']);

/** The global batch is a whole number of local batches over the ranks. */
export const TORCHTITAN_DERIVATIONS = [
  derive(
    'batch.gradientAccumulation',
    ['batch.global', 'batch.micro', 'parallel.data'],
    'global batch / (local batch × data-parallel ranks)',
    (global, micro, ranks) => (global % (micro * ranks) === 0 ? global / (micro * ranks) : undefined),
  ),
];
