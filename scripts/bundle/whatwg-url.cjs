// Replaces whatwg-url in the bundle: Node.js has its classes, and its Unicode tables take 0.3 MB. node-fetch needs them only
// for a Node.js without these classes.
const { URL, URLSearchParams } = require('node:url')
module.exports = { URL, URLSearchParams }
