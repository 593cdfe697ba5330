import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const session = vi.hoisted(() => ({ idToken: vi.fn(), hasEnded: vi.fn() }));
vi.mock('../auth/session', () => session);

/** Node knows no address that ours are relative to. */
class FromHere extends Request {
  constructor(input: string | URL | Request, init?: RequestInit) {
    super(input instanceof Request ? input : new URL(input, 'https://gloss.example'), init);
  }
}

const ended = vi.fn();
let stop: () => void;

beforeEach(() => {
  vi.stubGlobal('Request', FromHere);
  vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ message: 'Unauthorized' }, { status: 401 })));
});

afterEach(() => {
  stop();
  vi.unstubAllGlobals();
  ended.mockReset();
});

/** The client takes `Request` and `fetch` when it is loaded. */
async function ask() {
  vi.resetModules();
  const { api, data, onSessionEnd } = await import('./client');
  stop = onSessionEnd(ended);
  return data(api.GET('/quota'));
}

it('tells that the session is over where the API refuses and no new token is to be had', async () => {
  session.hasEnded.mockResolvedValue(true);
  await expect(ask()).rejects.toMatchObject({ status: 401 });
  expect(ended).toHaveBeenCalledOnce();
});

it('leaves a session alone that can be renewed', async () => {
  session.hasEnded.mockResolvedValue(false);
  await expect(ask()).rejects.toMatchObject({ status: 401 });
  expect(ended).not.toHaveBeenCalled();
});
