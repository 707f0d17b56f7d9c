import { ConfigError, messageOf } from '../../errors.ts'
import type { Environment } from '../../http/proxy-secrets.ts'
import { readSmallFile } from '../../small-file.ts'

/** Where a Trino server is, and our credentials. */
export interface TrinoConnection {
  /** Scheme, host and port, without a path. */
  readonly origin: string
  readonly user: string
  /** Only with https. */
  readonly password: string | undefined
  readonly catalog: string
  /** PEM certificates that the server's is checked against; undefined: those that Node knows. */
  readonly authorities: string | undefined
  /** False: any certificate will do. */
  readonly checksCertificate: boolean
  /** What was given, without credentials: `trino:http://user@host:8080/catalog`. */
  readonly name: string
}

const NEEDED = 'trino:http://USER@HOST:PORT/CATALOG or trino:https://USER@HOST:PORT/CATALOG is needed'

/**
 * Reads the address of a Trino server; the rest comes from `TRINO_PASSWORD`, `TRINO_CA_FILE` and `TRINO_INSECURE_TLS`.
 * @param warehouse `trino:http(s)://user@host:port/catalog`, user and catalog percent-encoded where necessary.
 * @throws {ConfigError} whose message never contains a password.
 */
export function readTrinoConnection(warehouse: string, environment: Environment): TrinoConnection {
  const url = parseAddress(warehouse)
  const user = decodePart(url.username)
  const catalog = decodePart(url.pathname.slice(1))
  const problem = problemOf(url, user, catalog)
  if (problem !== undefined) throw addressError(warehouse, problem)
  const origin = `${url.protocol}//${url.host}`
  return {
    origin,
    user,
    catalog,
    name: `trino:${url.protocol}//${url.username}@${url.host}${url.pathname}`,
    ...readSecurity(origin, environment),
  }
}

function parseAddress(warehouse: string): URL {
  const text = warehouse.replace(/^trino:/i, '')
  if (!URL.canParse(text)) throw addressError(warehouse, 'that is not a URL')
  const url = new URL(text)
  if (url.password === '') return url
  throw addressError(
    warehouse,
    'it contains a password, which others can read in process lists and logs; ' +
      'set the variable TRINO_PASSWORD instead, and change the password',
  )
}

function problemOf(url: URL, user: string, catalog: string): string | undefined {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return `${url.protocol.slice(0, -1)} is neither http nor https`
  if (user === '') return 'the user is missing'
  if (url.pathname.includes('@')) return 'there is an @ after the host: write a / in the user as %2F'
  if (catalog === '') return 'the catalog is missing'
  if (catalog.includes('/'))
    return `the catalog "${catalog}" has a slash in it (the schema is given by --db, DB)`
  return url.search === '' && url.hash === '' ? undefined : 'nothing may follow the catalog'
}

/** @returns the text itself if its percent signs encode nothing. */
function decodePart(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Whatever precedes the last @ may contain a password, however broken the address, and is not shown. */
function addressError(warehouse: string, problem: string): ConfigError {
  const shown = warehouse
    .replace(/^(trino:[a-z]*:?\/*).*@/is, '$1')
    .replaceAll(/([?&;][^=&;]*(?:pass|pw|token|secret|key)[^=&;]*=)[^&;]*/gi, '$1(secret)')
  return new ConfigError(`--warehouse (WAREHOUSE) is "${shown}": ${problem}; ${NEEDED}`)
}

function readSecurity(
  origin: string,
  environment: Environment,
): Pick<TrinoConnection, 'password' | 'authorities' | 'checksCertificate'> {
  const password = given(environment.TRINO_PASSWORD)
  if (password !== undefined && origin.startsWith('http:')) {
    throw new ConfigError(
      `TRINO_PASSWORD is set, and http would send it readable by all to ${origin}: ` +
        'give --warehouse (WAREHOUSE) trino:https://..., or unset TRINO_PASSWORD',
    )
  }
  const file = given(environment.TRINO_CA_FILE)
  return {
    password,
    authorities: file === undefined ? undefined : readAuthorities(file),
    checksCertificate: !readSwitch('TRINO_INSECURE_TLS', environment.TRINO_INSECURE_TLS),
  }
}

function readAuthorities(file: string): string {
  let text: string
  try {
    text = readSmallFile(file)
  } catch (error) {
    throw new ConfigError(`TRINO_CA_FILE: can't read ${file}: ${messageOf(error)}`, { cause: error })
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new ConfigError(`TRINO_CA_FILE: ${file} holds no certificate: a file in PEM is needed`)
}

function readSwitch(name: string, value: string | undefined): boolean {
  const text = given(value) ?? 'false'
  if (text === 'true' || text === '1') return true
  if (text === 'false' || text === '0') return false
  throw new ConfigError(`${name} is "${text}": true or false is needed`)
}

function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}
