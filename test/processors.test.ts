import { expect, it } from 'vitest'
import { usableProcessors } from '../src/processors.ts'

/** A machine of 8 processors with these files. */
const usable = (files: Readonly<Record<string, string>>) => usableProcessors(8, (path) => files[path])

it('is what the system lets the process have where there is no control group', () => {
  expect(usable({})).toBe(8)
  expect(usable({ '/proc/self/cgroup': '0::/\n' })).toBe(8)
})

it.each([
  ['200000 100000\n', 2],
  ['150000 100000\n', 2],
  ['50000 100000\n', 1],
  ['1600000 100000\n', 8],
  ['max 100000\n', 8],
  ['', 8],
])('keeps to the quota of a group of version 2: %s', (quota, processors) => {
  expect(usable({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': quota })).toBe(processors)
})

it('keeps to the least of the groups that it is in, also where their path is not seen from within', () => {
  const files = {
    '/proc/self/cgroup': '0::/jobs/one\n',
    '/sys/fs/cgroup/jobs/one/cpu.max': 'max 100000\n',
    '/sys/fs/cgroup/jobs/cpu.max': '300000 100000\n',
  }
  expect(usable(files)).toBe(3)
  expect(usable({ ...files, '/sys/fs/cgroup/cpu.max': '100000 100000\n' })).toBe(1)
})

it('keeps to the quota of a group of version 1', () => {
  const files = {
    '/proc/self/cgroup': '5:memory:/docker/1\n4:cpu,cpuacct:/docker/1\n',
    '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '250000\n',
    '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
  }
  expect(usable(files)).toBe(3)
  expect(usable({ ...files, '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n' })).toBe(8)
})

it('asks this machine', () => {
  expect(usableProcessors()).toBeGreaterThanOrEqual(1)
})
