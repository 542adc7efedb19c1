import { describe, expect, it } from 'vitest';
import { issueLines, readConfig } from '../read-config.ts';

const LLAMA = `model_name_or_path: meta-llama/Meta-Llama-3-8B-Instruct
stage: sft
do_train: true
finetuning_type: lora
template: llama3
dataset: identity
cutoff_len: 2048
output_dir: out
`;

const lines = (text: string): readonly string[] => issueLines(readConfig({ 'a.yaml': text }));

describe('values that a method takes alone', () => {
  it.each([
    ['quantization_bit: 3\n', 'not-allowed | quantization_bit | refused | 3 | 4, 8 bits with bnb'],
    [
      'quantization_bit: 4\nquantization_method: eetq\n',
      'not-allowed | quantization_bit | refused | 4 | 8 bits with eetq',
    ],
    ['export_quantization_bit: 5\n', 'not-allowed | export_quantization_bit | refused | 5 | 2, 3, 4 or 8'],
  ])('are told of %j', (keys, issue) => {
    expect(lines(`${LLAMA}${keys}`)).toEqual([issue]);
  });

  it.each(['quantization_bit: 8\n', 'quantization_bit: 3\nquantization_method: hqq\n'])('are quiet on %j', (keys) => {
    expect(lines(`${LLAMA}${keys}`)).toEqual([]);
  });

  it('do not hold where the checkpoint is quantised already', () => {
    expect(lines(`${LLAMA.replace('8B-Instruct', '8B-Instruct-GPTQ')}quantization_bit: 3\n`)).toEqual([]);
  });

  it('are the DeepSpeed configs that ms-swift brings along, beside files', () => {
    const swift = (config: string): readonly string[] =>
      lines(`model: Qwen/Qwen3-8B\ntuner_type: full\ndataset: a\ndeepspeed: ${config}\n`);
    for (const config of ['zero0', 'zero3', 'zero2_offload', 'ds/zero4.json']) expect(swift(config)).toEqual([]);
    expect(swift('zero4')).toEqual([
      'not-allowed | deepspeed | refused | zero4 | a file, or zero0, zero1, zero2 or zero3',
    ]);
  });
});
