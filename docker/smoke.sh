#!/bin/sh
# Tests an image: no entrypoint, not root, version, backend, and the three steps in three containers that share nothing
# but a directory. Prints the tables. If anything is wrong, exits with 1 and gives the reason in the last line.
#
#   docker/smoke.sh IMAGE
#
#   DOCKER=podman              another container engine
#   RUN_OPTIONS="--gpus all"   further options of docker run
#   TIER=gpu                   required backend: gpu, native or wasm; unset: whatever the image selects
set -eu

image=${1:-}
docker=${DOCKER:-docker}
tier=${TIER:-}

fail() {
  echo "smoke.sh: $*" >&2
  exit 1
}

[ -n "$image" ] || fail "no image given: docker/smoke.sh IMAGE"
command -v "$docker" >/dev/null || fail "there is no $docker: set DOCKER to the engine's command"
"$docker" image inspect "$image" >/dev/null 2>&1 ||
  fail "$docker has no image $image: build it with docker build --file docker/Dockerfile --tag $image ."

shared=$(mktemp -d)
# The image's user has to be able to write there.
chmod 777 "$shared"
remove_shared() {
  # Files written by containers may belong to a user that only a container can act as.
  "$docker" run --rm --user 0:0 -v "$shared:/save_dir" "$image" sh -c 'rm -rf /save_dir/*' >/dev/null 2>&1 || true
  rm -rf "$shared"
}
trap remove_shared EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Like Digdag: an unrelated working directory, options in the environment, a command for the image's shell.
in_container() {
  # shellcheck disable=SC2086 # options are separate words
  "$docker" run --rm ${RUN_OPTIONS:-} -v "$shared:/save_dir" -w /tmp \
    -e DATA_DIR=/save_dir -e INPUT=/save_dir/touchpoints.csv -e LOG_LEVEL="${LOG_LEVEL:-warn}" \
    -e LOOKBACK_WINDOW=5 -e STEPS_PER_EPOCH=10 -e TRAIN_EPOCHS=2 -e MODEL_WIDTH=16 -e RUN_ID=smoke \
    -e SESSION_TIME=2026-03-01 -e BACKEND="${tier:-auto}" "$image" /bin/sh -c "$1"
}

entrypoint=$("$docker" image inspect --format '{{json .Config.Entrypoint}}' "$image")
case $entrypoint in
  null | '[]' | '""') echo "entrypoint: none" ;;
  *) fail "$image has the entrypoint $entrypoint: Digdag's command would not run, and the task would succeed" ;;
esac

user=$(in_container 'id -u') || fail "$image has no working /bin/sh"
[ "$user" != 0 ] || fail "$image runs as root by default"
echo "user: $user"

version=$(in_container 'td-mta --version') || fail "td-mta --version exited with $?"
echo "version: $version"

in_container 'td-mta simulate --users 2000 --output /save_dir/touchpoints.csv' || fail "td-mta simulate exited with $?"

found=$(in_container 'td-mta doctor') || {
  echo "$found"
  fail "td-mta doctor found a problem"
}
echo "$found"
backend=$(echo "$found" | sed -n 's/^ *backend  *pass  *\([a-z]*\).*/\1/p')
[ -n "$backend" ] || fail "td-mta doctor reports no backend"

for step in export train shapley; do
  in_container "td-mta $step" || fail "td-mta $step exited with $?"
done

for table in metrics shapley shapley_channel attribution; do
  rows=$(in_container "cat /save_dir/tables/$table.csv") || fail "the table $table was not written"
  echo "== $table, $(($(echo "$rows" | wc -l) - 1)) rows"
  echo "$rows" | head -n 6
done
# The single row of shares has to add up to 1, which fails if a number is missing.
in_container 'tail -n 1 /save_dir/tables/shapley_channel.csv' | awk -F, '
  { for (i = 1; i <= NF; i++) if ($i ~ /^-?[0-9.]+(e-?[0-9]+)?$/) sum += $i }
  END { exit sum > 0.999 && sum < 1.001 ? 0 : 1 }
' || fail "the shares of shapley_channel do not add up to 1"

echo "smoke.sh: $image works; td-mta $version runs on $backend"
