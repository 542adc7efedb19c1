import { describe, expect, it } from 'vitest';
import { setField } from '../../../server/src/plan/index.ts';
import { issueLines, planTable, readConfig, rewritten } from '../read-config.ts';

const DEEPSPEED = `compute_environment: LOCAL_MACHINE
distributed_type: DEEPSPEED
mixed_precision: bf16
num_machines: 2
num_processes: 16
deepspeed_config:
  zero_stage: 3
  offload_optimizer_device: cpu
  offload_param_device: none
  zero3_init_flag: true
  gradient_accumulation_steps: 4
`;

const FSDP2 = `distributed_type: FSDP
mixed_precision: bf16
num_processes: 8
fsdp_config:
  fsdp_version: 2
  fsdp_reshard_after_forward: true
  fsdp_activation_checkpointing: true
parallelism_config:
  parallelism_config_tp_size: 2
`;

function read(yaml: string, files: Record<string, string> = {}) {
  return readConfig({ 'accelerate.yaml': yaml, ...files });
}

describe('an Accelerate launch config', () => {
  it('claims no autocast dtypes for fp8', () => {
    const fp8 = readConfig({ 'fp8.yaml': 'distributed_type: "NO"\nmixed_precision: fp8\nfp8_config: {backend: TE}\n' });
    expect(fp8.adapter.id).toBe('accelerate');
    expect(fp8.value('precision.autocast')).toBeUndefined();
    expect(fp8.value('precision.lossScaling')).toBeUndefined();
  });

  it('is a plan of processes, sharding and dtypes under DeepSpeed', () => {
    expect(planTable(read(DEEPSPEED))).toMatchSnapshot();
  });

  it('is a plan of processes, sharding and dtypes under FSDP 2', () => {
    expect(planTable(read(FSDP2))).toMatchSnapshot();
  });

  it('stays silent about dtypes of weights that only the model can tell', () => {
    const plan = read('distributed_type: MULTI_GPU\nmixed_precision: bf16\nnum_processes: 4\n');
    expect(plan.value('sharding.engine')).toBe('ddp');
    expect(plan.value('precision.autocast')).toBe('bf16');
    expect(plan.value('precision.weights')).toBeUndefined();
  });

  it('reads an unquoted NO, which is false to PyYAML', () => {
    const plan = read('distributed_type: NO\nnum_processes: 1\nnum_machines: 1\n');
    expect(plan.value('sharding.engine')).toBe('none');
    expect(issueLines(plan)).toEqual([]);
  });

  it('takes everything about DeepSpeed from the file it names', () => {
    const yaml = 'distributed_type: DEEPSPEED\nnum_processes: 4\ndeepspeed_config:\n  deepspeed_config_file: ds.json\n';
    const plan = read(yaml, {
      'ds.json': '{"bf16": {"enabled": true}, "zero_optimization": {"stage": 2}, "gradient_accumulation_steps": 8}',
    });
    expect(plan.value('sharding.zeroStage')).toBe(2);
    expect(plan.value('batch.gradientAccumulation')).toBe(8);
    expect(plan.value('precision.weights')).toBe('bf16');
    expect(plan.reading.links).toMatchObject([{ target: 'ds.json', found: true }]);
  });

  it('leaves the stage unknown when that file is not there', () => {
    const plan = read(
      'distributed_type: DEEPSPEED\nnum_processes: 4\ndeepspeed_config:\n  deepspeed_config_file: ds.json\n',
    );
    expect(plan.value('sharding.zeroStage')).toBeUndefined();
    expect(plan.reading.links).toMatchObject([{ target: 'ds.json', found: false }]);
  });

  it('is edited at its own keys', () => {
    const text = rewritten({ 'accelerate.yaml': DEEPSPEED }, setField('parallel.world', 8))?.['accelerate.yaml'];
    expect(text).toContain('num_processes: 8');
    const offloaded = rewritten({ 'accelerate.yaml': FSDP2 }, setField('sharding.offloadParameters', 'cpu'));
    expect(offloaded?.['accelerate.yaml']).toContain('fsdp_offload_params: true');
    const kept = rewritten({ 'accelerate.yaml': FSDP2 }, setField('sharding.reshardAfterForward', false));
    expect(kept?.['accelerate.yaml']).toContain('fsdp_reshard_after_forward: false');
  });
});

describe('issues of a launch config', () => {
  it('are keys of stage 3 at a lower stage', () => {
    const yaml = DEEPSPEED.replace('zero_stage: 3', 'zero_stage: 2').replace(
      'offload_param_device: none',
      'offload_param_device: cpu',
    );
    expect(issueLines(read(yaml))).toEqual([
      'needs-other-key | deepspeed_config.zero3_init_flag | dropped | zero_stage: 3 | stage 2',
      'needs-other-key | deepspeed_config.offload_param_device | dropped | zero_stage: 3 | stage 2',
    ]);
  });

  it('are settings beside a DeepSpeed file, which Accelerate refuses', () => {
    const yaml =
      'distributed_type: DEEPSPEED\nnum_processes: 4\ndeepspeed_config:\n  deepspeed_config_file: ds.json\n  zero_stage: 2\n';
    expect(issueLines(read(yaml))).toEqual([
      'needs-other-key | deepspeed_config.zero_stage | refused | deepspeed_config_file to be absent | ds.json',
    ]);
    expect(issueLines(read(yaml.replace('  zero_stage: 2', 'mixed_precision: bf16')))).toEqual([
      'needs-other-key | mixed_precision | refused | deepspeed_config_file to be absent | ds.json',
    ]);
  });

  it('are unknown keys, which Accelerate refuses', () => {
    expect(issueLines(read('distributed_type: MULTI_GPU\nnum_procesess: 4\n'))).toEqual([
      'unknown-key | num_procesess | refused | num_processes',
    ]);
  });
});
