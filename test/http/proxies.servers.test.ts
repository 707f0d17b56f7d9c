import { expect, it } from 'vitest'
import { ConfigError } from '../../src/errors.ts'
import { proxyDispatcher, proxySecrets } from '../../src/http/proxies.ts'

it('names the variable that holds no address, and shows nothing of it', () => {
  for (const written of [
    'proxy:3128:ann:s3cret',
    'ann:s3cret@proxy',
    'socks5://ann:s3cret@proxy:1080',
    'http://ann:s3cret@:x',
  ]) {
    expect(() => proxyDispatcher({ HTTPS_PROXY: written }, {})).toThrow(
      new ConfigError(
        "HTTPS_PROXY holds no address of a proxy (its value isn't shown): one such as http://proxy:3128 is needed, or unset it",
      ),
    )
  }
})

it('knows the passwords of proxies as they are written and as they are meant', () => {
  expect(
    proxySecrets({ https_proxy: 'http://ann:s3%2Fcret@proxy:3128', HTTP_PROXY: 'http://proxy' }),
  ).toEqual([
    { name: 'https_proxy', value: 's3%2Fcret', user: 'ann' },
    { name: 'https_proxy', value: 's3/cret', user: 'ann' },
  ])
})
