# Shared by the scripts of this folder: telling progress, and finding out what a program needs to run.

deploy_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$deploy_dir")

# say TEXT: one line of progress.
say() { printf '%s\n' "$*"; }

# fail TEXT: the reason on stderr, exit 1.
fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# usage: prints the comment at the top of the script, which is its manual.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }

# wrong_usage TEXT: for a command line that cannot be understood; exit 2.
wrong_usage() { printf '%s: %s\nTry %s --help\n' "${0##*/}" "$1" "$0" >&2; exit 2; }

# value_of OPTION [VALUE]: the value, which must be there.
value_of() { [[ -n ${2:-} ]] || wrong_usage "$1 needs a value"; echo "$2"; }

# need PROGRAM...: all missing ones are named at once.
need() {
  local program missing=()
  for program; do command -v "$program" > /dev/null || missing+=("$program"); done
  ((${#missing[@]} == 0)) || fail "not found in PATH: ${missing[*]}"
}

# default_bin: the folder with the programs, if none is named.
default_bin() { echo "$top/build/release/bin"; }

# need_program DIR NAME: DIR must hold the built program NAME.
need_program() { [[ -x $1/$2 ]] || fail "there is no $2 in $1: build it first, or name the folder with --bin"; }

# libraries PROGRAM: the paths of the dynamic loader and of every shared library that PROGRAM loads, one a line; nothing
# for a static program.
libraries() {
  local list
  list=$(ldd "$1" 2>&1) || { [[ $list == *'not a dynamic executable'* ]] && return; fail "ldd $1: $list"; }
  [[ $list == *'statically linked'* ]] && return
  [[ $list != *'not found'* ]] || fail "$1 lacks libraries on this machine:"$'\n'"$(grep 'not found' <<< "$list")"
  grep -o '/[^ ]*' <<< "$list"
}

# install_stripped PROGRAM TARGET: a copy without debug information, if strip is at hand.
install_stripped() {
  mkdir -p "$(dirname "$2")"
  cp -L "$1" "$2"
  chmod 755 "$2"
  strip "$2" 2> /dev/null || true
}

# megabytes FILE: its size, with one decimal.
megabytes() { awk -v n="$(stat -Lc %s "$1")" 'BEGIN { printf "%.1f", n / 1e6 }'; }
