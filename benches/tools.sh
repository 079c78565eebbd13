# What the scripts of benches share: telling, installing peers, finding jpegasus.

say() { printf '%s\n' "$*" >&2; }
loudly() { say ""; say "!!! $*"; say ""; }
die() { say "$(basename "$0"): $*"; exit 2; }
usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; }
is_there() { command -v "$1" >/dev/null 2>&1; }

# ---- peers -------------------------------------------------------------------------------------------------

tools=()
missing() {
    loudly "no $1: $2; going on without it"
    tools+=(--absent "$1: $2")
}

# by_cargo PROGRAM CRATE VERSION
by_cargo() {
    local root=$cache/$1-$3
    if [[ ! -x $root/bin/$1 ]]; then
        say "installing $2 $3"
        nice cargo install "$2" --version "$3" --locked --root "$root" >&2 || true
    fi
    if [[ -x $root/bin/$1 ]]; then tools+=("--$1" "$root/bin/$1"); else missing "$1" "cargo install $2 failed"; fi
}

# by_apt OPTION PROGRAM PACKAGE
by_apt() {
    if ! is_there "$2" && is_there apt-get && ((EUID == 0)); then
        say "installing $3"
        { apt-get update -q && apt-get install -q -y --no-install-recommends "$3"; } >&2 || true
    fi
    if is_there "$2"; then
        tools+=("$1" "$(command -v "$2")")
    else
        missing "$2" "install the package $3, or run as root where there is apt"
    fi
}

# ---- jpegasus ----------------------------------------------------------------------------------------------

# Sets `jpegasus` to the binary to measure and `commit` to what it is of.
find_jpegasus() {
    commit=$(git -C "$repo" rev-parse HEAD 2>/dev/null || echo unknown)
    [[ -z $(git -C "$repo" status --porcelain -uno 2>/dev/null || true) ]] || commit+=" with changes"
    if [[ -n ${JPEGASUS:-} ]]; then
        jpegasus=$(command -v "$JPEGASUS") || die "JPEGASUS=$JPEGASUS cannot be run"
        jpegasus=$(realpath "$jpegasus")
        commit+=" (of this folder; JPEGASUS gave a binary, SHA-256 $(sha256sum "$jpegasus" | cut -c1-16)…)"
    else
        is_there cargo || die "needs cargo, or a binary in JPEGASUS"
        say "building jpegasus"
        (cd "$repo" && cargo build --release --locked)
        jpegasus=${CARGO_TARGET_DIR:-$repo/target}/release/jpegasus
    fi
}
