/** Reports of the API come in parts, each with a header line; `X-Next-Cursor` names the following part. */
import { ApiError, problemOf } from './errors';

const NEXT = 'X-Next-Cursor';

interface Part {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/**
 * All parts as one table.
 * @throws {ApiError} what the API said, or that it could not be reached.
 */
export async function joined(read: (cursor: string | null) => Promise<Part>): Promise<string> {
  const parts: string[] = [];
  let cursor: string | null = null;
  do {
    const part: Part = await read(cursor).catch(() => {
      throw ApiError.unreachable();
    });
    if (typeof part.data !== 'string') throw problemOf(part.response.status, part.error);
    parts.push(parts.length ? withoutHeader(part.data) : part.data);
    cursor = part.response.headers.get(NEXT);
  } while (cursor);
  return parts.join('');
}

const withoutHeader = (csv: string): string => csv.slice(csv.indexOf('\n') + 1);
