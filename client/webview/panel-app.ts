import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { PanelState, ToPanel, WhatIf } from '../../server/src/protocol/panel.ts';
import type { PanelActions } from './actions.ts';
import type { Host } from './host.ts';
import './measured-chart.ts';
import { microBatchSection } from './charts/micro-batch.ts';
import { phasesSection } from './charts/phases.ts';
import { ratesSection } from './charts/rates.ts';
import { headerSection } from './sections/header.ts';
import { memoryBar } from './sections/memory-bar.ts';
import { missingSection } from './sections/missing.ts';
import { notesSection } from './sections/notes.ts';
import { remediesSection } from './sections/remedies.ts';
import { termsSection } from './sections/terms.ts';
import { tryItSection } from './sections/try-it.ts';
import { verdictLine, verdictSentence } from './sections/verdict.ts';
import { styles } from './styles.ts';
import { isEmpty, withChange } from './what-if.ts';

/** The memory-budget panel: draws the last state and sends what the user tries. */
export class PanelApp extends LitElement {
  static override styles = styles;

  #host: Host | undefined;
  #state: PanelState | undefined;
  #message = 'Reading the active editor…';
  /** Changes the user wants; the state shown may still be of earlier ones. */
  #wanted: WhatIf = {};
  #sequence = 0;
  /** Shown beside the controls: what Apply did. */
  #notice = '';
  /** For screen readers alone: a verdict that changed. */
  #spoken = '';
  #restored = false;

  connect(host: Host): void {
    this.#host = host;
    host.listen((message) => this.#receive(message));
    host.post({ type: 'ready' });
  }

  protected override render(): TemplateResult {
    return html`
      ${this.#state === undefined ? html`<p class="empty">${this.#message}</p>` : this.#page(this.#state)}
      <p class="for-readers" role="status">${this.#spoken}</p>
    `;
  }

  #page(state: PanelState): TemplateResult {
    const { memory } = state;
    const actions = this.#actions(state);
    if (state.framework === undefined) {
      return html`${headerSection(state, actions)}<p class="empty">${state.message ?? 'No training config.'}</p>`;
    }
    return html`
      ${headerSection(state, actions)}
      ${state.message === undefined ? nothing : html`<p class="message">${state.message}</p>`}
      ${memory === undefined ? nothing : [verdictLine(memory, actions), memoryBar(memory)]}
      <main class="sections">
        ${missingSection(state, actions)}
        <div class="stack column">
          ${memory === undefined ? nothing : termsSection(memory, actions)}
          <div class="stack causes">
            ${remediesSection(state, actions)}
            ${memory === undefined ? nothing : [phasesSection(memory), notesSection(memory)]}
          </div>
        </div>
        <div class="stack column">
          ${tryItSection(state, { wanted: this.#wanted, notice: this.#notice }, actions)}
          <div class="stack curves">${microBatchSection(state, this.#wanted, actions)} ${ratesSection(state)}</div>
        </div>
      </main>
    `;
  }

  #actions(state: PanelState): PanelActions {
    return {
      change: (control, value) => this.#try(state, withChange(this.#wanted, control, value)),
      tryAll: (changes) => this.#try(state, { ...this.#wanted, ...changes }),
      reset: () => this.#try(state, {}),
      apply: () => this.#host?.post({ type: 'apply', uri: state.uri, whatIf: this.#wanted, ...planOf(state) }),
      open: (place) => this.#host?.post({ type: 'open', place }),
      chooseHardware: () => this.#host?.post({ type: 'chooseHardware' }),
      showPlan: (plan) => this.#try({ ...state, plan }, {}),
    };
  }

  #try(state: PanelState, whatIf: WhatIf): void {
    this.#wanted = whatIf;
    this.#sequence += 1;
    this.#notice = '';
    this.#host?.post({ type: 'try', uri: state.uri, whatIf, sequence: this.#sequence, ...planOf(state) });
    this.#host?.save({ uri: state.uri, whatIf, ...planOf(state) });
    this.requestUpdate();
  }

  #receive(message: ToPanel): void {
    switch (message.type) {
      case 'state':
        this.#show(message.state, message.sequence);
        break;
      case 'empty':
        this.#state = undefined;
        this.#message = message.message;
        this.#notice = '';
        break;
      case 'applied':
        this.#notice = appliedSentence(message.changes);
        break;
      case 'reveal':
        void this.updateComplete.then(() => this.#reveal(message.section));
        break;
      default:
        message satisfies never;
    }
    this.requestUpdate();
  }

  /** An answer to an earlier change draws its memory, but the controls keep what the user has chosen since. */
  #show(state: PanelState, sequence: number): void {
    const before = this.#state;
    const settled = state.uri !== before?.uri || sequence === this.#sequence;
    this.#state = state;
    if (state.uri !== before?.uri) this.#notice = '';
    else if (settled) this.#spoken = newVerdict(before, state);
    if (this.#restore(state)) return;
    if (!settled) return;
    this.#wanted = state.whatIf;
    this.#host?.save({ uri: state.uri, whatIf: state.whatIf, ...planOf(state) });
  }

  /** Once, after the window came back: takes up what was being tried when it went. Answers whether there was something. */
  #restore(state: PanelState): boolean {
    if (this.#restored) return false;
    this.#restored = true;
    const saved = this.#host?.saved();
    if (saved?.uri !== state.uri || isEmpty(saved.whatIf) || !isEmpty(state.whatIf)) return false;
    this.#try(saved.plan === undefined ? state : { ...state, plan: saved.plan }, saved.whatIf);
    return true;
  }

  #reveal(section: string): void {
    const target = this.renderRoot.querySelector<HTMLElement>(`[data-section="${section}"]`);
    target?.scrollIntoView({ block: 'start' });
    target?.focus();
  }
}

function planOf(state: PanelState): { readonly plan?: string } {
  return state.plan === undefined ? {} : { plan: state.plan };
}

/** The verdict as a sentence where it is another than before. */
function newVerdict(before: PanelState, after: PanelState): string {
  if (after.memory === undefined || before.memory?.verdict === after.memory.verdict) return '';
  return verdictSentence(after.memory);
}

function appliedSentence(changes: number): string {
  if (changes === 0) return 'Nothing was written: the file already says this, or its format cannot.';
  return `${changes} ${changes === 1 ? 'change' : 'changes'} written, not saved yet. Undo takes ${changes === 1 ? 'it' : 'them'} back.`;
}

customElements.define('batchwise-panel', PanelApp);
