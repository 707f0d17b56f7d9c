import { createServer, request as forward } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { ConfigError } from '../../src/errors.ts'
import { proxyDispatcher } from '../../src/http/proxies.ts'
import { proxySecrets } from '../../src/http/proxy-secrets.ts'
import { collect, errorOf, openWarehouse, startFake } from '../warehouse/treasure-data-under-test.ts'

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

/** A proxy that knows every host as the server at a port. @returns its address, and the hosts that it was asked for. */
async function startProxy(port: number) {
  const hosts = new Set<string>()
  const server = createServer((request, response) => {
    const { host, pathname, search } = new URL(request.url ?? '')
    hosts.add(host)
    const { method, headers } = request
    const forwarded = forward({ port, method, headers, path: pathname + search }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    request.pipe(forwarded)
  })
  server.on('connect', (request, socket) => {
    hosts.add(request.url ?? '')
    const upstream = connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
    upstream.pipe(socket).pipe(upstream)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hosts }
}

it('of the environment carry all calls to Treasure Data, except to hosts of NO_PROXY', async () => {
  const fake = await startFake({ queued: { polls: 0 }, running: { polls: 0 }, committing: { polls: 0 } })
  const proxy = await startProxy(Number(new URL(fake.url).port))
  const site = 'api.treasure-data.invalid'
  const proxies = { HTTP_PROXY: 'http://unused.invalid:1', http_proxy: proxy.address }
  const warehouse = openWarehouse(fake, { apiServer: `http://${site}`, proxies })
  const table = { database: 'mta', table: 'shapley' }
  const columns = [{ name: 'channel', type: 'varchar' }] as const
  await warehouse.writeTables([{ table, columns, rows: [['email']], ifExists: 'overwrite', runId: 'r1' }])
  expect(await collect(warehouse, 'SELECT channel FROM shapley')).toEqual([['email']])
  expect([...proxy.hosts].map((host) => host.replace(':80', ''))).toEqual([site])

  const policy = { attempts: 1 }
  const direct = openWarehouse(fake, {
    apiServer: `http://${site}`,
    proxies: { ...proxies, no_proxy: '.invalid' },
    policy,
  })
  expect(String(await errorOf(direct.describeTable(table)))).toContain('ENOTFOUND')
  const secure = openWarehouse(fake, { apiServer: site, proxies: { HTTPS_PROXY: proxy.address }, policy })
  await errorOf(secure.describeTable(table))
  expect(proxy.hosts).toContain(`${site}:443`)
})
