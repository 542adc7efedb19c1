/** Terms the stylesheet has a colour for; a term keeps its colour while values change. */
const COLOURED = new Set([
  'weights',
  'gradients',
  'optimizer states',
  'master weights',
  'activations',
  'logits and loss',
  'temporaries',
  'gathered layers',
  'communication buffers',
  'other models',
  'rollout engine',
  'key-value cache',
  'fragmentation',
]);

/** The CSS class that colours a term: "term-logits-and-loss"; small change such as the context shares one grey. */
export function termClass(name: string): string {
  return COLOURED.has(name) ? `term-${name.replaceAll(' ', '-')}` : 'term-rest';
}
