import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdits, type ConfigValue, nodeAt, setValue, toValue, unsetValue } from '../../server/src/text/index.ts';
import { treeIn, valuesOf as valuesInForce } from './values-of.ts';

const SCRIPT = `"""Fine-tune with LoRA."""
import torch
from trl import SFTConfig, SFTTrainer

LR = 2e-4
MODEL: str = 'Qwen/Qwen2.5-7B'


def main(steps):
    # Loads the base.
    model = AutoModelForCausalLM.from_pretrained(
        MODEL, torch_dtype=torch.bfloat16, attn_implementation="sdpa"
    )
    tokenizer = AutoTokenizer.from_pretrained("other/tokenizer")
    peft = LoraConfig(r=16, lora_alpha=32, target_modules=["q_proj", 'v_proj'], task_type="CAUSAL_LM")
    args = SFTConfig(
        output_dir="out", learning_rate=LR,  # as in the paper
        per_device_train_batch_size=4,
        max_steps=steps,
        gradient_checkpointing_kwargs={"use_reentrant": False},
    )
    SFTTrainer(model=model, args=args, peft_config=peft).train()


if __name__ == "__main__":
    main(10)
`;

const treeOf = (text: string) => treeIn('train.py', text, 'python');
const valuesOf = (text: string) => valuesInForce(treeOf(text));

function argument(written: string): unknown {
  return valuesOf(`SFTConfig(a=1, x=${written})`)['x'];
}

