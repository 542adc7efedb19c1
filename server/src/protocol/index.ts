export type * from './panel.ts';
export * from './requests.ts';
