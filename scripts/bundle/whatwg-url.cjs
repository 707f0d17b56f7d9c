// Stands for whatwg-url in the bundle: Node.js has its classes, and their tables of Unicode are 0.3 MB. node-fetch asks for
// them only where Node.js had none.
const { URL, URLSearchParams } = require('node:url')
module.exports = { URL, URLSearchParams }
