import { FIELD_INFO, type FieldName, type Location, type TrainingPlan } from '../plan/index.ts';
import type { ConfigTree } from '../text/index.ts';
import type { FileLink, RelatedPlace } from './types.ts';
import { valueText } from './value-text.ts';

/** Where a field is written: its own place, else the first written value it was inferred from. */
export function placeOfField(
  plan: TrainingPlan,
  field: FieldName,
  seen: ReadonlySet<FieldName> = new Set(),
): Location | undefined {
  const sourced = plan.values[field];
  if (sourced === undefined || seen.has(field)) return undefined;
  if (sourced.origin === 'explicit') return sourced.at;
  if (sourced.origin !== 'inferred') return undefined;
  const path = new Set([...seen, field]);
  for (const input of sourced.from) {
    const place = placeOfField(plan, input, path);
    if (place !== undefined) return place;
  }
  return undefined;
}

export interface FindingPlace {
  readonly at: Location;
  readonly related: readonly RelatedPlace[];
}

/**
 * The place of a finding in the analysed file. A value written in a linked file is shown at the text that names that
 * file, with the value itself as related information; a value written nowhere at the plan's first line.
 */
export function placeFinding(
  plan: TrainingPlan,
  at: FieldName,
  related: readonly FieldName[],
  tree: ConfigTree,
  links: readonly FileLink[],
): FindingPlace {
  const own = placeOfField(plan, at);
  const fallback = related.map((field) => placeOfField(plan, field)).find((place) => place?.file === tree.file);
  const place = own ?? fallback;
  const others = relatedPlaces(plan, at, related);
  if (place?.file === tree.file) return { at: place, related: others.filter((other) => !samePlace(other.at, place)) };
  if (place === undefined) return { at: firstLine(plan, tree), related: others };
  const link = links.find((candidate) => candidate.target === place.file);
  const shown =
    link === undefined ? (fallback ?? firstLine(plan, tree)) : { file: tree.file, start: link.start, end: link.end };
  return {
    at: shown,
    related: [{ at: place, message: describe(plan, at) }, ...others.filter((other) => !samePlace(other.at, place))],
  };
}

function relatedPlaces(plan: TrainingPlan, at: FieldName, fields: readonly FieldName[]): readonly RelatedPlace[] {
  const places: RelatedPlace[] = [];
  for (const field of new Set([at, ...fields])) {
    const sourced = plan.values[field];
    const place = placeOfField(plan, field);
    if (place !== undefined && field !== at) places.push({ at: place, message: describe(plan, field) });
    for (const loser of sourced?.overridden ?? []) {
      if (loser.origin === 'explicit')
        places.push({ at: loser.at, message: `${FIELD_INFO[field].label} is ${valueText(field, loser)} here.` });
    }
  }
  return places.filter((place, index) => places.findIndex((other) => samePlace(other.at, place.at)) === index);
}

function describe(plan: TrainingPlan, field: FieldName): string {
  const sourced = plan.values[field];
  return `${FIELD_INFO[field].label}: ${sourced === undefined ? 'not known' : valueText(field, sourced)}`;
}

function samePlace(one: Location, other: Location): boolean {
  return one.file === other.file && one.start === other.start && one.end === other.end;
}

/** The first line of the plan's part of the document, without its line break. */
export function firstLine(plan: TrainingPlan, tree: ConfigTree): Location {
  const { start } = plan.at;
  const lineEnd = tree.text.slice(start).search(/\r?\n/);
  return { file: tree.file, start, end: lineEnd === -1 ? tree.text.length : start + lineEnd };
}
