#!/usr/bin/env bash
# Times jpegasus against its peers on the same files, in interleaved rounds, after checking equal output.
#
#   benches/peers.sh BENCH... [--rounds N] [--keep]
#
#   BENCH        scan: the rows of scan, or single ones: scan-limit scan-peers (both: scan-warm) scan-cold scan-hdd
#                scan-size scan-small; crop: small photos, each tool as it is used; jpeg: the rows of the JPEG table,
#                or single ones: thumb256 thumb1024 cover512 lossless embedded progressive256 progressive100 memory;
#                quality: how good thumbnails look; planes: samples beside libjpeg-turbo's; all
#   --rounds N   rounds to measure (default 200 for scan-limit and scan-small, 21 scan-peers, 15 scan-cold,
#                5 scan-hdd, 3 scan-size, 9 all others)
#   --keep       keep the photos that were made, and say where they are
#
#   PEERS_DIR    where peers are installed and results are written (default target/peers)
#   JPEGASUS     a jpegasus to measure; without it one is built with cargo
#   MKTREE       mktree.py, which makes the four trees of scan; without it one plainer tree is made
#   LIMIT        limit.c compiled, bare system calls for scan-limit; without it that row is left out
#   DRIVESIM     drivesim, which emulates a hard disk for scan-hdd; without it that row is left out
#   PHOTOS       photos for crop; without it copies of the real photos among the fixtures
#   CORPUS       folder with manifest.csv and photos for the JPEG rows, quality and planes (default ../shared/corpus)
#   YARDSTICK    a yardstick to measure against; without it benches/yardstick is built, which takes cmake and nasm
#   SCALE        makes the trees and the copies larger or smaller (default 1: 120,000 to 1,000,000 files, 200 photos)
#
# Linux only. What it needs and does not find it installs: fdf, fd and ripgrep by cargo, Pillow and numpy by pip, into
# PEERS_DIR; ImageMagick, vipsthumbnail, jpegtran, cmake, nasm, bfs and GNU find by apt when it runs as root. What
# cannot be had is left out, loudly. scan-cold and scan-hdd take root.
#
# Exit code: 0; 1 planes differ; 2 nothing was measured; 3 a peer was left out because its output differs.
set -euo pipefail

FDF_VERSION=0.9.8
FD_VERSION=10.5.0
RG_VERSION=15.2.0
PILLOW_VERSION=13.0.0
NUMPY_VERSION=2.4.6
SCANS=(scan-limit scan-peers scan-cold scan-hdd scan-size scan-small)
ROWS=(thumb256 thumb1024 cover512 lossless embedded progressive256 progressive100 memory)

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(dirname "$here")
cores=$(nproc)

source "$here/tools.sh"

# ---- arguments ---------------------------------------------------------------------------------------------

benches=()
rounds=
keep=no
while (($#)); do
    case $1 in
        crop | quality | planes) benches+=("$1") ;;
        scan) benches+=("${SCANS[@]}") ;;
        scan-warm) benches+=(scan-limit scan-peers) ;;
        jpeg) benches+=("${ROWS[@]}") ;;
        all) benches=("${SCANS[@]}" crop "${ROWS[@]}" quality planes) ;;
        --rounds) rounds=${2:-} && shift ;;
        --rounds=*) rounds=${1#*=} ;;
        --keep) keep=yes ;;
        -h | --help) usage && exit ;;
        *)
            [[ " ${SCANS[*]} ${ROWS[*]} " == *" $1 "* ]] || die "unknown argument '$1' (see --help)"
            benches+=("$1")
            ;;
    esac
    shift || die "--rounds needs a number"
done
((${#benches[@]})) || die "say what to measure (see --help)"
[[ -z $rounds || $rounds =~ ^[1-9][0-9]*$ ]] || die "--rounds needs a number of at least 1, not '$rounds'"
scale=${SCALE:-1}
[[ $scale =~ ^[0-9]*\.?[0-9]+$ ]] || die "SCALE needs a number, not '$scale'"

# The rounds that a figure to publish takes.
rounds_of() {
    case $1 in
        scan-limit | scan-small) echo 200 ;;
        scan-peers) echo 21 ;;
        scan-cold) echo 15 ;;
        scan-hdd) echo 5 ;;
        scan-size) echo 3 ;;
        *) echo 9 ;;
    esac
}

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
    remove_drive
    rm -rf "$scratch"
    if [[ $keep == yes ]]; then say "kept: $inputs"; else rm -rf "$inputs"; fi
}
source "$here/scans.sh"
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- peers -------------------------------------------------------------------------------------------------

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
        scan-size) ;;
        scan-limit)
            if [[ -x ${LIMIT:-} ]]; then
                tools+=(--limit "$(realpath "$LIMIT")")
            fi
            ;;
        scan-*) find_finders "$1" ;;
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

find_jpegasus

# ---- inputs ------------------------------------------------------------------------------------------------

# As those of scans.sh, these set `input` to the folder to work on and `about` to what it holds.
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

# measure BENCH [OF]: OF tells several inputs of one bench apart.
measure() {
    local name=$1${2:+-$2} usual number
    usual=$(rounds_of "$1")
    number=${rounds:-$usual}
    ((number >= usual)) || loudly "$number rounds are enough to try $1, not to publish a figure ($usual are)"
    say "$name: $about, $number rounds, $cores cores"
    python3 -B "$here/peers.py" "$1" "$input" --jpegasus "$jpegasus" "${tools[@]}" --rounds "$number" \
        --scratch "$scratch" --json "$cache/results-$name.json" --about "$about" --commit "$commit" || return
    say "samples: $cache/results-$name.json"
}

readonly differs=3 lacks=4 # the exit codes of peers.py that do not end all
worst=0

# Keeps the worst exit code; ends all where nothing was measured.
judge() {
    (($1 != 2)) || exit 2
    (($1 == 0 || $1 == lacks || worst == differs)) || worst=$1
}

for bench in "${benches[@]}"; do
    find_peers "$bench"
    code=0
    case $bench in
        scan-limit) scan_limit ;;
        scan-peers) scan_trees scan-peers photo flat deep skewed ;;
        scan-cold) scan_cold ;;
        scan-hdd) scan_hdd ;;
        scan-size) make_sizes && measure scan-size || code=$? ;;
        scan-small) make_small && measure scan-small || code=$? ;;
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
    judge "$code"
done
exit "$worst"
