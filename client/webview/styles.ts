import { css } from 'lit';
import { chartStyles } from './styles-charts.ts';

const page = css`
  :host {
    display: block;
    container-type: inline-size;
    padding: 8px 16px 16px;
    color: var(--vscode-foreground);
    font-family: var(--vscode-font-family);
    font-size: var(--vscode-font-size, 13px);
    line-height: 1.45;
    --dim: color-mix(in srgb, var(--vscode-foreground) 74%, transparent);
    --line: var(--vscode-contrastBorder, var(--vscode-widget-border, var(--vscode-panel-border, transparent)));
    --box: var(--vscode-editorWidget-background);
    --good: var(--vscode-testing-iconPassed, var(--vscode-charts-green));
    --bad: var(--vscode-errorForeground, var(--vscode-charts-red));
    --warn: var(--vscode-editorWarning-foreground, var(--vscode-charts-yellow));
    --link: var(--vscode-textLink-foreground);
  }
  .dim { color: var(--dim); }
  .small { font-size: 0.86em; color: var(--dim); }
  .empty { color: var(--dim); max-width: 60ch; }
  .message { margin: 6px 0; padding: 4px 10px; border-left: 3px solid var(--warn); background: var(--box); }
  .notice { margin: 4px 0; }
  .for-readers { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  h1 { font-size: 1em; font-weight: 600; margin: 0; }
  h2 { font-size: 0.85em; font-weight: 600; letter-spacing: 0.04em; text-transform: uppercase; margin: 0 0 6px; color: var(--dim); }
  ul { list-style: none; margin: 0; padding: 0; }
  button, select, input { font: inherit; color: inherit; }
  :focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 1px; }
  section:focus { outline: none; }
`;

const header = css`
  header { display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: baseline; }
  .chip { border: 1px solid var(--line); border-radius: 11px; padding: 1px 10px; background: var(--box); }
  button.chip { cursor: pointer; }
  button.chip:hover { background: var(--vscode-toolbar-hoverBackground, var(--box)); }
  .chip.asks { border-color: var(--warn); }
  .verdict { display: flex; flex-wrap: wrap; gap: 2px 10px; align-items: baseline; margin: 8px 0 4px; }
  .headline { font-size: 1.5em; font-weight: 600; line-height: 1.25; }
  .word.exceeds { color: var(--bad); }
  .word.tight { color: var(--warn); }
  .word.fits { color: var(--good); }
`;

/** Areas by the view's own width, not the window's: the panel is as often a side bar as a wide strip. */
const sections = css`
  .sections { display: grid; gap: 18px 28px; grid-template-columns: minmax(0, 1fr); margin-top: 8px; }
  .sections section { min-width: 0; position: relative; }
  .stack { display: flex; flex-direction: column; gap: 18px; min-width: 0; }
  .missing { grid-column: 1 / -1; }
  @container (min-width: 600px) {
    .sections { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); align-items: start; }
  }
  @container (min-width: 900px) {
    .sections { grid-template-columns: minmax(230px, 0.8fr) minmax(0, 1fr) minmax(0, 1fr); grid-template-rows: auto auto auto 1fr; }
    .column { display: contents; }
    .terms { grid-column: 1; grid-row: 2 / 5; }
    .causes { grid-column: 2; grid-row: 2; }
    .try { grid-column: 3; grid-row: 2; }
    .curves { display: contents; }
    .sweep { grid-column: 2; grid-row: 3; }
    .rates { grid-column: 3; grid-row: 3; }
  }
  @container (min-width: 1320px) {
    .sections { grid-template-columns: minmax(230px, 0.8fr) minmax(0, 1fr) minmax(0, 1fr) minmax(0, 1fr); grid-template-rows: auto auto; }
    .terms { grid-row: 2; }
    .curves { display: flex; grid-column: 4; grid-row: 2; }
  }
`;

