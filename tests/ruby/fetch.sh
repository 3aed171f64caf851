#!/usr/bin/env bash
# Fetches CRuby for WASI from npm, once, verifies it, and prints the module's path for RUBY_WASM.
#
#   export RUBY_WASM=$(tests/ruby/fetch.sh)
#   dotnet test -c Release --filter RubyTests
set -euo pipefail

package=@ruby/3.4-wasm-wasi
version=2.10.1
module=ruby+stdlib.wasm
checksum=4b814fc9d13505ea5b4c1f3bd3a7cc7ccca137f551196b9b21f0a7caf9cc5878

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$here/.package        # git-ignored
path=$folder/$module

is_intact() { [ -f "$path" ] && echo "$checksum  $path" | sha256sum --check --status; }

if ! is_intact; then
    temporary=$(mktemp -d)
    trap 'rm -rf "$temporary"' EXIT
    (cd "$temporary" && npm pack --silent "$package@$version" >/dev/null)
    mkdir -p "$folder"
    tar -xzf "$temporary"/*.tgz -C "$temporary" "package/dist/$module"
    mv "$temporary/package/dist/$module" "$path"
    is_intact || { echo "fetch.sh: $module of $package@$version has another checksum" >&2; exit 1; }
fi

echo "$path"
