import type { Task } from '../../plan/index.ts';

const VISION =
  /(^|[-_/.\d])(vl|vlm|vision|llava|pixtral|paligemma|internvl\d*|molmo|smolvlm|multimodal|omni|idefics\d*)([-_/.\d]|$)/i;

/** Whether a model's name, or the path to it, says that it sees images. */
export function isVisionName(name: unknown): boolean {
  return typeof name === 'string' && VISION.test(name);
}

/** A trainer's task for a model of that name: the collator takes images along where the model sees them. */
export function taskForModel(task: Task, name: unknown): Task {
  return task === 'causal-lm' && isVisionName(name) ? 'vision-language' : task;
}
