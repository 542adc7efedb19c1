import { css } from 'lit';

/** Chart colours come from the theme; in between ones are mixed from its own, so that every theme has enough. */
export const chartStyles = css`
  batchwise-chart { display: block; min-height: 60px; }
  svg { display: block; overflow: visible; }
  .swatch { display: inline-block; }
  .label { fill: var(--dim); font-size: 10.5px; }
  .bar { margin: 8px 0 2px; }
  .bar .label { fill: var(--vscode-foreground); font-size: 11px; }
  .track { fill: var(--box); stroke: var(--line); }
  .over { fill: var(--bad); opacity: 0.12; }
  .term { fill: var(--colour); stroke: var(--vscode-contrastBorder, transparent); }
  .term-weights { --colour: color-mix(in srgb, var(--vscode-charts-green) 55%, var(--vscode-charts-blue)); }
  .term-gradients { --colour: var(--vscode-charts-purple); }
  .term-optimizer-states { --colour: var(--vscode-charts-blue); }
  .term-master-weights { --colour: color-mix(in srgb, var(--vscode-charts-blue) 50%, var(--vscode-charts-purple)); }
  .term-activations { --colour: var(--vscode-charts-yellow); }
  .term-logits-and-loss { --colour: color-mix(in srgb, var(--vscode-charts-orange) 50%, var(--vscode-charts-red)); }
  .term-temporaries { --colour: var(--vscode-charts-orange); }
  .term-gathered-layers { --colour: color-mix(in srgb, var(--vscode-charts-purple) 60%, var(--vscode-charts-red)); }
  .term-communication-buffers { --colour: color-mix(in srgb, var(--vscode-charts-blue) 45%, var(--vscode-foreground)); }
  .term-other-models { --colour: var(--vscode-charts-green); }
  .term-key-value-cache { --colour: color-mix(in srgb, var(--vscode-charts-yellow) 60%, var(--vscode-charts-red)); }
  .term-rollout-engine { --colour: color-mix(in srgb, var(--vscode-charts-green) 50%, var(--vscode-charts-yellow)); }
  .term-fragmentation { --colour: color-mix(in srgb, var(--vscode-foreground) 32%, var(--vscode-editor-background)); }
  .term-rest { --colour: color-mix(in srgb, var(--vscode-foreground) 58%, var(--vscode-editor-background)); }
  .halo line { stroke: var(--vscode-editor-background); stroke-width: 5; opacity: 0.75; }
  .whisker line { stroke: var(--vscode-foreground); stroke-width: 1.5; }
  .capacity { stroke: var(--vscode-foreground); stroke-width: 2; }
  .capacity-line { stroke: var(--vscode-foreground); stroke-dasharray: 4 3; }
  .axis { stroke: var(--dim); opacity: 0.5; }
  .phase { fill: var(--dim); fill-opacity: 0.3; stroke: var(--vscode-contrastBorder, none); }
  .phase.peak { fill-opacity: 0.85; fill: var(--vscode-charts-blue); }
  .phase.peak.exceeds { fill: var(--bad); }
  .phase.peak.tight { fill: var(--warn); }
  .phase.peak.fits { fill: var(--good); }
  .band { fill: var(--vscode-charts-blue); opacity: 0.18; }
  .curve { fill: none; stroke: var(--vscode-charts-blue); stroke-width: 2; }
  .point { cursor: pointer; outline: none; }
  .point .hit { fill: transparent; }
  .point .dot { fill: var(--vscode-charts-blue); }
  .point:hover .dot { r: 5px; }
  .point:focus-visible .dot { r: 6px; stroke: var(--vscode-focusBorder); stroke-width: 2; }
  .mark { pointer-events: none; font-size: 11px; --colour: var(--vscode-foreground); }
  .mark circle, .mark text { fill: var(--colour); }
  .mark.fits { --colour: var(--good); }
  .mark.exceeds { --colour: var(--bad); }
  .mark.tight { --colour: var(--warn); }
  .move { stroke: var(--vscode-charts-blue); stroke-dasharray: 3 3; }
  .rate.recipe { fill: var(--dim); }
  .rate.here { fill: var(--vscode-charts-blue); }
  .rate.head { fill: none; stroke: var(--vscode-charts-blue); stroke-width: 1.5; }
  .rate.scaled { fill: none; stroke: var(--good); stroke-width: 2; }
  .label.here { fill: var(--vscode-foreground); }
  .label.scaled { fill: var(--good); }
`;
