import { describe, expect, it } from 'vitest';
import { readConfig } from '../read-config.ts';

const BASE = `model_name_or_path: Qwen/Qwen2.5-7B
per_device_train_batch_size: 2
num_train_epochs: 1
packing: true
`;

function read(yaml: string, files: Record<string, string> = {}) {
  return readConfig({ 'sft.yaml': BASE + yaml, ...files });
}

describe('fsdp and fsdp_config', () => {
  it.each([
    ['full_shard auto_wrap', 3, true],
    ['shard_grad_op auto_wrap', 2, false],
    ['no_shard', 0, false],
    ['[hybrid_shard, auto_wrap]', 3, true],
  ])('reads the strategy %s', (options, stage, reshard) => {
    const plan = read(`fsdp: ${options}\n`);
    expect(plan.value('sharding.engine')).toBe('fsdp1');
    expect(plan.value('sharding.zeroStage')).toBe(stage);
    expect(plan.value('sharding.reshardAfterForward')).toBe(reshard);
  });

  it('takes FSDP 2 and its own switch from the settings, with or without the prefix', () => {
    for (const prefix of ['', 'fsdp_']) {
      const plan = read(
        `fsdp: full_shard\nfsdp_config:\n  ${prefix}version: 2\n  ${prefix}reshard_after_forward: false\n`,
      );
      expect(plan.value('sharding.engine')).toBe('fsdp2');
      expect(plan.value('sharding.zeroStage')).toBe(2);
    }
  });

  it('keeps gathered parameters under FSDP 2 unless told otherwise, as the trainer does', () => {
    expect(read('fsdp: full_shard\nfsdp_config: {version: 2}\n').value('sharding.zeroStage')).toBe(2);
    const told = read('fsdp: full_shard\nfsdp_config: {version: 2, reshard_after_forward: true}\n');
    expect(told.value('sharding.zeroStage')).toBe(3);
  });

  it('knows whether micro-steps sum whole gradients only where no version of a library decides it', () => {
    const deferred = (yaml: string) => read(`gradient_accumulation_steps: 4\nfsdp: full_shard\n${yaml}`);
    expect(deferred('').value('sharding.defersReduction')).toBe(true);
    expect(deferred('fsdp_config: {version: 2}\n').value('sharding.defersReduction')).toBeUndefined();
    const told = 'accelerator_config:\n  gradient_accumulation_kwargs: {sync_each_batch: true}\n';
    expect(deferred(told).value('sharding.defersReduction')).toBe(false);
    expect(deferred(`fsdp_config: {version: 2}\n${told}`).value('sharding.defersReduction')).toBe(false);
  });

  it('reads the settings from a file', () => {
    const plan = read('fsdp: full_shard\nfsdp_config: fsdp.json\n', {
      'fsdp.json': '{"activation_checkpointing": true, "version": 2}',
    });
    expect(plan.value('sharding.engine')).toBe('fsdp2');
    expect(plan.reading.links).toMatchObject([{ target: 'fsdp.json', found: true }]);
  });

  it('puts states on the host with the word offload', () => {
    const plan = read('fsdp: full_shard offload auto_wrap\n');
    expect(plan.value('sharding.offloadParameters')).toBe('cpu');
    expect(plan.value('sharding.offloadOptimizer')).toBe('cpu');
  });

  it('counts checkpointing inside FSDP where the trainer has it off', () => {
    const plan = read(
      'gradient_checkpointing: false\nfsdp: full_shard\nfsdp_config: {activation_checkpointing: true}\n',
    );
    expect(plan.value('activations.checkpointing')).toBe('full');
  });

  it.each(['fsdp: ""', 'fsdp: []', 'fsdp: false', 'fsdp:'])('is off for %s', (line) => {
    expect(read(`${line}\n`).value('sharding.engine')).toBe('ddp');
  });
});
