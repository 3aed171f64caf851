#!/usr/bin/env bash
# Builds the guests whose toolchain is present and compares them with SHA256SUMS.
#
#   build.sh                       build to a scratch directory, report every difference, exit 1 if there is one
#   build.sh --update              the same, then copy what was built to bin/ and rewrite SHA256SUMS
#   build.sh --check               build nothing; verify that bin/ is what SHA256SUMS says, no more and no less
#   build.sh --install-toolchains  install the C, WAT, Go, Rust and AssemblyScript toolchains (Debian bookworm, as root)
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$here/.toolchain        # git-ignored; holds what cannot be installed beside the system's own packages
rust_root=$tools/rust         # a Debian trixie chroot: bookworm has no Rust with a wasm32-wasip1 standard library
go_root=$tools/go             # unpacked packages of bookworm-backports
go=$go_root/usr/lib/go-1.23/bin/go
asc_root=$tools/assemblyscript # npm packages, of exactly these versions
asc=$asc_root/node_modules/assemblyscript/bin/asc.js
asc_packages=(assemblyscript@0.28.20 @assemblyscript/wasi-shim@0.1.0)
skipped=()

# --- toolchains ----------------------------------------------------------------------------------

# The mirror apt already uses for this release, so that no host is named here.
mirror() {
    # shellcheck disable=SC2016,SC1091
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
        "Codename: $(. /etc/os-release && echo "$VERSION_CODENAME")" 'Component: main' | head -n 1
}

install_toolchains() {
    [ "$(id -u)" = 0 ] || { echo "build.sh: --install-toolchains needs root" >&2; exit 1; }
    export DEBIAN_FRONTEND=noninteractive
    apt-get update
    apt-get install -y --no-install-recommends \
        clang-14 lld-14 wasi-libc libclang-rt-14-dev-wasm32 wabt debootstrap
    install_go
    install_rust
    install_assemblyscript
}

