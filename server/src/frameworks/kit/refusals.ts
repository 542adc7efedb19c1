import type { ConfigTree } from '../../text/index.ts';
import type { KeyIssue } from '../types.ts';
import { aroundOf } from './around.ts';

/** Collects what a framework's own validators refuse, each at the value of its key; a key that is not there is passed over. */
export class Refusals {
  readonly issues: KeyIssue[] = [];
  private readonly tree: ConfigTree;

  constructor(tree: ConfigTree) {
    this.tree = tree;
  }

  refuse(key: string, kind: KeyIssue['kind'], data: KeyIssue['data']): void {
    const node = aroundOf(this.tree).node(key);
    if (node === undefined) return;
    const at = { file: node.file ?? this.tree.file, start: node.range.start, end: node.range.end };
    this.issues.push({ kind, at, path: key.split('.'), key, data, effect: 'refused' });
  }
}
