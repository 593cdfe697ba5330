interface Problem {
  error?: { code?: unknown; message?: unknown; details?: unknown };
}

/** A refusal of the API. Branch on `code`; show `sentence(error)` of the messages. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = 'ApiError';
  }

  static unreachable(): ApiError {
    return new ApiError(0, 'UNREACHABLE', 'The API cannot be reached.');
  }

  /** Whether sending the same again may help: nothing was changed. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** The messages of the fields that were refused, by field. */
  get fields(): Readonly<Record<string, string>> {
    const fields = this.details.fields;
    if (!Array.isArray(fields)) return {};
    return Object.fromEntries(
      (fields as { field: string; message: string }[]).map(({ field, message }) => [field, message]),
    );
  }
}

/** The error in an answer's body, whatever that body is. */
export function problemOf(status: number, body: unknown): ApiError {
  const { code, message, details } = (body as Problem | undefined)?.error ?? {};
  if (typeof code !== 'string' || typeof message !== 'string') {
    return status === 401
      ? new ApiError(401, 'UNAUTHENTICATED', 'Sign in again.')
      : new ApiError(status, 'INTERNAL', 'The API gave an answer that cannot be read.');
  }
  return new ApiError(status, code, message, (details ?? {}) as Record<string, unknown>);
}