describe('a Python file', () => {
  it('is read as the run that its calls set up', () => {
    expect(valuesOf(SCRIPT)).toEqual({
      use_peft: true,
      lora_r: 16,
      lora_alpha: 32,
      lora_target_modules: ['q_proj', 'v_proj'],
      model_name_or_path: 'Qwen/Qwen2.5-7B',
      dtype: 'bfloat16',
      attn_implementation: 'sdpa',
      output_dir: 'out',
      learning_rate: 2e-4,
      per_device_train_batch_size: 4,
      max_steps: '?',
      gradient_checkpointing_kwargs: { use_reentrant: false },
    });
  });

  it('names the class as the program that is started', () => {
    expect(treeOf(SCRIPT).launches?.map(({ program, started }) => [program, started])).toEqual([
      ['SFTConfig', undefined],
    ]);
  });

  it('keeps its comments, which can hold suppressions', () => {
    expect(treeOf(SCRIPT).comments.map(({ text }) => text)).toEqual(['Loads the base.', 'as in the paper']);
  });

  it.each([
    ['no call of argument objects', 'import torch\nprint(torch.ones(3))\n'],
    ['a class of its own', 'class MyConfig(TrainingArguments):\n    pass\n'],
    ['a parser of arguments', 'parser = HfArgumentParser((TrainingArguments,))\nprint("TrainingArguments(")\n'],
    ['no keywords', 'args = TrainingArguments("out")\n'],
  ])('with %s is no config', (_what, text) => {
    expect(treeOf(text).root).toBeUndefined();
    expect(treeOf(text).problems).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['2e-5', 2e-5],
    ['1_000', 1000],
    ['0x10', 16],
    ['.5', 0.5],
    ['-1', -1],
    ['True', true],
    ['None', null],
    ["'a'", 'a'],
    ['r"\\d"', '\\d'],
    ['"a\\n\\"b\\""', 'a\n"b"'],
    ['"a" \'b\'', 'ab'],
    ['"""a"""', 'a'],
    ['["a", "b",]', ['a', 'b']],
    ['(1, 2)', [1, 2]],
    ['[]', []],
    ['{"a": [1], "b": {"c": None}}', { a: [1], b: { c: null } }],
    ['torch.float16', 'float16'],
    ['trl.x.y', '?'],
    ['3j', '?'],
    ['b"a"', '?'],
    ['f"{a}"', '?'],
    ['"\\N{BULLET}"', '?'],
    ['1 + 1', '?'],
    ['4 if big else 2', '?'],
    ['args.lr', '?'],
    ['int(4)', '?'],
    ['[n]', '?'],
    ['{**a}', '?'],
    ['not True', '?'],
  ])('reads %s', (written, value) => {
    expect(argument(written)).toEqual(value);
  });

  it.each([
    ['once', 'LR = 2e-5\n', 2e-5],
    ['with a type', 'LR: float = 2e-5\n', 2e-5],
    ['twice', 'LR = 1\nLR = 2\n', '?'],
    ['and changed', 'LR = 1\nLR *= 2\n', '?'],
    ['in a loop', 'for LR in [1, 2]:\n    pass\n', '?'],
    ['as a parameter too', 'LR = 1\ndef f(LR): pass\n', '?'],
    ['with another name', 'LR = OTHER = 1\n', '?'],
    ['by unpacking', 'LR, N = 1, 2\n', '?'],
    ['by an expression', 'LR = 2 * 3\n', '?'],
    ['by import', 'from settings import LR\n', '?'],
    ['never', '', '?'],
  ])('follows a name bound %s', (_how, before, value) => {
    expect(valuesOf(`${before}SFTConfig(learning_rate=LR)`)['learning_rate']).toEqual(value);
  });

  it('takes the first of several argument objects', () => {
    expect(valuesOf('a = SFTConfig(learning_rate=1)\nb = DPOConfig(learning_rate=2)\n')).toEqual({ learning_rate: 1 });
  });

  it('takes the model that a trainer gets by name', () => {
    const text = 'SFTTrainer("Qwen/Qwen2.5-0.5B", args=trl.SFTConfig(max_steps=1))';
    expect(valuesOf(text)['model_name_or_path']).toBe('Qwen/Qwen2.5-0.5B');
  });

  it('does not say which of several models is trained', () => {
    const load = (name: string) => `AutoModelForCausalLM.from_pretrained("${name}", dtype="auto")\n`;
    expect(valuesOf(`${load('big')}${load('small')}SFTConfig(a=1)`)['model_name_or_path']).toBe('?');
    expect(valuesOf(`${load('big')}${load('big')}SFTConfig(a=1)`)['model_name_or_path']).toBe('big');
  });

  it('leaves open what a test decides', () => {
    const adapter = 'LoraConfig(r=8)';
    const when = (call: string) => `if lora:\n    peft = ${call}\nargs = SFTConfig(a=1)\n`;
    expect(valuesOf(when(adapter))).toEqual({ use_peft: '?', a: 1 });
    expect(valuesOf(`if __name__ == "__main__":\n    x = ${adapter}\n    y = SFTConfig(a=1)\n`)).toMatchObject({
      use_peft: true,
      lora_r: 8,
    });
    expect(valuesOf(when('BitsAndBytesConfig(load_in_4bit=True)'))['load_in_4bit']).toBe('?');
  });

  it('leaves open what a call may get from elsewhere', () => {
    const load = 'AutoModelForCausalLM.from_pretrained("a", dtype="auto", **kwargs)';
    expect(valuesOf(`m = ${load}\nSFTConfig(a=1)\n`)).toEqual({
      attn_implementation: '?',
      load_in_4bit: '?',
      model_name_or_path: 'a',
      dtype: 'auto',
      a: 1,
    });
    expect(valuesOf('LoraConfig(r=4, **kwargs)\nSFTConfig(a=1)\n')).toMatchObject({ lora_r: 4, lora_alpha: '?' });
  });

  it('leaves open what a call decides without naming it', () => {
    const script = (args: string) =>
      `model.gradient_checkpointing_enable()\nm = get_peft_model(m, p)\nSFTConfig(${args})\n`;
    expect(valuesOf(script('a=1'))).toEqual({ gradient_checkpointing: '?', use_peft: '?', a: 1 });
    expect(valuesOf(script('gradient_checkpointing=True'))['gradient_checkpointing']).toBe(true);
    expect(valuesOf(`p = LoraConfig(r=8)\n${script('a=1')}`)['use_peft']).toBe(true);
  });

  it('knows that further arguments come from elsewhere', () => {
    expect(treeOf('SFTConfig(a=1, **kwargs)').launches?.[0]?.open).toBe(true);
    expect(treeOf('SFTConfig(a=1)').launches?.[0]?.open).toBeUndefined();
  });
});

