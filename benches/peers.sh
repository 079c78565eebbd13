#!/usr/bin/env bash
# Times jpegasus against its peers on the same files, in interleaved rounds, after checking equal output.
#
#   benches/peers.sh scan|crop|all [--rounds N] [--keep]
#
#   --rounds N   rounds to measure (default 7)
#   --keep       keep the tree and the photos that were made, and say where they are
#
#   PEERS_DIR    where peers are installed and results are written (default target/peers)
#   JPEGASUS     a jpegasus to measure; without it one is built with cargo
#   MKTREE       mktree.py, which makes the tree of a photo drive; without it a plainer tree is made
#   PHOTOS       photos for crop; without it copies of the real photos among the fixtures
#   SCALE        makes the tree and the copies larger or smaller (default 1: 200,000 files, 200 photos)
#
# Linux only. What it needs and does not find it installs: fd by cargo, Pillow by pip, both into PEERS_DIR;
# ImageMagick, vipsthumbnail and GNU find by apt when it runs as root. What cannot be had is left out, loudly.
#
# Exit code: 0; 2 nothing was measured; 3 a peer was left out because its output differs.
set -euo pipefail

FD_VERSION=10.5.0
PILLOW_VERSION=13.0.0

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(dirname "$here")
cores=$(nproc)

say() { printf '%s\n' "$*" >&2; }
loudly() { say ""; say "!!! $*"; say ""; }
die() { say "peers.sh: $*"; exit 2; }
usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }
is_there() { command -v "$1" >/dev/null 2>&1; }

# ---- arguments ---------------------------------------------------------------------------------------------

benches=()
rounds=7
keep=no
while (($#)); do
    case $1 in
        scan | crop) benches+=("$1") ;;
        all) benches=(scan crop) ;;
        --rounds) rounds=${2:-} && shift ;;
        --rounds=*) rounds=${1#*=} ;;
        --keep) keep=yes ;;
        -h | --help) usage && exit ;;
        *) die "unknown argument '$1' (see --help)" ;;
    esac
    shift || die "--rounds needs a number"