const lists = css`
  .terms table { border-collapse: collapse; width: 100%; }
  .terms th { text-align: left; font-weight: normal; padding: 2px 8px 3px 0; overflow-wrap: anywhere; }
  .terms td { text-align: right; vertical-align: top; padding: 2px 0; white-space: nowrap; font-variant-numeric: tabular-nums; }
  .terms .total > * { border-top: 1px solid var(--line); padding-top: 4px; font-weight: 600; }
  .swatch { margin-right: 7px; }
  .link { all: unset; color: var(--link); cursor: pointer; }
  .link:hover { color: var(--vscode-textLink-activeForeground, var(--link)); text-decoration: underline; }
  .link:focus-visible { outline: 1px solid var(--vscode-focusBorder); }
  .remedies li + li { margin-top: 5px; }
  .remedy { display: flex; gap: 12px; width: 100%; padding: 4px 9px; text-align: left; cursor: pointer; border: 1px solid var(--line); border-radius: 3px; background: var(--box); }
  .remedy:hover { background: var(--vscode-list-hoverBackground, var(--box)); color: var(--vscode-list-hoverForeground, inherit); }
  .remedy .figure { margin-left: auto; white-space: nowrap; color: var(--good); font-variant-numeric: tabular-nums; }
  .missing li { padding: 1px 0; }
  .missing vscode-button { margin-top: 8px; }
  .plain li { padding: 1px 0; }
  .notes li { font-size: 0.92em; }
`;

const controls = css`
  .controls { display: grid; grid-template-columns: minmax(90px, max-content) minmax(0, 1fr) 76px; gap: 5px 10px; align-items: center; }
  .controls label { overflow-wrap: anywhere; }
  .controls .changed { font-weight: 600; }
  .controls del { font-weight: normal; }
  .controls select { grid-column: 2 / 4; width: 100%; min-width: 0; }
  select, input[type='number'] {
    box-sizing: border-box;
    height: 24px;
    padding: 0 6px;
    border-radius: 2px;
    color: var(--vscode-dropdown-foreground, var(--vscode-foreground));
    background: var(--vscode-dropdown-background);
    border: 1px solid var(--vscode-dropdown-border, var(--vscode-contrastBorder, var(--vscode-widget-border, transparent)));
  }
  option { color: var(--vscode-dropdown-foreground); background: var(--vscode-dropdown-listBackground, var(--vscode-dropdown-background)); }
  input[type='number'] {
    width: 100%;
    text-align: right;
    font-variant-numeric: tabular-nums;
    color: var(--vscode-input-foreground);
    background: var(--vscode-input-background);
    border-color: var(--vscode-input-border, var(--vscode-contrastBorder, var(--vscode-widget-border, transparent)));
    appearance: textfield;
  }
  input[type='number'].alone { grid-column: 2 / 4; }
  input[type='number']::-webkit-inner-spin-button { appearance: none; }
  input[type='range'] { appearance: none; width: 100%; margin: 0; height: 20px; background: transparent; cursor: pointer; }
  input[type='range']::-webkit-slider-runnable-track { height: 4px; border-radius: 2px; background: var(--vscode-scrollbarSlider-activeBackground, var(--dim)); }
  input[type='range']::-webkit-slider-thumb { appearance: none; width: 14px; height: 14px; margin-top: -5px; border-radius: 50%; background: var(--vscode-button-background); border: 1px solid var(--vscode-contrastBorder, transparent); }
  @container (max-width: 380px) {
    .controls { grid-template-columns: minmax(0, 1fr) 70px; }
    .controls label { grid-column: 1 / -1; }
    .controls select, input[type='number'].alone { grid-column: 1 / -1; }
  }
  .difference { margin-top: 12px; }
  .buttons { display: flex; flex-wrap: wrap; gap: 8px 10px; align-items: center; margin-top: 8px; }
  ins { text-decoration: none; font-weight: 600; }
`;

export const styles = [page, header, sections, lists, controls, chartStyles];