# Downloads with a private package list and unpacks, which leaves the machine's sources and packages alone.
install_go() {
    [ -x "$go" ] && return
    local apt=$tools/apt private
    mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/debs" "$go_root"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(mirror) bookworm-backports main" >"$apt/sources.list"
    private=(-o "Dir::Etc::sourcelist=$apt/sources.list" -o "Dir::Etc::sourceparts=$apt/parts"
        -o "Dir::State::lists=$apt/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root)
    apt-get "${private[@]}" update
    (cd "$apt/debs" && apt-get "${private[@]}" download golang-1.23-go golang-1.23-src)
    for deb in "$apt"/debs/golang-1.23-*.deb; do dpkg-deb -x "$deb" "$go_root"; done
    rm -r "$apt"
}

# In two steps because debootstrap's own resolver cannot choose between rustc's alternative dependencies.
install_rust() {
    [ -x "$rust_root/usr/bin/rustc" ] && return
    rm -rf "$rust_root"
    mkdir -p "$tools"
    debootstrap --variant=minbase trixie "$rust_root" "$(mirror)"
    chroot "$rust_root" apt-get update
    chroot "$rust_root" apt-get install -y --no-install-recommends rustc libstd-rust-dev-wasm32 lld-19
    chroot "$rust_root" apt-get clean
}

# Needs Node and npm, which Debian 12 has too but which are rarely wanted from there.
install_assemblyscript() {
    [ -f "$asc" ] && return
    command -v npm >/dev/null || { echo "build.sh: no npm, so no AssemblyScript" >&2; return; }
    mkdir -p "$asc_root"
    npm install --prefix "$asc_root" --ignore-scripts --no-audit --no-fund --save-exact "${asc_packages[@]}"
}

# --- one function per language: each writes $out/<name>.wasm -------------------------------------

skip() { skipped+=("$1"); echo "skip  $1"; }

build_c() {
    command -v clang-14 >/dev/null && command -v wasm-ld-14 >/dev/null && [ -d /usr/lib/wasm32-wasi ] ||
        { skip "c: needs clang-14, lld-14, wasi-libc and libclang-rt-14-dev-wasm32"; return; }
    local source
    for source in "$here"/c/*.c; do
        # Stack first: an overflow of the C stack traps instead of overwriting data.
        clang-14 --target=wasm32-wasi --sysroot=/usr -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror \
            -ffile-prefix-map="$here"=. -Wl,-s -Wl,--stack-first "$source" -o "$out/$(basename "$source" .c).wasm"
    done
    for source in "$here"/c/reactors/*.c; do
        clang-14 --target=wasm32-wasi --sysroot=/usr -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -mexec-model=reactor \
            -ffile-prefix-map="$here"=. -Wl,-s -Wl,--stack-first "$source" -o "$out/$(basename "$source" .c).wasm"
    done
}

build_wat() {
    command -v wat2wasm >/dev/null || { skip "wat: needs wabt"; return; }
    local source
    for source in "$here"/wat/*.wat; do
        wat2wasm --debug-names "$source" -o "$out/$(basename "$source" .wat).wasm"
    done
}

build_go() {
    [ -x "$go" ] || { skip "go: needs golang-1.23-go in ${tools#"$here"/}"; return; }
    local source
    for source in "$here"/go/*.go; do
        (cd "$here/go" && GOOS=wasip1 GOARCH=wasm GOTOOLCHAIN=local GOFLAGS='' GOWORK=off GO111MODULE=off GOCACHE=$tools/go-cache \
            "$go" build -trimpath -ldflags='-s -w -buildid=' -o "$out/$(basename "$source" .go).wasm" "$(basename "$source")")
    done
}

build_rust() {
    [ -x "$rust_root/usr/bin/rustc" ] || { skip "rust: needs the chroot in ${tools#"$here"/}"; return; }
    [ "$(id -u)" = 0 ] || { skip "rust: chroot needs root"; return; }
    local source name
    rm -rf "$rust_root/build"
    mkdir "$rust_root/build"
    for source in "$here"/rust/*.rs; do
        name=$(basename "$source" .rs)
        cp "$source" "$rust_root/build/"
        # The path in the chroot is always /build, wherever this folder is: nothing to remap.
        chroot "$rust_root" rustc --edition=2021 --target=wasm32-wasip1 -C linker=wasm-ld-19 -C opt-level=s -C lto \
            -C panic=abort -C codegen-units=1 -C strip=symbols -D warnings "/build/$name.rs" -o "/build/$name.wasm"
        cp "$rust_root/build/$name.wasm" "$out/"
    done
}

build_assemblyscript() {
    [ -f "$asc" ] && command -v node >/dev/null || { skip "assemblyscript: needs Node and the packages in ${tools#"$here"/}"; return; }
    local source
    rm -rf "$asc_root/build"
    mkdir "$asc_root/build"
    for source in "$here"/assemblyscript/*.ts; do
        # Compiled where its packages are found; the path in messages is always build/NAME.ts.
        cp "$source" "$asc_root/build/"
        (cd "$asc_root" && node "$asc" "build/$(basename "$source")" --config node_modules/@assemblyscript/wasi-shim/asconfig.json \
            --optimizeLevel 2 --shrinkLevel 1 --outFile "$out/$(basename "$source" .ts).wasm")
    done
}

# --- SHA256SUMS ----------------------------------------------------------------------------------

check() {
    cd "$here/bin"
    sha256sum --quiet --strict -c ../SHA256SUMS
    diff <(sed 's/^[0-9a-f]*  //' ../SHA256SUMS) <(ls -- *.wasm) ||
        { echo "build.sh: bin/ and SHA256SUMS list different files" >&2; exit 1; }
    echo "all $(wc -l <../SHA256SUMS) guests match SHA256SUMS"
}

compare() {
    local file name new old differences=0
    for file in "$out"/*.wasm; do
        name=$(basename "$file")
        new=$(sha256sum <"$file" | cut -d ' ' -f 1)
        old=$(sed -n "s/  $name\$//p" "$here/SHA256SUMS" 2>/dev/null || true)
        if [ "$new" = "$old" ]; then
            echo "same  $name"
        else
            echo "diff  $name: ${old:-not listed} -> $new"
            differences=$((differences + 1))
        fi
    done
    return "$((differences > 0))"
}

update() {
    mkdir -p "$here/bin"
    cp "$out"/*.wasm "$here/bin/"
    chmod 644 "$here"/bin/*.wasm
    (cd "$here/bin" && sha256sum -- *.wasm >../SHA256SUMS)
    echo "updated bin/ and SHA256SUMS"
}

build() {
    out=$(mktemp -d)
    trap 'rm -rf "$out"' EXIT
    build_c
    build_wat
    build_go
    build_rust
    build_assemblyscript
    local result=0
    compare || result=1
    if [ "${1:-}" = update ]; then update; result=0; fi
    if [ ${#skipped[@]} -gt 0 ]; then echo "skipped, see --install-toolchains:"; printf '  %s\n' "${skipped[@]}"; fi
    return "$result"
}

case ${1:-} in
    '') build ;;
    --update) build update ;;
    --check) check ;;
    --install-toolchains) install_toolchains ;;
    *) sed -n '2,7p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
