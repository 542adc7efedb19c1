import type { GuessedField } from './guessed-field.ts';

/** What configs call the trained model and its dimensions. Sizes of towers and adapters have the same names: unlike ones cancel. */
export const MODEL_NAMES: readonly GuessedField[] = [
  {
    field: 'model.name',
    kind: 'text',
    names: [
      [
        'modelnameorpath',
        'pretrainedmodelnameorpath',
        'basemodel',
        'basemodelname',
        'modelidorpath',
        'modelid',
        'modelname',
        'pretrainedmodel',
        'pretrainedllm',
        'hfmodel',
        'hfmodelid',
        'llmbackbone',
        'pretrainedmodelname',
        'model/nameorpath',
        'model',
      ],
      ['modelpath', 'pretrain', 'partialpretrain', 'actor/path', 'model/name', 'model/path', 'model/weights'],
      ['model/metaarchitecture'],
      [
        'backbone',
        'netarch',
        'trunk/name',
        'backbone/name',
        'backbone/type',
        'encoder/name',
        'modelarch',
        'arch',
        'architecture',
        'model/type',
        'model/arch',
      ],
      ['model/target', 'model/component', 'model/classpath', 'model/class', 'modelcls'],
    ],
  },
  {
    field: 'model.hiddenSize',
    kind: 'count',
    names: [
      ['hiddensize', 'dmodel', 'nembd', 'modeldim', 'encoderembeddim', 'baseembdim', 'dimmodel'],
      ['model/dim', 'model/hiddendim', 'model/embeddim', 'model/width'],
    ],
  },
  {
    field: 'model.layers',
    kind: 'count',
    names: [
      ['numhiddenlayers', 'numlayers', 'nlayers', 'nlayer', 'encoderlayers', 'basenumdecoderlayers'],
      ['model/layers', 'model/depth'],
    ],
  },
  {
    field: 'model.heads',
    kind: 'count',
    names: [['numattentionheads', 'nheads', 'nhead', 'encoderattentionheads', 'basenumqueryheads'], ['model/numheads']],
  },
  {
    field: 'model.intermediateSize',
    kind: 'count',
    names: [['intermediatesize', 'ffnhiddensize', 'encoderffnembeddim', 'basemlpdim', 'dff']],
  },
];

/** Parts beside the trained network, whose sizes go by the same names. */
export const SMALL_PARTS = /tuning|adapter|peft|lora|predictor|projector|head|vae|firststage|cond|decoder/;

/** Keys whose value is a class's path, of which the last part is its name. */
export const CLASS_PATHS: ReadonlySet<string> = new Set(['target', 'component', 'classpath', 'class']);
