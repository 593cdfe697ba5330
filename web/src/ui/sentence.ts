import { ApiError } from '../api/errors';
import { text } from '../messages';

const SENTENCES: Readonly<Record<string, string>> = {
  UNREACHABLE: text.common.errors.unreachable,
  INTERNAL: text.common.errors.internal,
  UNAUTHENTICATED: text.common.errors.signedOut,
  RATE_LIMITED: text.common.errors.rateLimited,
};

/** What a person is told of an error. The API's own sentences are written for people. */
export function sentence(error: unknown): string {
  if (!(error instanceof ApiError)) return text.common.errors.internal;
  return SENTENCES[error.code] ?? error.message;
}
