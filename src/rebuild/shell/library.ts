// The part of the script that is the same for every host: plain POSIX sh (dash, busybox, bash). Every step first looks whether there is anything to do.

export const LIBRARY = String.raw`set -u
LC_ALL=C.UTF-8
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
unset LANGUAGE CDPATH ENV BASH_ENV
umask 022
apply= removals= keep_sources= channels= kept= steps=0 failures=0
nl='
'
usage() {
  printf '%s\n' 'usage: sh rebuild.sh [--apply] [--keep-sources] [--packages DIR] [--channels] [--allow-removals]' \
    '  Without --apply it shows what it would do and changes nothing.' \
    '  --keep-sources    take packages from the sources that this system has, not from those of the list' \
    '  --packages DIR    kept packages, for what no repository has any more' \
    '  --channels        also what pip, npm and gem bring: it is signed by nobody, and its installation runs its code' \
    '  --allow-removals  packages may go where they stand in the way of listed ones'
}
while [ $# -gt 0 ]; do
  case $1 in
    --apply) apply=yes ;;
    --keep-sources) keep_sources=yes ;;
    --channels) channels=yes ;;
    --allow-removals) removals=yes ;;
    --packages) [ $# -gt 1 ] || { usage >&2; exit 1; }; kept=$2; shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 1 ;;
  esac
  shift
done
case $kept in
  '' | /*) ;;
  *) kept=$PWD/$kept ;;
esac
if [ -n "$apply" ] && [ "$(id -u)" != 0 ]; then
  printf '%s\n' 'only root can do this' >&2
  exit 1
fi
say() { printf '%s\n' "$1"; }
warn() { printf '%s\n' "warning: $1" >&2; }
fail() { failures=$((failures + 1)); printf '%s\n' "FAILED: $1" >&2; }
# try WORDS COMMAND...: says it, and with --apply does it.
try() {
  label=$1
  shift
  steps=$((steps + 1))
  if [ -z "$apply" ]; then say "would $label"; return 0; fi
  say "$label"
  "$@" </dev/null || { fail "$label"; return 1; }
}
has() { command -v "$1" >/dev/null 2>&1; }
write_text() { mkdir -p -- "$(dirname -- "$1")" && printf '%s' "$3" >"$1.drift-new" && chmod "$2" "$1.drift-new" && mv -f -- "$1.drift-new" "$1"; }
write_base64() { mkdir -p -- "$(dirname -- "$1")" && printf '%s' "$3" | base64 -d >"$1.drift-new" && chmod "$2" "$1.drift-new" && mv -f -- "$1.drift-new" "$1"; }
# text SHOWN PATH MODE CONTENT
text() {
  if [ -f "$2" ] && [ "$(cat -- "$2"; printf x)" = "$4"x ]; then return 0; fi
  try "write $1" write_text "$2" "$3" "$4"
}
# bytes SHOWN PATH MODE BASE64
bytes() {
  if [ -f "$2" ] && [ "$(base64 <"$2" | tr -d '\n')" = "$4" ]; then return 0; fi
  try "write $1" write_base64 "$2" "$3" "$4"
}
# Where nothing has started the system, no service is started by the installation of its package either.
policy=
quiet() {
  if [ -z "$apply" ] || [ -d /run/systemd/system ] || [ -e /usr/sbin/policy-rc.d ]; then return 0; fi
  policy=/usr/sbin/policy-rc.d
  printf '%s\n' '#!/bin/sh' 'exit 101' >"$policy" && chmod 755 "$policy"
}
loud() { [ -z "$policy" ] || { rm -f -- "$policy"; policy=; }; }
trap loud EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# group NAME ID, user NAME ID GROUP HOME SHELL COMMENT, member GROUP USER
group() {
  if grep -q "^$1:" /etc/group; then return 0; fi
  try "make the group $1 ($2)" groupadd -g "$2" "$1"
}
user() {
  if grep -q "^$1:" /etc/passwd; then return 0; fi
  try "make the user $1 ($2), locked" useradd -M -N -u "$2" -g "$3" -d "$4" -s "$5" -c "$6" "$1"
}
member() {
  if ! grep -q "^$1:" /etc/group; then [ -z "$apply" ] || warn "there is no group $1 to put $2 into"; return 0; fi
  case ,$(sed -n "s/^$1:[^:]*:[^:]*://p" /etc/group), in *,"$2",*) return 0 ;; esac
  try "put $2 into the group $1" usermod -a -G "$1" "$2"
}
# alternative PROGRAM NAME TARGET
alternative() {
  if [ "$(readlink "/etc/alternatives/$2")" = "$3" ]; then
    for record in "/var/lib/dpkg/alternatives/$2" "/var/lib/alternatives/$2" "/var/lib/rpm/alternatives/$2"; do
      if [ -f "$record" ] && [ "$(head -n 1 "$record")" = manual ]; then return 0; fi
    done
  fi
  if [ -n "$apply" ] && [ ! -e "$3" ]; then warn "the alternative $2 cannot be set: what it leads to is not here"; return 0; fi
  try "set the alternative $2" "$1" --set "$2" "$3"
}
# unit NAME STATE
unit() {
  if ! has systemctl; then warn "$1 is not $2: there is no systemctl here"; return 0; fi
  state=$(systemctl --root=/ is-enabled "$1" 2>/dev/null)
  case $2:$state in
    enabled:enabled | enabled:enabled-runtime | enabled:alias | disabled:disabled | disabled:masked | masked:masked) return 0 ;;
    enabled: | enabled:not-found | disabled: | disabled:not-found) [ -z "$apply" ] || warn "$1 is not here to be $2: its file comes from the backup"; return 0 ;;
  esac
  case $2 in
    enabled) try "enable $1" systemctl --root=/ enable "$1" ;;
    disabled) try "disable $1" systemctl --root=/ disable "$1" ;;
    masked) try "mask $1" systemctl --root=/ mask "$1" ;;
  esac
}
# lines_of NAME ARCH: of what is installed; a dot in a name is a dot.
lines_of() {
  pattern=$(printf '%s' "$1" | sed 's/[.]/[.]/g')
  case $2 in -) printf '%s' "$here" | grep "^$pattern " ;; *) printf '%s' "$here" | grep "^$pattern $2 " ;; esac
}
finish() {
  loud
  if [ "$failures" -gt 0 ]; then say "$failures of $steps steps failed"; exit 1; fi
  if [ "$steps" -eq 0 ]; then say 'nothing to do: this system is as the list says'
  elif [ -z "$apply" ]; then say "$steps steps; nothing was changed: --apply does them"
  else say "$steps steps done"; fi
  exit 0
}
`;
