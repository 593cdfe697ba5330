import { queryOptions } from '@tanstack/react-query';

import { api, data, once, type Schemas } from '../../api/client';
import { keys } from '../../api/queries';

export type Settings = Schemas['SettingsView'];
export type Preferences = Omit<Schemas['SettingsEdit'], 'version'>;

export const readSettings = (): Promise<Settings> => data(api.GET('/settings'));

/** The API replaces all preferences, so what is not on the form goes along as it was read. */
export function saveSettings(read: Settings, changes: Partial<Preferences>): Promise<Settings> {
  const { providerKeys: _keys, sources: _sources, webhook: _webhook, scheduled: _scheduled, ...preferences } = read;
  const body: Schemas['SettingsEdit'] = { ...preferences, ...changes };
  return data(api.PUT('/settings', { body }));
}

export const saveKey = (body: Schemas['ProviderKeyRequest']) => data(api.PUT('/settings/provider-key', { body }));
export const removeKey = () => data(api.DELETE('/settings/provider-key', {}));

export const connectDropbox = (body: Schemas['ConnectRequest']) => data(api.PUT('/settings/sources/dropbox', { body }));
export const disconnectDropbox = () => data(api.DELETE('/settings/sources/dropbox', {}));

export const saveWebhook = (body: Schemas['WebhookRequest']) => data(api.PUT('/settings/webhook', { body }));
export const removeWebhook = () => data(api.DELETE('/settings/webhook', {}));
export const testWebhook = () => data(api.POST('/settings/webhook/test'));

const IMPORTS_MS = 5000;

export const importsQuery = queryOptions({
  queryKey: [...keys.settings, 'imports'] as const,
  queryFn: ({ signal }) => data(api.GET('/imports', { signal })),
  refetchInterval: ({ state }) => (state.data?.imports.some(({ status }) => status === 'listing') ? IMPORTS_MS : false),
});

export const startImport = (body: Schemas['ImportRequest']) =>
  data(api.POST('/imports', { params: { header: once() }, body }));
