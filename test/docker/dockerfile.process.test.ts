import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const repository = join(import.meta.dirname, '../..')
const files = ['docker/Dockerfile', 'docker/Dockerfile.gpu']

const read = (path: string) => readFileSync(join(repository, path), 'utf8')

/** Instructions with their continuation lines, without comments. */
function instructions(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'))
  return lines
    .join('\n')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
}

/** Those of the image that is left at the end. */
function finalStage(text: string): readonly string[] {
  const all = instructions(text)
  return all.slice(all.findLastIndex((line) => line.startsWith('FROM ')))
}

describe.each(files)('%s', (path) => {
  it('has no entrypoint, which would swallow the command of a workflow, and prints help by itself', () => {
    expect(instructions(read(path)).filter((line) => line.startsWith('ENTRYPOINT'))).toEqual([])
    expect(finalStage(read(path)).at(-1)).toBe('CMD ["td-mta", "--help"]')
  })

  it('runs as a user by number who is not root', () => {
    expect(finalStage(read(path)).filter((line) => line.startsWith('USER '))).toEqual(['USER 1000:1000'])
  })

  it('takes dependencies from the lock file only, and none for development into the image', () => {
    const text = read(path)
    expect(text).toMatch(/npm ci --omit=dev --ignore-scripts/)
    const copied = finalStage(text).filter((line) => line.startsWith('COPY --from='))
    expect(copied.filter((line) => line.includes('node_modules'))).not.toContainEqual(
      expect.stringMatching(/--from=build /),
    )
  })

  it('names no host of a registry', () => {
    expect(read(path)).not.toMatch(/https?:\/\//)
  })
})

describe('.dockerignore', () => {
  it('lets only through what the images are built from', () => {
    const lines = read('.dockerignore').split('\n')
    const rules = lines.filter((line) => line !== '' && !line.startsWith('#'))
    expect(rules[0]).toBe('*')
    const kept = rules.slice(1)
    expect(kept.every((rule) => rule.startsWith('!'))).toBe(true)
    for (const name of ['node_modules', 'dist', 'mta-data', 'test', 'digdag', '.git', '.cache', '.env']) {
      expect(kept).not.toContain(`!${name}`)
    }
  })

  it('lets everything through that the Dockerfiles copy', () => {
    const kept = new Set(read('.dockerignore').match(/(?<=^!).+$/gm))
    const sources = files.flatMap((path) =>
      instructions(read(path))
        .filter((line) => /^COPY (?!--from)/.test(line))
        .flatMap((line) => line.split(/\s+/).slice(1, -1)),
    )
    expect(sources.length).toBeGreaterThan(5)
    const missing = sources.filter((source) => !kept.has(source.replace(/^\.\//, '').split('/')[0] ?? ''))
    expect(missing).toEqual([])
  })
})

describe('prune.sh', () => {
  it('takes what Node.js never reads, and leaves code and licences', () => {
    const directory = makeTemporaryDirectory()
    const dist = join(directory, '@tensorflow/tfjs-core/dist')
    mkdirSync(dist, { recursive: true })
    const other = join(directory, 'yargs')
    mkdirSync(other)
    const kept = ['tf-core.node.js', 'LICENSE', 'LICENSE.md']
    const removed = ['tf-core.node.js.map', 'tf-core.min.js', 'index.js', 'index.d.ts', 'README.md']
    for (const name of [...kept, ...removed]) writeFileSync(join(dist, name), '')
    for (const name of ['index.js', 'index.ts', 'package.json', 'README.md'])
      writeFileSync(join(other, name), '')
    execFileSync('sh', [join(repository, 'docker/prune.sh'), directory])
    const left = execFileSync('ls', [dist], { encoding: 'utf8' }).trim().split('\n')
    expect(left.sort()).toEqual(kept.sort())
    expect(readdirSync(other)).toEqual(['index.js', 'package.json'])
  })
})

describe('the scripts of the GPU image', () => {
  const hasPython = spawnSync('python3', ['--version']).status === 0
  const script = (name: string, words: readonly string[]) => {
    const run = spawnSync('sh', [join(repository, 'docker', name), ...words], { encoding: 'utf8' })
    return { code: run.status, stderr: run.stderr }
  }

  /** A wheel with nothing but its metadata. */
  const makeWheel = (folder: string, metadata = 'Name: tensorflow') => {
    const wheel = join(folder, 'tensorflow-1.whl')
    const lines = ['import sys, zipfile', "with zipfile.ZipFile(sys.argv[1], 'w') as file:"]
    const code = [...lines, "  file.writestr('tensorflow-1.dist-info/METADATA', sys.argv[2])"]
    execFileSync('python3', ['-c', code.join('\n'), wheel, metadata])
    return wheel
  }

  it('say what they need', () => {
    const folder = makeTemporaryDirectory()
    expect(script('native-binding.sh', [folder, 'some.whl', folder])).toEqual({
      code: 1,
      stderr: `native-binding.sh: ${folder} has no node_api.h\n`,
    })
  })

  it.skipIf(!hasPython)('refuse a wheel without a library, and one that requires no CUDA', () => {
    const folder = makeTemporaryDirectory()
    writeFileSync(join(folder, 'node_api.h'), '')
    const wheel = makeWheel(folder)
    expect(script('native-binding.sh', [join(folder, 'package'), wheel, folder])).toEqual({
      code: 1,
      stderr: `native-binding.sh: ${wheel} has no tensorflow/libtensorflow_cc.so.2, tensorflow/libtensorflow_framework.so.2\n`,
    })
    expect(script('cuda-wheels.sh', [join(folder, 'package'), wheel])).toEqual({
      code: 1,
      stderr: `cuda-wheels.sh: ${wheel} requires no CUDA\n`,
    })
  })

  it.skipIf(!hasPython)('refuse what has no hash', () => {
    const folder = makeTemporaryDirectory()
    const wheel = makeWheel(folder, 'Requires-Dist: nvidia-new-cu12>=1; extra == "and-cuda"')
    const wheels = join(repository, 'docker/wheels.txt')
    expect(script('cuda-wheels.sh', [join(folder, 'package'), wheel, wheels])).toEqual({
      code: 1,
      stderr: `cuda-wheels.sh: ${wheels} has no version with a hash of nvidia-new-cu12, which the wheel requires\n`,
    })
  })

  it('name a hash of every wheel', () => {
    const lines = read('docker/wheels.txt').replaceAll('\\\n', '').split('\n')
    const wheels = lines.filter((line) => line !== '' && !line.startsWith('#'))
    expect(wheels).toHaveLength(13)
    for (const wheel of wheels) expect(wheel).toMatch(/^[\w-]+==[\d.]+ +--hash=sha256:[0-9a-f]{64}$/)
  })
})

describe('base-images.sh', () => {
  /** @returns what the script does in a copy of its folder. */
  const pinned = (list: string | undefined, words: readonly string[] = []) => {
    const folder = makeTemporaryDirectory()
    for (const name of ['Dockerfile', 'Dockerfile.gpu', 'base-images.sh']) {
      writeFileSync(join(folder, name), read(`docker/${name}`))
    }
    if (list !== undefined) writeFileSync(join(folder, 'base-images.txt'), list)
    const docker = `#!/bin/sh\ncase $1 in image) echo name@sha256:${'ab'.repeat(32)} ;; esac\n`
    writeFileSync(join(folder, 'docker'), docker, { mode: 0o755 })
    const env = { PATH: `${folder}:${process.env.PATH}` }
    const run = spawnSync('sh', ['base-images.sh', ...words], { cwd: folder, env, encoding: 'utf8' })
    return { code: run.status, stdout: run.stdout, stderr: run.stderr }
  }

  it('names every base image by the digest that it has at the moment', () => {
    const defaults = [
      ...`${read('docker/Dockerfile')}${read('docker/Dockerfile.gpu')}`.matchAll(/^ARG (\w+_IMAGE=.*)$/gm),
    ]
    const names = [...new Set(defaults.map(([, image]) => image))].sort()
    const { code, stdout } = pinned(undefined, ['--update'])
    expect(code).toBe(0)
    expect(stdout).toBe(names.map((name) => `--build-arg ${name}@sha256:${'ab'.repeat(32)}\n`).join(''))
  })

  it('refuses a list that is missing, and an image without a digest', () => {
    const { code, stderr } = pinned(undefined)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'base-images.sh: ./base-images.txt is missing: run docker/base-images.sh --update once, look at it, and commit it\n',
    })
    expect(pinned('NODE_IMAGE=node:22-bookworm-slim\n')).toMatchObject({ code: 1, stdout: '' })
  })
})

describe('smoke.sh', () => {
  const smoke = (words: readonly string[], docker: string) => {
    const folder = makeTemporaryDirectory()
    writeFileSync(join(folder, 'docker'), docker, { mode: 0o755 })
    const env = { PATH: `${folder}:${process.env.PATH}`, TMPDIR: folder }
    const script = join(repository, 'docker/smoke.sh')
    const run = spawnSync('sh', [script, ...words], { env, encoding: 'utf8' })
    return { code: run.status, stderr: run.stderr }
  }

  it('says which image it needs', () => {
    expect(smoke([], '#!/bin/sh\n')).toEqual({
      code: 1,
      stderr: 'smoke.sh: no image given: docker/smoke.sh IMAGE\n',
    })
  })

  it('refuses an image that is not there', () => {
    expect(smoke(['nosuch'], '#!/bin/sh\nexit 1\n')).toEqual({
      code: 1,
      stderr:
        'smoke.sh: docker has no image nosuch: build it with docker build --file docker/Dockerfile --tag nosuch .\n',
    })
  })

  it('refuses an image with an entrypoint', () => {
    expect(smoke(['mine'], `#!/bin/sh\necho '["node"]'\n`)).toEqual({
      code: 1,
      stderr:
        'smoke.sh: mine has the entrypoint ["node"]: Digdag\'s command would not run, and the task would succeed\n',
    })
  })

  it('refuses an image that runs as root', () => {
    const root = `#!/bin/sh\ncase $1 in image) echo null ;; run) echo 0 ;; esac\n`
    expect(smoke(['mine'], root)).toEqual({
      code: 1,
      stderr: 'smoke.sh: mine runs as root by default\n',
    })
  })
})
