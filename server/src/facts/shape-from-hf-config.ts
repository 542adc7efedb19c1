import type { ModelShape } from './types.ts';

/** The shape a checkpoint's config.json states (transformers' key names); undefined for architectures unknown here. */
export function shapeFromHfConfig(_json: unknown): ModelShape | undefined {
  return undefined;
}
