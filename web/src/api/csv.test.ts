import { expect, it } from 'vitest';

import { joined } from './csv';
import { ApiError } from './errors';

const part = (data: string, next?: string) => ({ data, response: new Response('', { headers: next ? { 'X-Next-Cursor': next } : {} }) });

it('puts the parts under one header', async () => {
  const asked: (string | null)[] = [];
  const csv = await joined((cursor) => {
    asked.push(cursor);
    return Promise.resolve(cursor ? part('a,b\r\n3,4\r\n') : part('a,b\r\n1,2\r\n', 'two'));
  });
  expect(csv).toBe('a,b\r\n1,2\r\n3,4\r\n');
  expect(asked).toEqual([null, 'two']);
});

it('says why there is none', async () => {
  const refused = { error: { error: { code: 'JOB_NOT_FOUND', message: 'Gone.' } }, response: new Response('', { status: 404 }) };
  await expect(joined(() => Promise.resolve(refused))).rejects.toMatchObject({ status: 404, code: 'JOB_NOT_FOUND' });
  await expect(joined(() => Promise.reject(new TypeError('network')))).rejects.toEqual(ApiError.unreachable());
});
