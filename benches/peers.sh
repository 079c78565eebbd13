#!/usr/bin/env bash
# Times jpegasus against its peers on the same files, in interleaved rounds, after checking equal output.
#
#   benches/peers.sh BENCH... [--rounds N] [--keep]
#
#   BENCH        scan; crop: small photos, each tool as it is used; jpeg: the rows of the JPEG table, or single
#                ones: thumb256 thumb1024 cover512 lossless embedded progressive256 progressive100 memory;
#                quality: how good thumbnails look; planes: samples beside libjpeg-turbo's; all
#   --rounds N   rounds to measure (default 9)
#   --keep       keep the tree and the photos that were made, and say where they are
#
#   PEERS_DIR    where peers are installed and results are written (default target/peers)
#   JPEGASUS     a jpegasus to measure; without it one is built with cargo
#   MKTREE       mktree.py, which makes the tree of a photo drive; without it a plainer tree is made
#   PHOTOS       photos for crop; without it copies of the real photos among the fixtures
#   CORPUS       folder with manifest.csv and photos for the JPEG rows, quality and planes (default ../shared/corpus)
#   YARDSTICK    a yardstick to measure against; without it benches/yardstick is built, which takes cmake and nasm
#   SCALE        makes the tree and the copies larger or smaller (default 1: 200,000 files, 200 photos)
#
# Linux only. What it needs and does not find it installs: fd by cargo, Pillow and numpy by pip, into PEERS_DIR;
# ImageMagick, vipsthumbnail, jpegtran, cmake, nasm and GNU find by apt when it runs as root. What cannot be had is
# left out, loudly.
#
# Exit code: 0; 1 planes differ; 2 nothing was measured; 3 a peer was left out because its output differs.
set -euo pipefail

FD_VERSION=10.5.0
PILLOW_VERSION=13.0.0
NUMPY_VERSION=2.4.6
ROWS=(thumb256 thumb1024 cover512 lossless embedded progressive256 progressive100 memory)

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
rounds=9
keep=no
while (($#)); do
    case $1 in
        scan | crop | quality | planes) benches+=("$1") ;;
        jpeg) benches+=("${ROWS[@]}") ;;
        all) benches=(scan crop "${ROWS[@]}" quality planes) ;;
        --rounds) rounds=${2:-} && shift ;;
        --rounds=*) rounds=${1#*=} ;;
        --keep) keep=yes ;;
        -h | --help) usage && exit ;;
        *)
            [[ " ${ROWS[*]} " == *" $1 "* ]] || die "unknown argument '$1' (see --help)"
            benches+=("$1")
            ;;
    esac
    shift || die "--rounds needs a number"
done
((${#benches[@]})) || die "say what to measure (see --help)"
[[ $rounds =~ ^[1-9][0-9]*$ ]] || die "--rounds needs a number of at least 1, not '$rounds'"
scale=${SCALE:-1}
[[ $scale =~ ^[0-9]*\.?[0-9]+$ ]] || die "SCALE needs a number, not '$scale'"
((rounds >= 9)) || loudly "$rounds rounds are enough to try the script, not to publish a figure (9 are)"

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
    if ! "$venv/bin/python" -c 'import PIL, numpy' 2>/dev/null; then
        say "installing Pillow $PILLOW_VERSION and numpy $NUMPY_VERSION"
        { python3 -m venv "$venv" \
            && "$venv/bin/pip" install -q "Pillow==$PILLOW_VERSION" "numpy==$NUMPY_VERSION"; } >&2 || true
    fi
    if "$venv/bin/python" -c 'import PIL' 2>/dev/null; then
        python=$venv/bin/python
        tools+=(--pillow "$python")
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

# Builds the yardstick, which takes C, cmake and nasm; once, also where several benches ask for it.
install_yardstick() {
    if [[ -z ${yardstick:-} ]]; then
        yardstick=${YARDSTICK:-$cache/yardstick/release/yardstick}
        for program in cc cmake nasm; do
            [[ -n ${YARDSTICK:-} ]] || is_there "$program" || ! is_there apt-get || ((EUID != 0)) \
                || { apt-get update -q && apt-get install -q -y --no-install-recommends "${program/#cc/gcc}"; } >&2 || true
        done
        [[ -n ${YARDSTICK:-} ]] || CARGO_TARGET_DIR=$cache/yardstick nice cargo build --release --locked \
            --manifest-path "$here/yardstick/Cargo.toml" >&2 || true
    fi
    if [[ -x $yardstick ]]; then
        tools+=(--yardstick "$yardstick")
    else
        missing yardstick "it did not build; it takes a C compiler, cmake and nasm"
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
        planes) install_yardstick ;;
        *)
            is_there xargs || die "needs GNU xargs (package findutils)"
            by_apt --vipsthumbnail vipsthumbnail libvips-tools
            by_apt --jpegtran jpegtran libjpeg-turbo-progs
            by_apt --djpeg djpeg libjpeg-turbo-progs
            install_yardstick
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

# The timing set of the JPEG rows, once for all of them.
make_set() {
    input=$inputs/set
    about="timing set of $(basename "$here")/photos.py"
    [[ ! -d $input ]] || return 0
    install_pillow
    mkdir -p "$input" "$cache/photos"
    "${python:-python3}" -B "$here/photos.py" "$input" "$cache/photos" ${corpus:+"$corpus"}
    cp "$input/manifest.sha256" "$cache/manifest.sha256"
    say "what the timing set is of: $cache/manifest.sha256"
}

# ---- measuring ---------------------------------------------------------------------------------------------

corpus=${CORPUS:-$repo/../shared/corpus}
if [[ -r $corpus/manifest.csv ]]; then corpus=$(cd "$corpus" && pwd); else corpus=; fi

measure() {
    say "$1: $about, $rounds rounds, $cores cores"
    python3 -B "$here/peers.py" "$1" "$input" --jpegasus "$jpegasus" "${tools[@]}" --rounds "$rounds" \
        --scratch "$scratch" --json "$cache/results-$1.json" --about "$about" --commit "$commit" || return
    say "samples: $cache/results-$1.json"
}

readonly differs=3 lacks=4 # the exit codes of peers.py that do not end all
worst=0
for bench in "${benches[@]}"; do
    find_peers "$bench"
    code=0
    case $bench in
        scan) make_tree && measure scan || code=$? ;;
        crop) make_photos && measure crop || code=$? ;;
        quality)
            [[ -n $corpus ]] || die "quality needs a CORPUS"
            python3 -B "$here/quality.py" "$corpus" --jpegasus "$jpegasus" "${tools[@]}" --scratch "$scratch" \
                --json "$cache/results-quality" --commit "$commit" || code=$?
            ;;
        planes)
            [[ -n $corpus && -x $yardstick ]] || die "planes needs a CORPUS and the yardstick"
            "$yardstick" check-planes "$corpus" --manifest "$corpus/manifest.csv" || code=$?
            ;;
        *) make_set && measure "$bench" || code=$? ;;
    esac
    ((code != 2)) || exit 2
    ((code == 0 || code == lacks || worst == differs)) || worst=$code
done
exit "$worst"
