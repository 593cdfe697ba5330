/** What is entered in the studio, and the request that it comes to. Pure. */
import type { Schemas } from '../../api/client';
import type { Template } from './queries';

export type Configuration = Schemas['Configuration'];
export type Style = Configuration['style'];
export type Ratio = Configuration['aspectRatio'];
export type Quality = Configuration['quality'];

export const RATIOS: readonly Ratio[] = ['1:1', '4:3', '3:4', '16:9', '9:16'];
export const MOST_INPUTS = 8;
export const MOST_PICTURES = 4;

export interface Draft {
  products: readonly string[];
  people: readonly string[];
  model: string;
  style: Style;
  ratio: Ratio;
  quality: Quality;
  count: number;
  wish: string;
}

export const newDraft = (products: readonly string[]): Draft => ({
  products: products.slice(0, MOST_INPUTS),
  people: [],
  model: 'local',
  style: 'studio',
  ratio: '1:1',
  quality: 'auto',
  count: 1,
  wish: '',
});

/** All but the products: what a template keeps. */
export const configurationOf = ({ people, model, style, ratio, quality, count, wish }: Draft): Configuration => ({
  model,
  modelImages: [...people],
  style,
  quality,
  aspectRatio: ratio,
  count,
  customPrompt: wish.trim() ? wish.trim() : null,
  parameters: {},
});

export const requestOf = (draft: Draft): Schemas['CreateRequest'] => ({
  ...configurationOf(draft),
  productImages: [...draft.products],
});

/** The same products, made as the template says. */
export const withTemplate = (draft: Draft, template: Template): Draft => ({
  ...draft,
  people: template.modelImages ?? [],
  model: template.model,
  style: template.style,
  ratio: template.aspectRatio,
  quality: template.quality,
  count: template.count,
  wish: template.customPrompt ?? '',
});

/** With the image or without it; one more than can be used changes nothing. */
export function toggled(chosen: readonly string[], id: string): readonly string[] {
  if (chosen.includes(id)) return chosen.filter((other) => other !== id);
  return chosen.length < MOST_INPUTS ? [...chosen, id] : chosen;
}

export const isTemplateName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/.test(name);
