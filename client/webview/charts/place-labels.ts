export interface Label {
  readonly name: string;
  readonly text: string;
  /** The dot's centre, in pixels. */
  readonly x: number;
  readonly y: number;
}

export interface PlacedLabel extends Label {
  readonly anchor: 'start' | 'middle' | 'end';
}

/** Mean width of a character at the charts' text size, in pixels, on the wide side. */
const CHARACTER = 5.8;
const LINE = 12;
const REACH = 8;

/**
 * Finds each label a place beside its dot, inside the area, where it covers no dot, no obstacle and no label before it.
 * A label without such a place is left out; its dot still carries the text as a tooltip.
 */
export function placeLabels(
  labels: readonly Label[],
  area: Box,
  obstacles: readonly { readonly x: number; readonly y: number }[] = [],
): readonly PlacedLabel[] {
  const taken: Box[] = [...labels, ...obstacles].map(({ x, y }) => ({
    left: x - 4,
    right: x + 4,
    top: y - 4,
    bottom: y + 4,
  }));
  const placed: PlacedLabel[] = [];
  for (const label of labels) {
    const free = candidates(label).find(({ box }) => inside(box, area) && !taken.some((other) => overlaps(box, other)));
    if (free === undefined) continue;
    taken.push(free.box);
    placed.push(free.label);
  }
  return placed;
}

/** Edges in pixels. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function candidates(label: Label): readonly { readonly label: PlacedLabel; readonly box: Box }[] {
  const places: readonly PlacedLabel[] = [
    { ...label, anchor: 'start', x: label.x + REACH, y: label.y + 4 },
    { ...label, anchor: 'end', x: label.x - REACH, y: label.y + 4 },
    { ...label, anchor: 'middle', y: label.y - REACH - 1 },
    { ...label, anchor: 'middle', y: label.y + REACH + 9 },
    { ...label, anchor: 'end', x: label.x + 5, y: label.y - REACH - 1 },
    { ...label, anchor: 'end', x: label.x + 5, y: label.y + REACH + 9 },
    { ...label, anchor: 'start', x: label.x - 5, y: label.y - REACH - 1 },
    { ...label, anchor: 'start', x: label.x - 5, y: label.y + REACH + 9 },
  ];
  return places.map((place) => ({ label: place, box: boxOf(place) }));
}

function boxOf({ text, x, y, anchor }: PlacedLabel): Box {
  const width = text.length * CHARACTER;
  const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2;
  return { left, right: left + width, top: y - LINE + 2, bottom: y + 2 };
}

function inside(box: Box, area: Box): boolean {
  return box.left >= area.left && box.right <= area.right && box.top >= area.top && box.bottom <= area.bottom;
}

function overlaps(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
