import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRedact, shorten } from '../../src/http/redact.ts'

const hex = '0123456789abcdef'
/** Keys as Treasure Data gives them. */
const apiKey = fc
  .tuple(
    fc.integer({ min: 1, max: 99_999 }),
    fc.string({ unit: fc.constantFrom(...hex), minLength: 40, maxLength: 40 }),
  )
  .map(([account, key]) => `${account}/${key}`)
/** Passwords that people choose, with all that has to be escaped somewhere. */
const password = fc
  .string({ unit: fc.constantFrom(...'aZ09+/=%&<>"\'\\ #?:é日'), minLength: 8, maxLength: 40 })
  .filter((text) => new Set(text.replaceAll(/[\s"'`\\,;]/g, '')).size >= 4)
  .filter((text) => text.replaceAll(/[\s"'`\\,;]/g, '').length >= 8)

const base64 = (text: string) => Buffer.from(text).toString('base64')
const wrap = (text: string, every: number, between: string) =>
  text.replaceAll(new RegExp(`.{${every}}`, 'gsu'), (piece) => piece + between)
const jsonAscii = (text: string) =>
  JSON.stringify(text).replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
const percentAll = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
const entities = (text: string) => [...text].map((one) => `&#${one.codePointAt(0)};`).join('')
const hexEntities = (text: string) =>
  [...text].map((one) => `&#x${(one.codePointAt(0) ?? 0).toString(16).toUpperCase()};`).join('')
const quotedPrintable = (text: string) => percentAll(text).replaceAll('%', '=').toUpperCase()

/** What a server may make of a secret that it repeats. */
const echoes: Readonly<Record<string, (secret: string, around: string) => string>> = {
  verbatim: (secret) => secret,
  'as JSON': (secret) => JSON.stringify({ authorization: secret }),
  'as JSON in ASCII': (secret) => jsonAscii(secret),
  'as JSON in JSON': (secret) => JSON.stringify(JSON.stringify({ authorization: secret })),
  'percent-encoded': (secret) => encodeURIComponent(secret),
  'percent-encoded as a form': (secret) => new URLSearchParams({ key: secret }).toString(),
  'percent-encoded, every byte': percentAll,
  'percent-encoded, every byte in capitals': (secret) => percentAll(secret).toUpperCase(),
  'percent-encoded twice': (secret) => encodeURIComponent(encodeURIComponent(secret)),
  'percent-encoded three times, every byte': (secret) =>
    encodeURIComponent(encodeURIComponent(percentAll(secret))),
  'as entities of HTML': entities,
  'as entities of HTML in hexadecimal': hexEntities,
  'as entities of HTML in JSON': (secret) => JSON.stringify({ body: hexEntities(secret) }),
  'as JSON in HTML': (secret) => entities(JSON.stringify(secret)),
  'as JSON in a form': (secret) => new URLSearchParams({ body: jsonAscii(secret) }).toString(),
  'with escapes of bytes': (secret) =>
    [...Buffer.from(secret)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
  'as quoted-printable': (secret) => wrap(quotedPrintable(secret), 9, '=\r\n'),
  'with markup between its characters': (secret) => [...secret].map(entities).join('<wbr>'),
  'with invisible characters': (secret) => wrap(secret, 3, '\u200b\u00ad'),
  'in hexadecimal': (secret) => Buffer.from(secret).toString('hex'),
  'in hexadecimal capitals': (secret) => Buffer.from(secret).toString('hex').toUpperCase(),
  'in base64': base64,
  'in base64 with what precedes it': (secret, around) => base64(around + secret + around),
  'in base64 for URLs': (secret, around) => Buffer.from(around + secret).toString('base64url'),
  'in base64, percent-encoded': (secret) => encodeURIComponent(base64(secret)),
  'wrapped over lines': (secret) => wrap(secret, 7, '\n    '),
  'wrapped over lines of JSON': (secret) => JSON.stringify(wrap(secret, 7, '\n')),
  'in base64 wrapped over lines': (secret, around) => wrap(base64(around + secret), 5, '\r\n'),
  'as quoted pieces': (secret) => wrap(secret, 6, '", "'),
}

/** Longest run of the secret's own characters that is left, in whatever way it is written. */
function longestLeft(text: string, needles: readonly string[]): number {
  let longest = 0
  for (const needle of needles) {
    for (let at = 0; at < needle.length; at++) {
      while (at + longest < needle.length && text.includes(needle.slice(at, at + longest + 1))) longest++
    }
  }
  return longest
}

describe('redaction', () => {
  it.each(Object.entries(echoes))('takes out a key that is repeated %s', (_, echo) => {
    fc.assert(
      fc.property(apiKey, fc.string(), (key, around) => {
        const redact = createRedact([{ name: 'TD_API_KEY', value: key }])
        const clean = redact(`TD1 ${echo(key, around)} is throttled`)
        expect(clean).toContain('[TD_API_KEY]')
        const plain = clean.replaceAll('[TD_API_KEY]', '\0').replaceAll(/[\s"'`\\,;]/g, '')
        const encoded = ['', 'x', 'xx'].map((before) => base64(before + key).slice(4))
        expect(longestLeft(plain, [key, ...encoded])).toBeLessThan(8)
      }),
      { numRuns: 100 },
    )
  })

  it.each(Object.entries(echoes))('takes out a password of any letters that is repeated %s', (_, echo) => {
    fc.assert(
      fc.property(password, (secret) => {
        const redact = createRedact([{ name: 'TRINO_PASSWORD', value: secret, user: 'ann' }])
        const clean = redact(`[${echo(secret, 'ann:')}]`)
        expect(clean).toContain('[TRINO_PASSWORD]')
        expect(clean).not.toContain(secret)
        expect(clean).not.toContain(echo(secret, 'ann:'))
      }),
      { numRuns: 100 },
    )
  })

  it('takes out the header of HTTP Basic', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string({ minLength: 4 }),
        fc.integer({ min: 3, max: 76 }),
        (user, value, every) => {
          const redact = createRedact([{ name: 'TRINO_PASSWORD', value, user }])
          const header = base64(`${user}:${value}`).replace(/=+$/, '')
          expect(redact(`Authorization: Basic ${header}`)).toContain('Basic [TRINO_PASSWORD]')
          expect(redact(wrap(header, every, '\n'))).not.toContain(wrap(header, every, '\n'))
        },
      ),
    )
  })

  it('takes out the pieces of a key that was cut off', () => {
    const value = '1/0123456789abcdef0123456789abcdef01234567'
    const redact = createRedact([{ name: 'TD_API_KEY', value }])
    expect(redact('key 1/0123456789abc')).toBe('key [TD_API_KEY]')
    expect(redact('...89abcdef01234567 is wrong')).toBe('...[TD_API_KEY] is wrong')
    expect(redact('1/012345****01234567')).toBe('[TD_API_KEY]****[TD_API_KEY]')
  })

  it('leaves a text without secrets as it is', () => {
    const redact = createRedact([{ name: 'TD_API_KEY', value: '1/0123456789abcdef0123456789abcdef01234567' }])
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!/https?:|BEGIN|Bearer|ya29|eyJ|=/.test(text))
        expect(redact(text)).toBe(text)
      }),
    )
    const said = 'SYNTAX_ERROR: line 1:8: Column "share" can\'t be resolved, 100% sure &amp; more \\n'
    expect(redact(said)).toBe(said)
  })

  it('takes out tokens, private keys and queries of addresses that nobody told it', () => {
    const redact = createRedact([])
    const address = 'https://storage.googleapis.com/upload/b?uploadType=resumable&upload_id=ABC-def_1'
    expect(redact(`PUT ${address} failed`)).toBe('PUT https://storage.googleapis.com/upload/b failed')
    expect(redact('Authorization: Bearer ya29.a0AfH6-x_y')).toBe('Authorization: (secret)')
    expect(redact('-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n')).toBe('(secret)\n')
    expect(redact('at http://ann:s3cret@proxy:3128/')).toBe('at http://proxy:3128/')
    expect(redact('at https://ann:s3/c@ret@proxy:3128/')).toBe('at https://proxy:3128/')
    expect(redact('at https://host:8080/a@b')).toBe('at https://host:8080/a@b')
    expect(redact('key 7/0123456789abcdef0123456789abcdef01234567 is wrong')).toBe('key (secret) is wrong')
    expect(redact('7%2F0123456789abcdef0123456789abcdef01234567')).toBe('(secret)')
    expect(redact('Authorization: Basic YW5uOnMzY3JldA==')).toBe('Authorization: Basic (secret)')
    expect(redact('{"authorization":"TD1 7/abc"}')).toBe('{"authorization":"TD1 (secret)"}')
    expect(redact('Basic authentication is off')).toBe('Basic authentication is off')
    expect(redact('{"refresh_token": "1//0abc", "n": 1}')).toBe('{"refresh_token": "(secret)", "n": 1}')
  })

  it('looks for a secret of less than four characters in the header of HTTP Basic only', () => {
    const redact = createRedact([{ name: 'TRINO_PASSWORD', value: 'abc', user: 'ann' }])
    expect(redact('abc failed')).toBe('abc failed')
    expect(redact(`got ${base64('ann:abc')}`)).toBe('got [TRINO_PASSWORD]==')
  })

  it('hides a secret that is part of its own name once', () => {
    expect(createRedact([{ name: 'TRINO_PASSWORD', value: 'PASSWORD' }])('PASSWORD?')).toBe(
      '[TRINO_PASSWORD]?',
    )
  })

  it('hides secrets that overlap, and what follows them', () => {
    const redact = createRedact([
      { name: 'A', value: 'one-two' },
      { name: 'B', value: 'two-three' },
    ])
    expect(redact('from one-two-three on, and one-two')).toBe('from [A] on, and [A]')
  })

  it('is fast enough for a large page', () => {
    const redact = createRedact([{ name: 'TD_API_KEY', value: '1/0123456789abcdef0123456789abcdef01234567' }])
    const page = '%41 &amp; \\u0041 abc '.repeat(20_000)
    expect(redact(page)).toBe(page)
  })
})

describe('shortening', () => {
  it('gives one line without markup', () => {
    expect(shorten('<html><style>b{}</style><h1>502</h1>\n <p>Bad\tGateway</p></html>', 100)).toBe(
      '502 Bad Gateway',
    )
  })

  it('says what it cut', () => {
    expect([shorten('12345', 5), shorten('123456', 5)]).toEqual(['12345', '12345...'])
  })

  it('comes after redaction, so that a cut leaves no piece of a key', () => {
    const value = '1/0123456789abcdef0123456789abcdef01234567'
    const redact = createRedact([{ name: 'TD_API_KEY', value }])
    for (let length = 0; length < 60; length++) {
      expect(shorten(redact(`key ${value}`), length)).not.toMatch(/[0-9a-f]{4}/)
    }
  })
})
