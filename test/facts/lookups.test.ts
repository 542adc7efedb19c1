import { describe, expect, it } from 'vitest';
import {
  allGpus,
  allOptimizers,
  findGpu,
  findModel,
  findOptimizer,
  findVisionModel,
} from '../../server/src/facts/index.ts';

describe('findModel', () => {
  it.each([
    ['meta-llama/Llama-3.1-8B', 'meta-llama/Llama-3.1-8B'],
    ['META-LLAMA/llama-3.1-8b', 'meta-llama/Llama-3.1-8B'],
    ['NousResearch/Meta-Llama-3-8B', 'meta-llama/Meta-Llama-3-8B'],
    ['/tmp/Llama-2-7b-hf', 'meta-llama/Llama-2-7b-hf'],
    ['/tmp/Llama-2-7b-hf/', 'meta-llama/Llama-2-7b-hf'],
    ['checkpoints/google/gemma-2b', 'google/gemma-2b'],
    ['C:\\models\\Qwen2.5-0.5B', 'Qwen/Qwen2.5-0.5B'],
    ['~/.cache/huggingface/hub/models--meta-llama--Llama-3.1-8B/snapshots/0123abc', 'meta-llama/Llama-3.1-8B'],
    ['torchtune.models.llama3_1.qlora_llama3_1_8b', 'meta-llama/Llama-3.1-8B'],
    ['unsloth/Qwen3-8B-unsloth-bnb-4bit', 'Qwen/Qwen3-8B'],
    ['someone/Qwen2.5-7B-Instruct-AWQ', 'Qwen/Qwen2.5-7B'],
    ['someone/Llama-3.2-1B-GPTQ-Int4', 'meta-llama/Llama-3.2-1B'],
    ['gpt2', 'openai-community/gpt2'],
  ])('knows %s', (name, canonical) => {
    expect(findModel(name)?.name).toBe(canonical);
  });

  it.each([
    '',
    '/',
    'my-org/secret-7B',
    '/data/checkpoints/7B',
    '125M',
    'llama',
    'outputs/run-3/checkpoint-500',
    'someone/MyFineTune-8B-Instruct',
    'x'.repeat(100_000),
  ])('does not guess (%#)', (name) => {
    expect(findModel(name)).toBeUndefined();
  });
});

describe('positions of a model', () => {
  it.each([
    ['Qwen/Qwen3-4B', 40_960],
    ['Qwen/Qwen3-4B-Base', 32_768],
    ['Qwen/Qwen3-4B-Instruct-2507', 262_144],
    ['/models/Qwen3-4B-Instruct-2507', 262_144],
    ['Qwen/Qwen3-235B-A22B-Instruct-2507-FP8', 262_144],
    ['Qwen/Qwen2.5-7B', 131_072],
    ['Qwen/Qwen2.5-7B-Instruct', 32_768],
    ['someone/Qwen2.5-7B-Instruct-AWQ', 32_768],
    ['Qwen/Qwen2.5-Math-7B', 4096],
    ['codellama/CodeLlama-7b-Python-hf', 16_384],
    ['microsoft/Phi-3-mini-128k-instruct', 131_072],
  ])('are those of its checkpoint: %s', (name, positions) => {
    expect(findModel(name)?.shape?.maxPositions).toBe(positions);
  });

  it('leave everything else of the shape alone', () => {
    const base = findModel('Qwen/Qwen3-4B');
    const long = findModel('Qwen/Qwen3-4B-Instruct-2507');
    expect(long?.name).toBe('Qwen/Qwen3-4B');
    expect({ ...long?.shape, maxPositions: base?.shape?.maxPositions }).toEqual(base?.shape);
    expect(findModel('nvidia/Nemotron-Content-Safety-Reasoning-4B')?.shape?.family).toBe('gemma3');
  });
});

describe('findVisionModel', () => {
  it('knows timm names with and without their pretraining, and weights files of YOLO', () => {
    expect(findVisionModel('resnet50')?.parameters).toBe(25_557_032);
    expect(findVisionModel('timm/resnet50.a1_in1k')?.name).toBe('resnet50');
    expect(findVisionModel('yolov8n.pt')?.library).toBe('ultralytics');
  });

  it('gives the figures of the image size asked for', () => {
    expect(findVisionModel('resnet50', 288)?.imageSize).toBe(288);
    expect(findVisionModel('resnet50', 224)?.imageSize).toBe(224);
  });

  it('does not guess', () => {
    expect(findVisionModel('resnet51')).toBeUndefined();
    expect(findVisionModel('')).toBeUndefined();
  });
});

