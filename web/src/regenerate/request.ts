import { api, data, once, type Schemas } from '../api/client';

type Request = Schemas['RegenerateRequest'];

/** What was chosen; null follows the settings. */
export interface Choices {
  provider: NonNullable<Request['provider']> | null;
  language: string | null;
  policy: NonNullable<Request['policy']> | null;
}

export const requestOf = ({ provider, language, policy }: Choices): Request => ({
  force: false,
  ...(provider && { provider }),
  ...(language && { language }),
  ...(policy && { policy }),
});

/** Whether the user's own key pays, so that no upload is used. */
export function paysOwn({ provider }: Choices, settings: Schemas['SettingsView'] | undefined): boolean {
  const chosen = provider ?? settings?.provider;
  return settings?.providerKeys.some((key) => key.provider === chosen && key.status === 'active') ?? false;
}

/** One image by itself; several as a bulk job, which can be paused and undone. */
export function start(ids: readonly string[], regenerate: Request): Promise<unknown> {
  const [only, ...others] = ids;
  if (only && others.length === 0) {
    const params = { path: { image_id: only }, header: once() };
    return data(api.POST('/images/{image_id}/regenerate', { params, body: regenerate }));
  }
  return data(api.POST('/jobs', { params: { header: once() }, body: { selection: { ids: [...ids], offset: 0 }, regenerate } as Schemas['JobRequest'] }));
}
