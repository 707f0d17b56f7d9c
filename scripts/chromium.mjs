// Where Chromium is (Debian: apt-get install chromium fonts-ipafont-gothic).
import { existsSync } from 'node:fs'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/chrome']

/** @returns its path. */
export function findChromium() {
  const path = places.find((place) => existsSync(place))
  if (path === undefined) throw new Error(`no browser: none of ${places.join(', ')} exists`)
  return path
}
