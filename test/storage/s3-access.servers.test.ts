import { expect, it } from 'vitest'
import { ConfigError } from '../../src/errors.ts'
import { s3AccessOf, serverOf } from '../../src/storage/s3/access.ts'
import { failureOf } from '../../src/storage/s3/errors.ts'
import { parseS3Location } from '../../src/storage/s3/location.ts'

const keys = { AWS_ACCESS_KEY_ID: 'key-id', AWS_SECRET_ACCESS_KEY: 'key-that-nobody-may-see' }

it('takes the variables of the clients of AWS', () => {
  const { endpoint, region, profile, credentials } = s3AccessOf({
    ...keys,
    AWS_SESSION_TOKEN: 'token',
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_PROFILE: 'nightly',
  })
  expect({ endpoint, region, profile, credentials }).toEqual({
    endpoint: undefined,
    region: 'eu-west-1',
    profile: 'nightly',
    credentials: {
      accessKeyId: 'key-id',
      secretAccessKey: 'key-that-nobody-may-see',
      sessionToken: 'token',
    },
  })
})

it('leaves credentials to the chain of AWS where the variables hold none, or half of them', () => {
  expect(s3AccessOf({}).credentials).toBeUndefined()
  expect(s3AccessOf({ AWS_ACCESS_KEY_ID: 'key-id' }).credentials).toBeUndefined()
})

it.each([
  [{}, 'https://s3.amazonaws.com'],
  [
    { AWS_REGION: 'ap-northeast-1', AWS_DEFAULT_REGION: 'eu-west-1' },
    'https://s3.ap-northeast-1.amazonaws.com',
  ],
  [{ AWS_ENDPOINT_URL: 'http://a:1', AWS_ENDPOINT_URL_S3: 'http://b:2/' }, 'http://b:2'],
  [{ AWS_ENDPOINT_URL: 'https://a' }, 'https://a'],
])('is at the server that the variables name: %j', (environment, server) => {
  expect(serverOf(s3AccessOf(environment))).toBe(server)
})

it.each([
  'minio:9000',
  'ftp://minio',
  'http://me:word@minio:9000',
  'https://minio:9000/s3',
  'https://minio:9000//',
  'https://minio:9000/?region=a',
  'https://minio:9000/#a',
  'nonsense',
])('refuses the address %s without showing it', (address) => {
  expect(() => s3AccessOf({ AWS_ENDPOINT_URL_S3: address })).toThrow(
    new ConfigError(
      "AWS_ENDPOINT_URL_S3 holds no address of a service (its value isn't shown): one such as " +
        'https://minio.example.com:9000 is needed, without a user, a path and a query; unset it to reach AWS itself',
    ),
  )
})

it('has no secret in what it says of a failure', () => {
  const { redact } = s3AccessOf(keys)
  const said = Object.assign(new Error('bad key key-that-nobody-may-see'), {
    name: 'InvalidAccessKeyId',
    $metadata: { httpStatusCode: 403 },
  })
  expect(failureOf(said, redact).message).not.toContain('key-that-nobody-may-see')
  expect(failureOf(said, redact)).toMatchObject({ facts: { kind: 'refused', status: 403 } })
})

it.each([
  ['SlowDown', 503, 'busy'],
  ['ConditionalRequestConflict', 409, 'busy'],
  ['BadDigest', 400, 'lost'],
  ['InternalError', 500, 'lost'],
  ['AccessDenied', 403, 'refused'],
])('takes %s, status %i, for %s', (name, httpStatusCode, kind) => {
  const error = Object.assign(new Error('said so'), { name, $metadata: { httpStatusCode } })
  expect(failureOf(error, (text) => text)).toMatchObject({ facts: { kind, detail: `${name}: said so` } })
})

it.each([
  ['Region is missing', 'Error', /no region is known; set AWS_REGION/],
  [
    'Could not load credentials from any providers',
    'CredentialsProviderError',
    /no usable credentials .*AWS_PROFILE/,
  ],
])('says what to set: %s', (message, name, help) => {
  const error = failureOf(Object.assign(new Error(message), { name }), (text) => text)
  expect(error).toBeInstanceOf(ConfigError)
  expect(error.message).toMatch(help)
})

it('has buckets of the names that S3 allows', () => {
  expect(parseS3Location('s3://my.bucket-1/a/b/')).toEqual({
    bucket: 'my.bucket-1',
    prefix: 'a/b/',
    location: 's3://my.bucket-1/a/b',
  })
  expect(() => parseS3Location('s3://My_Bucket/a')).toThrow(
    new ConfigError(
      '--data-dir (DATA_DIR) or another directory option is s3://My_Bucket/a: "My_Bucket" is not a bucket name; ' +
        'give s3://BUCKET/PREFIX, where BUCKET is made of lower-case letters, digits, - and .',
    ),
  )
})
