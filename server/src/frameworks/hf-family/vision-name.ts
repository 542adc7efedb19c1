const VISION =
  /(^|[-_/.\d])(vl|vlm|vision|llava|pixtral|paligemma|internvl\d*|molmo|smolvlm|multimodal|omni)([-_/.\d]|$)/i;

/** Whether a model's name, or the path to it, says that it sees images. */
export function isVisionName(name: unknown): boolean {
  return typeof name === 'string' && VISION.test(name);
}
