// npm start: installs what is missing, builds what has changed, runs the demo. Uses built-in modules only, since nothing may be
// installed yet.
import { spawnSync } from 'node:child_process'
import { prepare } from './prepare.mjs'

prepare({ build: true })
const words = process.argv.slice(2)
const demo = spawnSync(process.execPath, ['dist/cli.js', 'demo', ...words], { stdio: 'inherit' })
process.exit(demo.status ?? 1)
