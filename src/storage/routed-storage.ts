import type { Storage } from './storage.ts'

/**
 * One namespace over several places: names that begin with a folder of `routes` go to that folder's own storage, all
 * others to `root`. So a run can keep its TFRecords or its model elsewhere (`--positive-tfrecords-dir`).
 * @param routes folder name, such as `model`, to the storage that stands for it.
 */
export function routeStorage(root: Storage, routes: ReadonlyMap<string, Storage>): Storage {
  const place = (name: string): readonly [Storage, string, string] => {
    const slash = name.indexOf('/')
    const routed = slash < 0 ? undefined : routes.get(name.slice(0, slash))
    return routed === undefined ? [root, name, ''] : [routed, name.slice(slash + 1), name.slice(0, slash + 1)]
  }
  return {
    location: root.location,
    async write(name, chunks, options) {
      const [storage, inner] = place(name)
      return { ...(await storage.write(inner, chunks, options)), name }
    },
    read(name) {
      const [storage, inner] = place(name)
      return storage.read(inner)
    },
    readVersion(name) {
      const [storage, inner] = place(name)
      return storage.readVersion(inner)
    },
    stream(name) {
      const [storage, inner] = place(name)
      return storage.stream(inner)
    },
    async list(prefix) {
      const [storage, inner, folder] = place(prefix)
      return (await storage.list(inner)).map((name) => folder + name)
    },
    delete(name, version) {
      const [storage, inner] = place(name)
      return storage.delete(inner, version)
    },
  }
}
