import { ConfigError } from '../errors.ts'
import { nearestName } from './nearest-name.ts'
import type { AnyTable } from './option-spec.ts'
import { optionTable } from './option-table.ts'
import { VARIABLE_PREFIX, variablesOf, type Written } from './resolve.ts'

/** The variable that holds a workflow's options: Digdag hands a map of params to a command as JSON, by its name. */
const MAP = 'td_mta'

/** What a workflow has to say itself: the defaults are those of a laptop. */
const needed: readonly (readonly [string, string])[] = [
  ['DB', 'the database of the touchpoints and of the output tables'],
  ['DATA_TABLE', 'the table of touchpoints'],
  [
    'DATA_DIR',
    'storage that every step sees: gs://bucket/prefix, s3://bucket/prefix, or a directory on a volume',
  ],
]

/** Variables that are not options, but addresses, files and secrets of warehouses and storages. */
export interface BackendVariables {
  readonly variables: readonly string[]
  /** They would stand in the workflow's params, for all to read. */
  readonly secrets: readonly string[]
}

/** The variables of each option. */
const optionVariables = Object.entries(optionTable as AnyTable).map(([name, spec]) => variablesOf(name, spec))

/**
 * Reads the options of a workflow, a map from variable to value under `td_mta`, beside the environment. Among a
 * workflow's params Digdag's own can't be distinguished from misspelled ones; in this map every name has to be known. Names stand
 * without the prefix, since the workflow's own expressions read them too.
 * @returns the environment with what the map adds to it: an option that is set there as well, under any of its variables,
 *   beats the map.
 * @throws {ConfigError} that shows no value, since one may be a secret in a wrong place: for an unknown name, a value that is not text, a number, true or false, a secret, and a workflow
 *   that does not say where its touchpoints are and where its storage is.
 */
export function withWorkflowParams(
  environment: Readonly<Record<string, string | undefined>>,
  backends: readonly BackendVariables[],
): Readonly<Record<string, string | undefined>> {
  const json = environment[MAP]
  if (json === undefined || json === '') return environment
  const named = Object.entries(parseMap(json)).map(([name, value]) => [name, textOf(name, value)] as const)
  for (const [name] of named) checkName(name, backends)
  const set = named.filter(
    ([name, text]) => text !== '' && !spellingsOf(name).some((one) => environment[one]),
  )
  const merged = { ...environment, ...Object.fromEntries(set) }
  for (const [name, what] of needed) {
    if (spellingsOf(name).some((one) => merged[one])) continue
    throw new ConfigError(`${MAP}.${name} is missing: name ${what}, in params.yml`)
  }
  return merged
}

function spellingsOf(variable: string): readonly string[] {
  return optionVariables.find((spellings) => spellings.includes(variable)) ?? [variable]
}

function parseMap(json: string): Written {
  let map: unknown
  try {
    map = JSON.parse(json)
  } catch {
    throw new ConfigError(`the variable ${MAP} is not JSON: unset it, or give an object`)
  }
  if (typeof map === 'object' && map !== null && !Array.isArray(map)) return map as Written
  throw new ConfigError(`${MAP} is ${kindOf(map)}: a map from variable to value is needed, in params.yml`)
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (value === null) return 'empty'
  return typeof value === 'object' ? 'a map' : `a ${typeof value}`
}

function textOf(name: string, value: unknown): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map((item) => textOf(name, item)).join(',')
  if (typeof value !== 'object') return String(value)
  throw new ConfigError(`${MAP}.${name} is ${kindOf(value)}: text, a number, true or false is needed`)
}

function checkName(name: string, backends: readonly BackendVariables[]): void {
  if (backends.some(({ secrets }) => secrets.includes(name))) {
    throw new ConfigError(`${MAP}.${name} is a secret: set it as one, and pass it by _env, not by params.yml`)
  }
  const options = optionVariables.flat().filter((variable) => !variable.startsWith(VARIABLE_PREFIX))
  const known = [...options, ...backends.flatMap(({ variables }) => variables)]
  if (known.includes(name)) return
  const bare = name.toUpperCase()
  const nearest = nearestName(
    bare.startsWith(VARIABLE_PREFIX) ? bare.slice(VARIABLE_PREFIX.length) : bare,
    known,
  )
  const guess = nearest === undefined ? '' : `did you mean ${nearest}? `
  throw new ConfigError(`${MAP}.${name} is not an option: ${guess}td-mta run --help lists them all`)
}
