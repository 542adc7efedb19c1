import type { ConfigValue } from '../../text/index.ts';
import { key } from '../kit/key.ts';
import type { KeyTable } from '../types.ts';

/** The key that names the layers FSDP wraps, under a prefix; with another policy than wrapping by class it says nothing. */
export function wrapClassKeys(prefix: string): KeyTable {
  return {
    [`${prefix}transformer_layer_cls_to_wrap`]: key('sharding.wrapClasses', {
      read: classNames,
      write: (to) => to.join(','),
      when: (around) => {
        const policy = around.get(`${prefix}auto_wrap_policy`);
        return policy === undefined || policy === null || /TRANSFORMER/i.test(String(policy));
      },
    }),
  };
}

/** A list, or names with commas between them. */
function classNames(value: ConfigValue): readonly string[] | undefined {
  const names = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : [];
  const tidy = names.flatMap((name) => (typeof name === 'string' && name.trim() !== '' ? [name.trim()] : []));
  return tidy.length === 0 ? undefined : tidy;
}
