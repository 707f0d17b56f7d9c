import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { installPythonPackages, lastLine, pythonEnvironment } from '../python-packages.ts'

const requirements = join(import.meta.dirname, 'requirements.txt')

/** moto's S3, a process of its own that keeps objects in memory, over HTTP. */
export interface FakeS3 {
  /** `http://127.0.0.1:port`, what AWS_ENDPOINT_URL_S3 wants. */
  readonly url: string
  createBucket(name: string): Promise<void>
  stop(): Promise<void>
}

/** Starts the server. Its 80 MB of packages are fetched by pip, once. @returns why there is none. */
export async function startFakeS3(): Promise<FakeS3 | { readonly missing: string }> {
  const packages = await installPythonPackages('moto', requirements).catch((error: unknown) => ({
    missing: lastLine(error),
  }))
  if (typeof packages !== 'string') return packages
  const server = spawn('python3', [join(import.meta.dirname, 'server.py')], {
    env: pythonEnvironment(packages),
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const kill = () => server.kill('SIGKILL')
  process.once('exit', kill)
  const [port] = await Promise.race([once(server.stdout, 'data'), once(server, 'exit').then(() => [''])])
  if (String(port) === '') return { missing: 'moto does not start' }
  const url = `http://127.0.0.1:${String(port).trim()}`
  return {
    url,
    async createBucket(name) {
      const { status } = await fetch(`${url}/${name}`, { method: 'PUT' })
      if (status !== 200) throw new Error(`bucket ${name} was not made: status ${status}`)
    },
    async stop() {
      process.off('exit', kill)
      const exited = once(server, 'exit')
      kill()
      await exited
    },
  }
}
