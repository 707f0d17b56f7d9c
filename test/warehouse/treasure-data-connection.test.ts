import { expect, it } from 'vitest'
import { readTreasureDataConnection } from '../../src/warehouse/treasure-data/connection.ts'

const key = '1/0123456789abcdef0123456789abcdef01234567'
const hex = key.slice(2)

/** Nothing of a key is left that says more than its account. */
function messageFor(apiServer: string, apiKey = key): string {
  try {
    return `accepted ${readTreasureDataConnection(apiKey, apiServer).origin}`
  } catch (error) {
    return String(error)
  }
}

it.each([
  key,
  hex,
  `TD1 ${key}`,
  `https://${key}`,
  `https://${hex}`,
  `https://${key}@api.treasuredata.com`,
  `https://me:${key}@api.treasuredata.com/v3`,
  `https://a@b/${key}@api.treasuredata.com`,
  `https://api.treasuredata.com/${key}`,
  `https://api.treasuredata.com/?key=${encodeURIComponent(key)}`,
  `https://${hex}.treasuredata.com`,
  `https://${hex.toUpperCase()}`,
  `ftp://${key}/`,
])('shows no key that was put in the place of the server: %s', (written) => {
  for (const known of [key, '9/fedcba9876543210fedcba9876543210fedcba98']) {
    const message = messageFor(written, known)
    expect(message).toMatch(/^ConfigError: TD_API_SERVER is /)
    expect(message).not.toMatch(/[0-9a-f]{12}/i)
  }
})

it('shows what was written where it is no secret', () => {
  expect(messageFor('http:/api.treasuredata.com/v4')).toContain(
    'TD_API_SERVER is "http:/api.treasuredata.com/v4": a host',
  )
})

it('takes the hosts of all sites', () => {
  expect(messageFor('api.eu01.treasuredata.com')).toBe('accepted https://api.eu01.treasuredata.com')
})
