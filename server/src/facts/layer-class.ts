import table from '../../data/layer-classes.json' with { type: 'json' };
import { lazily, readColumns } from './read-columns.ts';

/** A row of server/data/layer-classes.json. */
interface LayerClassRow {
  readonly family: string;
  readonly layerClass: string;
}

const byFamily = lazily(
  () => new Map(readColumns<LayerClassRow>(table).map(({ family, layerClass }) => [family, layerClass])),
);
const known = lazily(() => new Set(byFamily().values()));

/** Class of the layers that transformers stacks in a family's models; undefined where there are several, or none is known. */
export function layerClassOf(family: string): string | undefined {
  return byFamily().get(family);
}

/** Whether a class is some family's layer. */
export function isLayerClass(name: string): boolean {
  return known().has(name);
}
