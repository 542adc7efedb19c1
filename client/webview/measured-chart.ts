import { LitElement, nothing, type TemplateResult } from 'lit';

/**
 * A chart drawn for the width it has, so that text keeps its size in narrow and wide views.
 * It renders into its parent's tree: the parent's styles apply.
 */
export class MeasuredChart extends LitElement {
  static override properties = { draw: { attribute: false } };
  declare draw: ((width: number) => TemplateResult) | undefined;
  #width = 0;
  readonly #observer = new ResizeObserver(() => this.#measure());

  override connectedCallback(): void {
    super.connectedCallback();
    this.#observer.observe(this);
    this.#measure();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer.disconnect();
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    return this.draw !== undefined && this.#width > 0 ? this.draw(this.#width) : nothing;
  }

  #measure(): void {
    const width = Math.round(this.clientWidth);
    if (width === this.#width) return;
    this.#width = width;
    this.requestUpdate();
  }
}

customElements.define('batchwise-chart', MeasuredChart);
