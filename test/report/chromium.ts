import { existsSync } from 'node:fs'
import { aptInstall } from '../set-up/apt-install.ts'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/chrome']
const packages = ['chromium', 'fonts-ipafont-gothic']

/** A browser to test with, or why there is none. */
export type Chromium = { readonly path: string } | { readonly missing: string }

/** @returns Chromium where it is installed; on Debian it is installed first. Up to two minutes. */
export async function findChromium(): Promise<Chromium> {
  const found = installed()
  if (found !== undefined) return found
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return { missing: `none of ${places.join(', ')}, and only root on Linux could install it` }
  }
  try {
    await aptInstall(packages)
  } catch (error) {
    return { missing: `apt-get install ${packages.join(' ')} failed: ${String(error).split('\n')[0]}` }
  }
  return installed() ?? { missing: `apt-get installed ${packages.join(', ')}, but no ${places[0]}` }
}

function installed(): Chromium | undefined {
  const path = places.find((place) => existsSync(place))
  return path === undefined ? undefined : { path }
}
