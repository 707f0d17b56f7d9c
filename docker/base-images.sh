#!/bin/sh
# Prints build arguments that name the base images by digest, from docker/base-images.txt: a tag can become another image at any time.
#
#   docker/base-images.sh --update                              pulls the images and writes down their digests
#   docker build $(docker/base-images.sh) --file docker/Dockerfile --tag td-mta .
#
#   DOCKER=podman   another container engine, for --update
set -eu
here=$(dirname "$0")
list=$here/base-images.txt

fail() {
  echo "base-images.sh: $*" >&2
  exit 1
}

# The defaults of the Dockerfiles.
images() {
  cat "$here/Dockerfile" "$here/Dockerfile.gpu" | sed -n 's/^ARG \([A-Z]*_IMAGE\)=\([^@]*\)$/\1 \2/p' | sort -u
}

update() {
  images | while read -r argument image; do
    "${DOCKER:-docker}" pull --quiet "$image" >/dev/null || fail "can't pull $image"
    digest=$("${DOCKER:-docker}" image inspect --format '{{index .RepoDigests 0}}' "$image" | sed 's/.*@//')
    echo "$argument=$image@$digest"
  done >"$list.new"
  mv "$list.new" "$list"
}

if [ "${1:-}" = --update ]; then update; fi
[ -f "$list" ] || fail "$list is missing: run docker/base-images.sh --update once, look at it, and commit it"
images | while read -r argument image; do
  found=$(grep "^$argument=$image@" "$list") || fail "$list has no digest of $image: run docker/base-images.sh --update"
  echo "$found" | grep -Eq '@sha256:[0-9a-f]{64}$' || fail "$list: $found does not end in @sha256: and 64 digits"
  echo "--build-arg $found"
done
