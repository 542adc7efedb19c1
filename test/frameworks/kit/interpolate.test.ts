// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the texts under test.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calculate } from '../../../server/src/frameworks/kit/arithmetic.ts';
import { aroundOf } from '../../../server/src/frameworks/kit/around.ts';
import { parseText, withLoader } from '../../../server/src/text/index.ts';

function around(text: string, mount?: readonly string[]) {
  const tree = withLoader(parseText('config.yaml', text, 'yaml'), 'omegaconf');
  return aroundOf(mount === undefined ? tree : { ...tree, mount });
}

describe('interpolations', () => {
  it.each<[string, string, unknown]>([
    ['a: 3\nx: ${a}\n', 'x', 3],
    ['a: {b: 1.0e-4}\nx: ${a.b}\n', 'x', 1e-4],
    ['a: [4, 5]\nx: ${a[1]}\ny: ${a.0}\n', 'x', 5],
    ['m: {a: 2, x: "${.a}"}\n', 'm.x', 2],
    ['a: 7\nm: {n: {x: "${...a}"}}\n', 'm.n.x', 7],
    ['a: 3\nb: ${a}\nx: ${b}\n', 'x', 3],
    ['which: b\nb: 9\nx: ${${which}}\n', 'x', 9],
    ['m: {b: 9}\nw: b\nx: ${m.${w}}\n', 'x', 9],
    ['n: llama\nx: out/${n}-7b\n', 'x', 'out/llama-7b'],
    ['a: 4\nx: ${multiply:${a}, 2}\n', 'x', 8],
    ['a: 4\nx: ${mul:${a}, ${mul:2,${a}}}\n', 'x', 32],
    ['a: 9\nx: ${divide_floor:${a},2}\n', 'x', 4],
    ['a: 9\nx: ${int_div:${a},2}\n', 'x', 4],
    ['a: 9\nx: ${div:${a},2}\n', 'x', undefined],
    ['a: 8\nx: ${div:${a},2}\n', 'x', 4],
    ['x: ${sum:1,2,3}\n', 'x', 6],
    ["a: 8\nx: ${eval:'${a} * (2 + 1) // 5'}\n", 'x', 4],
    ['x: ${oc.env:NOWHERE,/data}\n', 'x', '/data'],
    ['x: ${oc.env:NOWHERE}\n', 'x', undefined],
    ['a: {b: 1}\nx: ${oc.select:a.c,5}\n', 'x', 5],
    ['a: {b: 1}\nx: ${oc.select:a.b,5}\n', 'x', 1],
    ['x: ${oc.select:elsewhere.c,5}\n', 'x', undefined],
    ['x: ${elsewhere.c}\n', 'x', undefined],
    ['x: ${frobnicate:1}\n', 'x', undefined],
    ['x: "???"\ny: ${x}\n', 'y', undefined],
    ['o: {lr: 0.1, wd: 0}\nm: {optim: "${o}"}\n', 'm.optim.lr', 0.1],
    ['x: ${x}\n', 'x', undefined],
    ['x: ${y}\ny: ${z}\nz: ${x}\n', 'x', undefined],
    ['m: {x: "${m}"}\n', 'm.x', undefined],
    ['x: ${a\n', 'x', undefined],
    ['x: \\${a}\na: 1\n', 'x', undefined],
  ])('in %j make %s %j', (text, path, value) => {
    expect(around(text).get(path)).toEqual(value);
  });

  it('keep the place of the expression', () => {
    const text = 'a: 3\nx: ${a}\n';
    const node = around(text).node('x');
    expect(text.slice(node?.range.start, node?.range.end)).toBe('${a}');
  });

  it('find keys of a file that is a branch of a whole config', () => {
    const text = 'model: {width: 512}\nx: ${training.model.width}\ny: ${model.width}\n';
    expect(around(text, ['training']).get('x')).toBe(512);
    expect(around(text, ['training']).get('y')).toBeUndefined();
  });

  it('are not followed by other readers', () => {
    const tree = withLoader(parseText('config.yaml', 'a: 3\nx: ${a}\n', 'yaml'), 'pyyaml');
    expect(aroundOf(tree).get('x')).toBeUndefined();
  });

  it('stay unknown where they would double without end', () => {
    const levels = Array.from({ length: 40 }, (_, level) => `l${level + 1}: ["\${l${level}}", "\${l${level}}"]`);
    const found = around(`l0: [1, 2]\n${levels.join('\n')}\n`);
    const twice = [
      [1, 2],
      [1, 2],
    ];
    expect(found.get('l2')).toEqual([twice, twice]);
    expect(found.get('l40')).toBeUndefined();
  });

  it('survive chains longer than anybody writes', () => {
    const chain = Array.from({ length: 3000 }, (_, index) => `k${index}: \${k${index + 1}}`);
    const found = around(`${chain.join('\n')}\nk3000: 1\n`);
    expect(found.get('k2999')).toBe(1);
    expect(() => found.get('k0')).not.toThrow();
  });

  it('never throw on what people type', () => {
    const part = fc.constantFrom('${', '}', 'a', '.', ':', ',', '"', "'", '[', ']', '\\', 'mul', '2', ' ');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 14 }), (parts) => {
        const found = around(`a: 1\nx: >-\n  ${parts.join('')}\n`);
        expect(() => found.get('x')).not.toThrow();
      }),
    );
  });
});

describe('plain arithmetic', () => {
  it.each<[string, number | undefined]>([
    ['1 + 2 * 3', 7],
    ['-2 ** 2', -4],
    ['2 ** 3 ** 2', 512],
    ['7 // 2 - 7 % 4', 0],
    ['-7 // 2', -4],
    ['(1 + 2) * 1e-1', 0.30000000000000004],
    ['1 / 0', undefined],
    ['1 +', undefined],
    ['os.system', undefined],
    ['2 3', undefined],
    ['', undefined],
  ])('%j is %j', (text, value) => {
    expect(calculate(text)).toBe(value);
  });
});
