import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

/** Tokens of one micro batch below which gathering the weights takes longer than using them, on links of 100 to 800 Gb/s. ZeRO++ measured 1k to 2k tokens a GPU. */
const FEW_TOKENS = 2048;

export const zero3OverNodesWithSmallBatch = defineRule({
  id: 'zero3-over-nodes-with-small-batch',
  severity: 'hint',
  summary: 'ZeRO stage 3 gathers all weights over the network for very few tokens',
  since: '0.1.0',
  preview: true,
  needs: ['sharding.zeroStage', 'parallel.nodes', 'batch.micro', 'data.sequenceLength'],
  messages: {
    network:
      'ZeRO stage 3 over {nodes} nodes gathers every weight over the network for {tokens} tokens a GPU: links, not GPUs, set the pace.',
  },
  sources: ['Wang et al. 2023 (ZeRO++), arXiv 2306.10209'],

  check(fields, report) {
    const stage = fields['sharding.zeroStage'];
    const tokens = fields['batch.micro'].value * fields['data.sequenceLength'].value;
    if (stage.value !== 3 || fields['parallel.nodes'].value < 2 || !isStated(fields['batch.micro'])) return;
    if (tokens <= 0 || tokens > FEW_TOKENS) return;
    report({ at: 'sharding.zeroStage', message: 'network', data: { nodes: fields['parallel.nodes'].value, tokens } });
  },
});
