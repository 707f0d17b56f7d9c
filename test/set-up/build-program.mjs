import { compile } from '../../scripts/prepare.mjs'

/** Before tests that start the program: they run what is in src now. */
export default function setup() {
  compile()
}
