/** What one attempt of a call ended with, where it wasn't the answer hoped for. */
export interface FailureFacts {
  /** The HTTP status, undefined where no answer came. */
  readonly status: number | undefined
  /** The server's own text, or what happened to the connection. */
  readonly detail: string
  /** The body, parsed where it was JSON. */
  readonly body: unknown
  /** The value of Retry-After. */
  readonly retryAfter: string | undefined
  /** Such as ECONNRESET. */
  readonly code: string | undefined
  readonly cause: unknown
}

/** One failed attempt. Never leaves this folder: {@link callError} makes an error for people of it. */
export class CallFailure extends Error {
  readonly facts: FailureFacts

  constructor(facts: Partial<FailureFacts> & { readonly detail: string }) {
    super(facts.detail, { cause: facts.cause })
    this.name = 'CallFailure'
    this.facts = {
      status: undefined,
      body: undefined,
      retryAfter: undefined,
      code: undefined,
      cause: undefined,
      ...facts,
    }
  }

  /** @returns the same without what `redact` takes out: a server may repeat the key it was sent. */
  redacted(redact: (text: string) => string): CallFailure {
    const { detail, body } = this.facts
    const isText = typeof body === 'string' || body === undefined
    const plain: unknown = isText ? redact(body ?? '') : JSON.parse(redact(JSON.stringify(body)))
    return new CallFailure({ ...this.facts, detail: redact(detail), body: plain })
  }

  /** Whether another attempt may go better. */
  get mayRetry(): boolean {
    const { status } = this.facts
    return status === undefined || status < 300 || status === 408 || status === 429 || status >= 500
  }

  /** Whether the call may have had its effect all the same: its answer got lost, or the server broke in the middle. */
  get isUncertain(): boolean {
    if (!this.mayRetry || this.facts.status === 429) return false
    return !/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT)$/.test(this.facts.code ?? '')
  }
}

/** @returns a failure for what a connection threw: reset, timeout, refused. */
export function connectionFailure(error: unknown, status?: number): CallFailure {
  const code = codeOf(error)
  const message = error instanceof Error ? error.message : String(error)
  const named = code === undefined || message.includes(code) ? message : `${message} (${code})`
  const answered = status === undefined ? 'no answer' : 'the answer broke off'
  return new CallFailure({
    detail: `${answered}: ${named || 'connection failed'}`,
    status,
    code,
    cause: error,
  })
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  return error.cause === undefined ? undefined : codeOf(error.cause)
}

const DETAIL_CHARACTERS = 500

/** @returns the text in which Treasure Data says what is wrong, of whatever it sent. */
export function detailOf(body: unknown): string {
  if (typeof body === 'string') {
    const text = body
      .replaceAll(/<(style|script)[\s\S]*?<\/\1>|<[^>]*>/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim()
    return text === '' ? 'an empty answer' : text.slice(0, DETAIL_CHARACTERS)
  }
  if (typeof body !== 'object' || body === null) return 'an empty answer'
  for (const key of ['error', 'message', 'text']) {
    const text: unknown = Reflect.get(body, key)
    if (typeof text === 'string' && text !== '') return text.slice(0, DETAIL_CHARACTERS)
  }
  return JSON.stringify(body).slice(0, DETAIL_CHARACTERS)
}
