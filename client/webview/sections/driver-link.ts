import { html, type TemplateResult } from 'lit';
import type { PanelDriver } from '../../../server/src/protocol/panel.ts';
import type { PanelActions } from '../actions.ts';

/** A key by its own spelling: a link where the file holds it, plain text with its origin where it does not. */
export function driverLink(driver: PanelDriver, actions: PanelActions): TemplateResult {
  const origin = `${driver.value}, ${driver.origin}`;
  const { place } = driver;
  if (place === undefined) return html`<span title=${origin}>${driver.label}</span>`;
  return html`<button class="link" title=${origin} @click=${() => actions.open(place)}>${driver.label}</button>`;
}

/** Several keys with dots between. */
export function driverLinks(drivers: readonly PanelDriver[], actions: PanelActions): readonly TemplateResult[] {
  return drivers.map((driver, index) => html`${index === 0 ? '' : ' · '}${driverLink(driver, actions)}`);
}
