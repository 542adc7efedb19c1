import { describe, expect, it } from 'vitest';
import { type Loader, parseText, withLoader } from '../../server/src/text/index.ts';

/** What each reader makes of a plain scalar. The PyYAML and OmegaConf columns were read with PyYAML 6.0.3. */
const ROWS: readonly (readonly [string, Value, Value, Value])[] = [
  // text, pyyaml, omegaconf, yaml-1.2
  ['1e-5', '1e-5', 1e-5, 1e-5],
  ['1e5', '1e5', 1e5, 1e5],
  ['1E-3', '1E-3', 1e-3, 1e-3],
  ['1.0e5', '1.0e5', 1e5, 1e5],
  ['1.0e-05', 1e-5, 1e-5, 1e-5],
  ['1.e+5', 1e5, 1e5, 1e5],
  ['5e9T', '5e9T', '5e9T', '5e9T'],
  ['.5', 0.5, 0.5, 0.5],
  ['.5e-3', 0.0005, 0.0005, 0.0005],
  ['-.5', '-.5', '-.5', -0.5],
  ['+1.5', 1.5, 1.5, 1.5],
  ['1.', 1, 1, 1],
  ['1.5.2', '1.5.2', '1.5.2', '1.5.2'],
  ['70_000', 70_000, 70_000, '70_000'],
  ['1_0.5', 10.5, 10.5, '1_0.5'],
  ['0777', 511, 511, 777],
  ['08', '08', '08', 8],
  ['0o17', '0o17', '0o17', 15],
  ['0x1F', 31, 31, 31],
  ['-0x1F', -31, -31, '-0x1F'],
  ['0b101', 5, 5, '0b101'],
  ['1:30', 90, 90, '1:30'],
  ['4:00:00', 14_400, 14_400, '4:00:00'],
  ['04:00:00', '04:00:00', '04:00:00', '04:00:00'],
  ['1:60', '1:60', '1:60', '1:60'],
  ['190:20:30.15', 685_230.15, 685_230.15, '190:20:30.15'],
  ['.inf', Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ['-.INF', Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ['.NaN', Number.NaN, Number.NaN, Number.NaN],
  ['inf', 'inf', 'inf', 'inf'],
  ['yes', true, true, 'yes'],
  ['No', false, false, 'No'],
  ['ON', true, true, 'ON'],
  ['off', false, false, 'off'],
  ['yEs', 'yEs', 'yEs', 'yEs'],
  ['y', 'y', 'y', 'y'],
  ['True', true, true, true],
  ['FALSE', false, false, false],
  ['~', null, null, null],
  ['Null', null, null, null],
  ['', null, null, null],
  ['None', 'None', 'None', 'None'],
  ['2024-01-01', '2024-01-01', '2024-01-01', '2024-01-01'],
  ['0x_', '0x_', '0x_', '0x_'],
  ['4800ba', '4800ba', '4800ba', '4800ba'],
];

type Value = string | number | boolean | null;

function read(text: string, loader: Loader) {
  const { root } = withLoader(parseText('a.yaml', text, 'yaml'), loader);
  const node = root?.kind === 'map' ? root.entries[0]?.value : undefined;
  if (node?.kind !== 'scalar') throw new Error(`no scalar in ${text}`);
  return node;
}

describe('plain scalars', () => {
  it.each(ROWS)('%s', (text, pyyaml, omegaconf, core) => {
    const source = `key: ${text}\n`;
    expect(read(source, 'pyyaml').value).toBe(pyyaml);
    expect(read(source, 'omegaconf').value).toBe(omegaconf);
    expect(read(source, 'yaml-1.2').value).toBe(core);
  });

  it('tells which strings are numbers to YAML 1.2, unless they are quoted', () => {
    expect(read('lr: 2e-5', 'pyyaml').looksNumeric).toBe(2e-5);
    expect(read('lr: 2e-5', 'omegaconf').looksNumeric).toBeUndefined();
    expect(read('lr: "2e-5"', 'pyyaml')).toMatchObject({ value: '2e-5', style: 'double' });
    expect(read('lr: "2e-5"', 'pyyaml').looksNumeric).toBeUndefined();
    expect(read('lr: cosine', 'pyyaml').looksNumeric).toBeUndefined();
  });

  it('applies the tags of the core schema', () => {
    expect(read('a: !!float 1e6', 'pyyaml').value).toBe(1e6);
    expect(read('a: !!int "8"', 'pyyaml').value).toBe(8);
    expect(read('a: !!str 1.5', 'pyyaml').value).toBe('1.5');
    expect(read('a: !!bool yes', 'pyyaml').value).toBe(true);
    expect(read('a: !!null x', 'pyyaml').value).toBeNull();
    expect(read('a: !!int x', 'pyyaml').unresolved).toBe('tag');
  });

  it.each([
    [`a: \${b.c}`, 'interpolation'],
    [`a: "x/\${b.c}/y"`, 'interpolation'],
    ['a: "{{ name }}"', 'template'],
    ['a: {{ name }}', 'template'],
    ['a: |\n  {% for x in y %}\n', 'template'],
    ['a: !include other.yaml', 'tag'],
    ['a: !!python/object/apply:eval "1"', 'tag'],
    ['a: !!CHANGETHIS!! x', 'tag'],
  ])('leaves %s unresolved', (text, why) => {
    expect(read(text, 'pyyaml').unresolved).toBe(why);
    expect(parseText('a.yaml', text, 'yaml').problems).toEqual([]);
  });
});