done
((${#benches[@]})) || die "say what to measure: scan, crop or all"
[[ $rounds =~ ^[1-9][0-9]*$ ]] || die "--rounds needs a number of at least 1, not '$rounds'"
scale=${SCALE:-1}
[[ $scale =~ ^[0-9]*\.?[0-9]+$ ]] || die "SCALE needs a number, not '$scale'"
((rounds >= 7)) || loudly "$rounds rounds are enough to try the script, not to publish a figure (7 are)"

[[ $(uname -s) == Linux ]] || die "needs Linux: /proc, /dev/shm, GNU xargs"
is_there python3 || die "needs python3 (3.9 or later)"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' || die "needs python3 3.9 or later"

# ---- places ------------------------------------------------------------------------------------------------

mkdir -p "${PEERS_DIR:=$repo/target/peers}"
cache=$(cd "$PEERS_DIR" && pwd)
inputs=$(mktemp -d "$cache/inputs.XXXXXX")
memory=/dev/shm
[[ -d $memory && -w $memory ]] || memory=$cache
scratch=$(mktemp -d "$memory/jpegasus-peers.XXXXXX")

clean_up() {
    rm -rf "$scratch"
    if [[ $keep == yes ]]; then say "kept: $inputs"; else rm -rf "$inputs"; fi
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- peers -------------------------------------------------------------------------------------------------

tools=()
missing() {
    loudly "no $1: $2; going on without it"
    tools+=(--absent "$1: $2")
}

install_fd() {
    local root=$cache/fd-$FD_VERSION
    if [[ ! -x $root/bin/fd ]]; then
        say "installing fd $FD_VERSION"
        nice cargo install fd-find --version "$FD_VERSION" --locked --root "$root" >&2 || true
    fi
    if [[ -x $root/bin/fd ]]; then tools+=(--fd "$root/bin/fd"); else missing fd "cargo install fd-find failed"; fi
}

install_pillow() {
    local venv=$cache/pillow-$PILLOW_VERSION
    if ! "$venv/bin/python" -c 'import PIL' 2>/dev/null; then
        say "installing Pillow $PILLOW_VERSION"
        { python3 -m venv "$venv" && "$venv/bin/pip" install -q "Pillow==$PILLOW_VERSION"; } >&2 || true
    fi
    if "$venv/bin/python" -c 'import PIL' 2>/dev/null; then
        tools+=(--pillow "$venv/bin/python")
    else
        missing Pillow "venv or pip install failed"
    fi
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

find_peers() {
    tools=()
    case $1 in
        scan)
            install_fd
            if is_there find && [[ $(command find --version 2>&1 || true) != *"GNU findutils"* ]]; then
                missing find "this one is not GNU find; install the package findutils"
            else
                by_apt --find find findutils
            fi
            ;;
        crop)
            is_there xargs || die "needs GNU xargs (package findutils)"
            by_apt --mogrify mogrify imagemagick
            by_apt --vipsthumbnail vipsthumbnail libvips-tools
            install_pillow
            ;;
    esac
}

# ---- jpegasus ----------------------------------------------------------------------------------------------

commit=$(git -C "$repo" rev-parse HEAD 2>/dev/null || echo unknown)
[[ -z $(git -C "$repo" status --porcelain -uno 2>/dev/null || true) ]] || commit+=" with changes"
if [[ -n ${JPEGASUS:-} ]]; then
    jpegasus=$(command -v "$JPEGASUS") || die "JPEGASUS=$JPEGASUS cannot be run"
    jpegasus=$(realpath "$jpegasus")
    commit+=" (of this folder; the binary was given by JPEGASUS)"
else
    is_there cargo || die "needs cargo, or a binary in JPEGASUS"
    say "building jpegasus"
    (cd "$repo" && cargo build --release --locked)
    jpegasus=${CARGO_TARGET_DIR:-$repo/target}/release/jpegasus
fi

# ---- inputs ------------------------------------------------------------------------------------------------

# Both set `input` to the folder to work on and `about` to what it holds.
make_tree() {
    input=$inputs/tree
    if [[ -n ${MKTREE:-} && -r $MKTREE ]]; then
        about="mktree.py photo --scale $scale (empty files)"
        python3 "$MKTREE" photo "$input" --scale "$scale" >/dev/null
    else
        loudly "no MKTREE=${MKTREE:-}: the tree is a plainer one, not comparable with figures on mktree.py's"
        about="plain tree --scale $scale (empty files)"
        python3 -B "$here/inputs.py" tree "$input" "$scale"
    fi
}

make_photos() {
    input=$inputs/photos
    if [[ -n ${PHOTOS:-} ]]; then
        [[ -d $PHOTOS ]] || die "PHOTOS=$PHOTOS is not a folder"
        about="given photos"
        python3 -B "$here/inputs.py" photos "$PHOTOS" "$input"
    else
        [[ -d $repo/fixtures/photos ]] || die "no fixtures/photos; give a folder of photos by PHOTOS"
        about="copies of the real photos of the fixtures"
        python3 -B "$here/inputs.py" fixtures "$repo/fixtures/photos" "$input" \
            "$(python3 -c "print(max(1, int(200 * $scale)))")"
    fi
}

# ---- measuring ---------------------------------------------------------------------------------------------

readonly differs=3 # the exit code of peers.py when a peer's output differs and the others were measured
worst=0
for bench in "${benches[@]}"; do
    find_peers "$bench"
    case $bench in
        scan) make_tree ;;
        crop) make_photos ;;
    esac
    code=0
    say "$bench: $about, $rounds rounds, $cores cores"
    python3 -B "$here/peers.py" "$bench" "$input" --jpegasus "$jpegasus" "${tools[@]}" --rounds "$rounds" \
        --scratch "$scratch" --json "$cache/results-$bench.json" --about "$about" --commit "$commit" || code=$?
    ((code == 0 || code == differs)) || exit "$code"
    ((code == 0)) || worst=$code
    say "samples: $cache/results-$bench.json"
done
((worst == 0)) || exit "$worst"