describe('findGpu', () => {
  it.each([
    ['H100', 'h100-80gb'],
    ['h100', 'h100-80gb'],
    ['NVIDIA H100 80GB HBM3', 'h100-80gb'],
    ['H100-SXM5-80GB', 'h100-80gb'],
    ['H100 PCIe', 'h100-pcie-80gb'],
    ['A100-80GB', 'a100-80gb'],
    ['a100_80gb', 'a100-80gb'],
    ['NVIDIA A100-SXM4-80GB', 'a100-80gb'],
    ['NVIDIA A100-SXM4-40GB', 'a100-40gb'],
    ['a100', 'a100-40gb'],
    ['V100', 'v100-16gb'],
    ['V100-32GB', 'v100-32gb'],
    ['4090', 'rtx-4090-24gb'],
    ['RTX 4090', 'rtx-4090-24gb'],
    ['NVIDIA GeForce RTX 4090', 'rtx-4090-24gb'],
    ['nvidia-l4', 'l4-24gb'],
    ['Tesla T4', 't4-16gb'],
    ['T4', 't4-16gb'],
    ['MI300X', 'mi300x-192gb'],
    ['AMD Instinct MI300X', 'mi300x-192gb'],
    ['H200', 'h200-141gb'],
    ['p4d.24xlarge', 'a100-40gb'],
    ['H100:8', 'h100-80gb'],
    ['8x A100-80GB', 'a100-80gb'],
  ])('reads %s as %s', (name, id) => {
    expect(findGpu(name)?.id).toBe(id);
  });

  it.each(['', 'gpu', 'nvidia', 'X999', '80GB', 'x'.repeat(10_000)])('does not guess (%#)', (name) => {
    expect(findGpu(name)).toBeUndefined();
  });

  it('finds every card by its id and by its name on screen', () => {
    for (const gpu of allGpus()) {
      expect(findGpu(gpu.id)).toBe(gpu);
      expect(findGpu(gpu.name)).toBe(gpu);
    }
  });

  it('gives memory as torch reports it', () => {
    expect(findGpu('H100')?.totalBytes).toBe(85_017_493_504);
    expect(findGpu('h100')?.contextBytes).toBe(804_061_184);
    expect((findGpu('A100-80GB')?.totalBytes ?? 0) / 2 ** 30).toBeCloseTo(79.15, 2);
  });

  it('takes 1.5% off nvidia-smi and 2% off the size as sold where torch was not seen', () => {
    expect((findGpu('A16')?.totalBytes ?? 0) / 2 ** 20).toBeCloseTo(15_356 * 0.985, 3);
    expect((findGpu('RTX PRO 4000 Blackwell')?.totalBytes ?? 0) / 2 ** 30).toBeCloseTo(24 * 0.98, 6);
  });

  it('never promises more than the card was sold with', () => {
    for (const gpu of allGpus()) expect(gpu.totalBytes).toBeLessThanOrEqual(gpu.memoryGb * 2 ** 30);
  });
});

describe('findOptimizer', () => {
  it('finds every optimizer by each of its spellings', () => {
    for (const optimizer of allOptimizers()) {
      for (const spelling of [optimizer.name, ...optimizer.spellings]) {
        expect(findOptimizer(spelling)?.canonical, spelling).toBe(optimizer.canonical);
        expect(findOptimizer(spelling.toUpperCase())?.canonical, spelling).toBe(optimizer.canonical);
      }
    }
  });

  it.each([
    ['torch.optim.AdamW', 'adamw_torch'],
    ['torch.optim.adamw.AdamW', 'adamw_torch'],
    ['bitsandbytes.optim.PagedAdamW8bit', 'paged_adamw_8bit'],
    ['FusedAdam', 'adamw_apex_fused'],
    ['Lion', 'lion'],
  ])('reads %s as %s', (name, canonical) => {
    expect(findOptimizer(name)?.canonical).toBe(canonical);
  });

  it.each(['', 'no such optimizer', '.'])('does not guess (%#)', (name) => {
    expect(findOptimizer(name)).toBeUndefined();
  });
});
