import type { GuessedField } from './guessed-field.ts';
import { MODEL_NAMES } from './model-names.ts';

/** Names that say of the batch whether it is one device's or all devices' together. */
const MICRO = [
  'microbatchsize',
  'microbatch',
  'mbs',
  'trainmicrobatchsize',
  'microtrainbatchsize',
  'trainmicrobatchsizepergpu',
  'microbatchsizepergpu',
  'perdevicetrainbatchsize',
  'perdevicebatchsize',
  'perdeviceparallelism',
  'pergputrainbatchsize',
  'pergpubatchsize',
  'devicebatchsize',
  'devicetrainmicrobatchsize',
  'devicetrainbatchsize',
  'batchsizepergpu',
  'batchsizeperdevice',
  'batchsizeperreplica',
  'batchsizeperrank',
  'localbatchsize',
];
const GLOBAL = [
  'globalbatchsize',
  'globaltrainbatchsize',
  'trainglobalbatchsize',
  'globalbatch',
  'gbs',
  'effectivebatchsize',
  'totalbatchsize',
  'totaltrainbatchsize',
  'imsperbatch',
];

/** What training configs of many frameworks call the quantities of a plan. */
export const GUESSED_FIELDS: readonly GuessedField[] = [
  { field: 'batch.micro', kind: 'count', names: [MICRO] },
  { field: 'batch.global', kind: 'count', names: [GLOBAL] },
  {
    field: 'batch.gradientAccumulation',
    kind: 'count',
    names: [
      [
        'gradientaccumulationsteps',
        'gradientaccumulation',
        'gradaccumulationsteps',
        'gradaccumsteps',
        'gradaccum',
        'gradaccsteps',
        'gradacc',
        'gradientaccumulate',
        'accumulategradbatches',
        'accumulationsteps',
        'accumsteps',
        'accumiter',
        'updatefreq',
        'batchaccumulation',
        'batchaccumulationperreplica',
      ],
    ],
  },
  {
    field: 'optimizer.peakLearningRate',
    kind: 'rate',
    names: [
      ['learningrate', 'lr', 'peaklr', 'peaklearningrate', 'maxlr', 'maxlearningrate', 'lrpeak', 'lrmax', 'initlr'],
      ['lr/value', 'lr/startvalue', 'learningrate/value', 'learningrate/startvalue'],
    ],
  },
  // What runs is this rate in some frameworks, and in others a multiple of it by the batch.
  { field: 'reference.baseLearningRate', kind: 'rate', names: [['baselr', 'baselearningrate', 'blr']] },
  { field: 'optimizer.weightDecay', kind: 'share', names: [['weightdecay', 'wd']] },
  { field: 'optimizer.beta1', kind: 'share', names: [['adambeta1', 'beta1', 'adamwbeta1']] },
  { field: 'optimizer.beta2', kind: 'share', names: [['adambeta2', 'beta2', 'adamwbeta2']] },
  {
    field: 'optimizer.maxGradNorm',
    kind: 'number',
    names: [
      [
        'maxgradnorm',
        'clipgradnorm',
        'gradclipnorm',
        'gradclip',
        'clipgrad',
        'gradientclipping',
        'gradientclipval',
        'clipnorm',
        'maxnorm',
      ],
    ],
  },
  {
    field: 'schedule.totalSteps',
    kind: 'count',
    names: [
      [
        'maxsteps',
        'maxtrainsteps',
        'totalsteps',
        'totaltrainingsteps',
        'numtrainsteps',
        'numtrainingsteps',
        'trainsteps',
        'trainingsteps',
        'trainiters',
        'maxiters',
        'maxiter',
        'maxiterations',
        'totaliterations',
        'totaliters',
        'maxupdate',
        'maxupdates',
      ],
      ['steps', 'numsteps', 'iterations', 'numiterations'],
    ],
  },
  {
    field: 'schedule.epochs',
    kind: 'number',
    names: [['numtrainepochs', 'numepochs', 'trainepochs', 'maxepochs', 'maxepoch', 'totalepochs', 'epochs']],
  },
  {
    field: 'schedule.warmupSteps',
    kind: 'count',
    names: [
      [
        'warmupsteps',
        'numwarmupsteps',
        'lrwarmupsteps',
        'warmupiters',
        'warmupiterations',
        'lrwarmupiters',
        'warmupupdates',
      ],
    ],
  },
  {
    field: 'schedule.warmupRatio',
    kind: 'share',
    names: [
      ['warmupratio', 'warmupfraction', 'warmupproportion', 'lrwarmupfraction', 'warmupstepsfraction', 'lrwarmupratio'],
    ],
  },
  {
    field: 'data.sequenceLength',
    kind: 'count',
    names: [
      [
        'maxseqlength',
        'maxseqlen',
        'maxsequencelength',
        'sequencelength',
        'sequencelen',
        'seqlength',
        'seqlen',
        'encoderseqlength',
        'contextlength',
        'contextlen',
        'contextwindow',
        'blocksize',
        'cutofflen',
        'modelmaxlength',
        'tokenspersample',
        'maxtargetlength',
        'maxtotalsequencelength',
        'packedsequencesize',
      ],
      ['maxlength', 'maxlen', 'maxpositions'],
    ],
  },
  ...MODEL_NAMES,
];

/** A batch of which the name alone does not say whose it is. */
export const OPEN_BATCH_NAMES: ReadonlySet<string> = new Set([
  'batchsize',
  'trainbatchsize',
  'trainingbatchsize',
  'bs',
]);

/** Names that show a training config, whatever becomes of their values. */
export const RATE_NAMES: ReadonlySet<string> = new Set(['lr', 'learningrate', 'baselr', 'baselearningrate']);

/** Maps and keys that name the optimizer. */
export const OPTIMIZER_NAMES: ReadonlySet<string> = new Set([
  'optimizer',
  'optim',
  'opt',
  'optimizertype',
  'optimizername',
  'optimtype',
  'optimizerfactory',
  'optimizerconfig',
  'optimizerargs',
  'optimconfig',
  'opttype',
]);
export const CLASS_NAMES: ReadonlySet<string> = new Set([
  'name',
  'type',
  'target',
  'component',
  'classpath',
  'class',
  'kind',
  'optimizername',
  'optimizertype',
]);

export const PRECISION_NAMES: ReadonlySet<string> = new Set([
  'precision',
  'mixedprecision',
  'dtype',
  'torchdtype',
  'ampdtype',
  'computedtype',
  'paramdtype',
  'torchdtypestr',
  'modeldtype',
  'trainprecision',
  'mp',
]);

/** Branches that are about something else than the trained model's steps. */
export const FOREIGN_BRANCH =
  /eval|valid|^val$|test|infer|generat|sampl|critic|reward|teacher|discrim|^ref|rollout|vllm|sglang|serv|benchmark|profil|export|finder|sweep|search|^ci$/;

/** Branches that say of the run no more than how long its texts are: of what is saved, the dtype is its own. */
export const ASIDE_BRANCH = /tokenizer|^save$/;

/** Top-level keys of files that are no training configs, whatever numbers they hold. */
export const FOREIGN_KEYS: ReadonlySet<string> = new Set([
  'apiVersion',
  'services',
  'jobs',
  'stages',
  'openapi',
  'swagger',
  'definitions',
  'dependencies',
  'devDependencies',
  'compilerOptions',
  'lockfileVersion',
  'eslintConfig',
  'rules',
  'repos',
  'log_history',
  'architectures',
  'num_leaves',
  'n_estimators',
  'booster',
  'sweep_id',
]);
