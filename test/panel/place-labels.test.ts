import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PlacedLabel, placeLabels } from '../../client/webview/charts/place-labels.ts';

const AREA = { left: 40, right: 360, top: 0, bottom: 150 };

const label = fc.record({
  name: fc.constant('recipe'),
  text: fc.string({ minLength: 1, maxLength: 24 }),
  x: fc.double({ min: AREA.left, max: AREA.right, noNaN: true }),
  y: fc.double({ min: AREA.top, max: AREA.bottom, noNaN: true }),
});

/** A generous guess at where the text is drawn. */
function extent({ text, x, y, anchor }: PlacedLabel) {
  const width = text.length * 5;
  const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2;
  return { left, right: left + width, top: y - 9, bottom: y };
}

test('placed labels stay in the area and cover neither each other nor any dot', () => {
  fc.assert(
    fc.property(fc.array(label, { maxLength: 20 }), (labels) => {
      const placed = placeLabels(labels, AREA).map(extent);
      for (const box of placed) {
        expect(box.left).toBeGreaterThanOrEqual(AREA.left);
        expect(box.right).toBeLessThanOrEqual(AREA.right);
        for (const { x, y } of labels) {
          expect(x > box.left && x < box.right && y > box.top && y < box.bottom).toBe(false);
        }
        for (const other of placed) {
          const apart =
            box === other ||
            box.right <= other.left ||
            other.right <= box.left ||
            box.bottom <= other.top ||
            other.bottom <= box.top;
          expect(apart).toBe(true);
        }
      }
    }),
  );
});

test('the first label has its place before later ones', () => {
  const [first] = placeLabels(
    [
      { name: 'here', text: 'this file', x: 200, y: 75 },
      { name: 'recipe', text: 'a recipe beside it', x: 205, y: 75 },
    ],
    AREA,
  );
  expect(first?.text).toBe('this file');
});
