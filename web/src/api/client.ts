import createClient, { type Middleware } from 'openapi-fetch';

import { hasEnded, idToken } from '../auth/session';
import { ApiError, problemOf } from './errors';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type ImageView = Schemas['ImageView'];
export type Status = Schemas['Status'];

const authorization: Middleware = {
  async onRequest({ request }) {
    const token = await idToken();
    if (token) request.headers.set('Authorization', token);
    return request;
  },
  async onResponse({ response }) {
    if (response.status === 401 && (await hasEnded())) for (const listener of listeners) listener();
    return undefined;
  },
};

const listeners = new Set<() => void>();

/** Calls back where the API refuses a request because the session is over; returns how to stop that. */
export function onSessionEnd(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The typed client: `api.GET('/images/{image_id}', …)`. Wrap every call in `data()`. The API is where we come from. */
export const api = createClient<paths, 'application/json'>({ baseUrl: '/api', querySerializer: { array: { style: 'form', explode: true } } });
api.use(authorization);

interface Answer<Envelope> {
  data?: Envelope;
  error?: unknown;
  response: Response;
}

/**
 * What a successful answer holds.
 * @throws {ApiError} what the API said, or that it could not be reached.
 */
export async function data<T>(call: Promise<Answer<{ data: T }>>): Promise<T> {
  let answer;
  try {
    answer = await call;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw ApiError.unreachable();
  }
  if (!answer.data) throw problemOf(answer.response.status, answer.error);
  return answer.data.data;
}

/** The header that makes a request which spends or creates happen once, however often it is sent. */
export const once = (): { 'Idempotency-Key': string } => ({ 'Idempotency-Key': crypto.randomUUID() });
