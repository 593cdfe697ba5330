import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { api, data, once, type Schemas } from '../../api/client';
import { keys } from '../../api/queries';

export type Generation = Schemas['GenerationView'];
export type Created = Schemas['GenerationCreated'];
export type Template = Schemas['TemplateView'];

const PAGE = 12;
/** Events tell of every step; this is for those that are lost on the way. */
const WATCHED_MS = 4000;
/** Links to pictures are good for a quarter of an hour. */
const FRESH_MS = 12 * 60_000;

const isOpen = ({ status }: Generation): boolean => status === 'processing';

export const generationsQuery = infiniteQueryOptions({
  queryKey: [...keys.generations, 'list'] as const,
  queryFn: ({ pageParam, signal }) =>
    data(api.GET('/generations', { params: { query: { cursor: pageParam, limit: PAGE } }, signal })),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
  refetchInterval: ({ state }) =>
    state.data?.pages.some(({ generations }) => generations.some(isOpen)) ? WATCHED_MS : FRESH_MS,
});

export const templatesQuery = queryOptions({
  queryKey: [...keys.generations, 'templates'] as const,
  queryFn: ({ signal }) => data(api.GET('/generation/templates', { signal })),
});

export const createGeneration = (body: Schemas['CreateRequest']): Promise<Created> =>
  data(api.POST('/generation/create', { params: { header: once() }, body }));

export const startGeneration = (generationId: string) =>
  data(api.POST('/generate', { params: { header: once() }, body: { generationId } }));

const asked = (id: string) => ({ params: { path: { generation_id: id }, header: once() } });

export const cancelGeneration = (id: string) => data(api.POST('/generations/{generation_id}/cancel', asked(id)));

export const makeAgain = (id: string): Promise<Created> => data(api.POST('/generations/{generation_id}/regenerate', asked(id)));

export function addToLibrary(id: string, number: number) {
  const params = { path: { generation_id: id, number }, header: once() };
  return data(api.POST('/generations/{generation_id}/pictures/{number}/library', { params }));
}

export const saveTemplate = (name: string, body: Schemas['Configuration']): Promise<Template> =>
  data(api.PUT('/generation/templates/{name}', { params: { path: { name } }, body }));

export const deleteTemplate = (name: string) =>
  data(api.DELETE('/generation/templates/{name}', { params: { path: { name } } }));
