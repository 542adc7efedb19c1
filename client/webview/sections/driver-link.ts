import { html, type TemplateResult } from 'lit';
import type { PanelDriver } from '../../../server/src/protocol/panel.ts';
import type { PanelActions } from '../actions.ts';

/** A key by its own spelling: a link where the file holds it, plain text with its origin where it does not. */
export function driverLink(driver: PanelDriver, actions: PanelActions): TemplateResult {
  const { place } = driver;
  const label = shortKey(driver.label);
  const origin = `${label === driver.label ? '' : `${driver.label}: `}${driver.value}, ${driver.origin}`;
  if (place === undefined) return html`<span title=${origin}>${label}</span>`;
  return html`<button class="link" title=${origin} @click=${() => actions.open(place)}>${label}</button>`;
}

/** Letters that fit the narrowest column on one line. */
const LONGEST_KEY = 30;

/** The last step of a long dotted key; the whole of it is in the tooltip. */
function shortKey(label: string): string {
  return label.length <= LONGEST_KEY ? label : label.slice(label.lastIndexOf('.') + 1);
}

/** Several keys with dots between. */
export function driverLinks(drivers: readonly PanelDriver[], actions: PanelActions): readonly TemplateResult[] {
  return drivers.map((driver, index) => html`${index === 0 ? '' : ' · '}${driverLink(driver, actions)}`);
}