describe('setValue in Python', () => {
  const written = (path: readonly (string | number)[], value: ConfigValue): string | undefined => {
    const edits = setValue(treeOf(SCRIPT), path, value);
    return edits === undefined ? undefined : applyEdits(SCRIPT, edits);
  };

  it.each<[string, readonly (string | number)[], ConfigValue, string, string]>([
    ['a number', ['per_device_train_batch_size'], 8, 'train_batch_size=4', 'train_batch_size=8'],
    ['a constant', ['learning_rate'], 1e-5, 'LR = 2e-4', 'LR = 1e-5'],
    ['a text in its quotes', ['model_name_or_path'], 'a/b', "'Qwen/Qwen2.5-7B'", "'a/b'"],
    ['a dtype', ['dtype'], 'float32', 'torch.bfloat16', 'torch.float32'],
    ['an item', ['lora_target_modules', 0], 'k_proj', '"q_proj"', '"k_proj"'],
    ['a list', ['lora_target_modules'], ['k_proj'], `["q_proj", 'v_proj']`, '["k_proj"]'],
    ['an option in a map', ['gradient_checkpointing_kwargs', 'use_reentrant'], true, 'False', 'True'],
  ])('writes over %s', (_what, path, value, before, after) => {
    expect(written(path, value)).toBe(SCRIPT.replace(before, after));
  });

  it('leaves alone what has no literal of its own', () => {
    expect(written(['max_steps'], 5)).toBeUndefined();
    expect(written(['use_peft'], false)).toBeUndefined();
    expect(written(['bf16'], true)).toBeUndefined();
    expect(unsetValue(treeOf(SCRIPT), ['learning_rate'])).toBeUndefined();
  });

  it('leaves alone a constant that other places use', () => {
    const tree = treeOf('LR = 1e-5\nprint(LR)\nSFTConfig(learning_rate=LR)\n');
    expect(setValue(tree, ['learning_rate'], 2e-5)).toBeUndefined();
  });

  it('makes the path read as the value, or does nothing', () => {
    const scalar = fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.string({ unit: 'binary' }));
    const paths = [['learning_rate'], ['model_name_or_path'], ['lora_target_modules', 1], ['lora_target_modules']];
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })), (path, value) => {
        const edits = setValue(treeOf(SCRIPT), path, value);
        if (edits === undefined) {
          expect([value].flat().some((item) => typeof item === 'number' && !Number.isFinite(item))).toBe(true);
          return;
        }
        const node = nodeAt(treeOf(applyEdits(SCRIPT, edits)), path);
        expect(JSON.stringify(node && toValue(node))).toBe(JSON.stringify(value));
      }),
    );
  });
});

describe('a broken Python file', () => {
  it('is read as far as it goes, wherever it ends or loses a piece', () => {
    fc.assert(
      fc.property(fc.nat(SCRIPT.length), fc.nat(60), fc.string({ maxLength: 3 }), (start, length, inserted) => {
        for (const text of [SCRIPT.slice(0, start), SCRIPT.slice(0, start) + inserted + SCRIPT.slice(start + length)]) {
          const tree = treeOf(text);
          expect(tree.problems).toEqual([]);
          const entries = tree.root?.kind === 'map' ? tree.root.entries : [];
          for (const { value } of entries) expect(value.range.end).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('may nest as deeply as it likes', () => {
    const deep = `SFTConfig(a=${'['.repeat(20_000)})`;
    expect(treeOf(deep).problems).toEqual([]);
    expect(valuesOf(`SFTConfig(b=1, a=${'['.repeat(500)}${']'.repeat(500)})`)).toEqual({ b: 1, a: '?' });
  });
});
