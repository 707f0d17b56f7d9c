import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const busybox = '/bin/busybox'
const npm = '/usr/lib/node_modules/npm'
const certificates = '/etc/ssl/certs/ca-certificates.crt'

/**
 * @returns what the image is made of: changes with Node.js, npm and busybox of this machine.
 */
export async function baseDigest(): Promise<string> {
  const hash = createHash('sha256')
    .update(process.version)
    .update(await readFile(import.meta.filename))
  for (const path of [busybox, join(npm, 'package.json')]) hash.update(await readFile(path))
  return hash.digest('hex').slice(0, 12)
}

/**
 * Makes an image of this machine's Node.js, npm and libraries, with busybox for a shell: no image can be pulled where
 * there is no registry. 118 MB, 3 s.
 * @param docker command line of the engine. @param tag what the image is to be called.
 */
export async function makeBaseImage(docker: string, tag: string): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'td-mta-base-'))
  try {
    await fillRoot(root)
    const archive = `${root}.tar`
    await run('tar', ['-C', root, '--owner', '0', '--group', '0', '-cf', archive, '.'])
    await run(docker, ['import', '--change', 'ENV PATH=/usr/local/bin:/usr/bin:/bin', archive, tag])
    await rm(archive)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function fillRoot(root: string): Promise<void> {
  const folders = ['bin', 'usr/bin', 'usr/local/bin', 'usr/local/lib/node_modules', 'etc/ssl/certs', 'root']
  for (const folder of [...folders, 'proc', 'sys', 'dev', 'tmp', 'home/node']) {
    await mkdir(join(root, folder), { recursive: true })
  }
  await run('cp', [process.execPath, join(root, 'usr/local/bin/node')])
  const linked = await librariesOf(process.execPath)
  for (const library of [...linked, ...(await systemLibraries(linked))]) {
    await mkdir(join(root, dirname(library)), { recursive: true })
    await run('cp', ['-L', library, join(root, library)])
  }
  await cp(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true, verbatimSymlinks: true })
  for (const name of ['npm', 'npx']) {
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(root, 'usr/local/bin', name))
  }
  await addShell(root)
  if (existsSync(certificates)) await run('cp', ['-L', certificates, join(root, certificates)])
  await writeFile(
    join(root, 'etc/passwd'),
    'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n',
  )
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nnode:x:1000:\n')
  await chmod(join(root, 'tmp'), 0o1777)
  // mkdtemp closes it to others, and then no user but root can start anything in the image.
  await chmod(root, 0o755)
}

async function librariesOf(program: string): Promise<readonly string[]> {
  const { stdout } = await run('ldd', [program])
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path)
}

/** What native modules and name look-ups load later; in the folder of the C library where it exists. */
async function systemLibraries(linked: readonly string[]): Promise<readonly string[]> {
  const folder = dirname(
    linked.find((path) => path.includes('/libc.so')) ?? '/lib/x86_64-linux-gnu/libc.so.6',
  )
  const names = ['librt.so.1', 'libutil.so.1', 'libresolv.so.2', 'libnss_files.so.2', 'libnss_dns.so.2']
  return names.map((name) => join(folder, name)).filter((path) => existsSync(path))
}

/** Every command of busybox by its own name, `env` also where scripts look for it. */
async function addShell(root: string): Promise<void> {
  await run('cp', [busybox, join(root, 'bin/busybox')])
  const { stdout } = await run(busybox, ['--list'])
  for (const name of stdout.trim().split('\n')) {
    if (name !== 'busybox') await symlink('busybox', join(root, 'bin', name))
  }
  await symlink('../../bin/busybox', join(root, 'usr/bin/env'))
}
