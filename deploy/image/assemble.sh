#!/bin/sh
# Collects the files of the image: assemble.sh <folder of the app> <folder of the image>
set -eu
app=$1
image=$2
here=$(dirname "$0")
architecture=$(node -p process.arch)

mkdir -p /empty "$image/app" "$image/etc" "$image/tmp" "$image/usr/local/bin" \
  "$image/var/lib/dpkg/status.d"
chmod 1777 "$image/tmp"

# Without the symbols for debuggers, 33 MB.
strip --strip-unneeded "$(command -v node)" -o "$image/usr/local/bin/node"
install -m 0755 "$here/mjrwtf" "$image/usr/local/bin/mjrwtf"
install -m 0644 "$here/health.mjs" "$image/app/health.mjs"
cp -R "$app/package.json" "$app/node_modules" "$app/apps" "$app/packages" "$image/app/"

# What no server runs: sources and binaries for other systems, tests, types, source maps, documentation,
# the keyring of `mjrwtf login`, and the binaries for another runtime, Bare. Licenses stay.
cd "$image/app/node_modules"
rm -rf better-sqlite3/deps better-sqlite3/src @napi-rs bare-*/prebuilds node-addon-api zod/src \
  ./*/test .package-lock.json
find better-sqlite3/prebuilds -type f ! -name "linux-$architecture.node" -delete
find "$image/app" -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \
  -o -name '*.md' -o -name '*.test.js' -o -name .tsbuildinfo \) ! -iname 'license*' -delete

# The libraries of Node and of the native modules, and, for scanners, the packages that they are from.
binaries=$(echo "$image/usr/local/bin/node"; find "$image/app" -name '*.node')
# shellcheck disable=SC2086
libraries=$(ldd $binaries)
case $libraries in *'not found'*) echo "$libraries" >&2; exit 1 ;; esac
echo "$libraries" | grep -o '/[^ ]*\.so[^ :]*' | sort -u |
  while read -r library; do
    cp --parents --dereference "$library" "$image"
    package=$(dpkg-query --search "$(realpath "$library")" "$library" 2>/dev/null | head -n 1 | cut -d : -f 1)
    dpkg-query --status "$package" >"$image/var/lib/dpkg/status.d/$package"
  done

printf 'root:x:0:0:root:/:/sbin/nologin\nmjrwtf:x:10001:10001::/data:/sbin/nologin\n' >"$image/etc/passwd"
printf 'root:x:0:\nmjrwtf:x:10001:\n' >"$image/etc/group"
printf 'hosts: files dns\n' >"$image/etc/nsswitch.conf"
cp /etc/os-release "$image/etc/os-release"
