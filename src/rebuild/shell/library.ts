// The part of the script that is the same for every host: plain POSIX sh (dash, busybox, bash). Every step first looks whether there is anything to do.

export const LIBRARY = String.raw`set -u
LC_ALL=C.UTF-8
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
unset LANGUAGE CDPATH ENV BASH_ENV
umask 022
apply= removals= keep_sources= kept= steps=0 failures=0
nl='
'
usage() {
  printf '%s\n' 'usage: sh rebuild.sh [--apply] [--keep-sources] [--packages DIR] [--allow-removals]' \
    '  Without --apply it shows what it would do and changes nothing.' \
    '  --keep-sources    take packages from the sources that this system has, not from those of the list' \
    '  --packages DIR    kept packages, for what no repository has any more' \
    '  --allow-removals  packages may go where they stand in the way of listed ones'
}
while [ $# -gt 0 ]; do
  case $1 in
    --apply) apply=yes ;;
    --keep-sources) keep_sources=yes ;;
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

export const APT_LIBRARY = String.raw`# Debian: what is installed as 'name arch version' lines.
installed() { dpkg-query -W -f='${'$'}{db:Status-Status} ${'$'}{Package} ${'$'}{Architecture} ${'$'}{Version}\n' 2>/dev/null | sed -n 's/^installed //p'; }
native=$(dpkg --print-architecture)
debian_architecture() {
  if dpkg --print-foreign-architectures | grep -qx "$1"; then return 0; fi
  try "add the architecture $1" dpkg --add-architecture "$1"
}
# answer SHOWN PACKAGE LINE: of a package that is here the answer was given.
answer() {
  case "$(dpkg-query -W -f='${'$'}{db:Status-Status}' "$2" 2>/dev/null)" in *installed*) return 0 ;; esac
  if ! has debconf-set-selections; then return 0; fi
  try "answer $1" answer_now "$3"
}
answer_now() { printf '%s\n' "$1" | debconf-set-selections; }
divert() {
  if [ "$(dpkg-divert --listpackage "$2" 2>/dev/null)" = LOCAL ] && [ "$(dpkg-divert --truename "$2")" = "$3" ]; then return 0; fi
  try "divert $1" dpkg-divert --quiet --local --rename --divert "$3" --add "$2"
}
# override SHOWN USER GROUP MODE PATH
override() {
  if [ -n "$(dpkg-statoverride --list "$5" 2>/dev/null)" ]; then
    case "$(dpkg-statoverride --list "$5")" in "$2 $3 $4 "*) return 0 ;; esac
    try "override $1" dpkg-statoverride --quiet --force-statoverride-add --update --add "$2" "$3" "$4" "$5"
  elif [ -e "$5" ]; then try "override $1" dpkg-statoverride --quiet --update --add "$2" "$3" "$4" "$5"
  elif [ -n "$apply" ]; then warn "the override of $1 waits: the path is not here"; fi
}
candidates() {
  name=
  apt-cache policy "$@" 2>/dev/null | while read -r a b c; do
    case $a in
      *:) if [ -z "$b" ]; then name=${'$'}{a%:}; elif [ "$a" = Candidate: ]; then say "$name $b"; fi ;;
      '***') say "$name=$b" ;;
      *) case $b in '' | *[!0-9]*) ;; *) [ -n "$c" ] || say "$name=$a" ;; esac ;;
    esac
  done
}
# Lines 'name arch version mark hold file' on stdin: what is not here is installed, marks and holds are set, and what is still wrong is said.
debian_packages() {
  wanted=$(cat)
  here=$nl$(installed)$nl
  set --
  files=
  while read -r name arch version mark hold file; do
    [ -n "$name" ] || continue
    if is_here "$name" "$arch" "$version"; then continue; fi
    if [ "$file" != - ] && [ -n "$kept" ] && [ -f "$kept/$file" ]; then files="$files$nl$kept/$file"; continue; fi
    if [ "$file" = + ]; then continue; fi
    word=$name
    case $arch in - | all | "$native") ;; *) word=$name:$arch ;; esac
    if [ "$exact" = yes ] && [ "$version" != - ]; then set -- "$@" "$word=$version"; else set -- "$@" "$word"; fi
  done <<DRIFT_WANTED
$wanted
DRIFT_WANTED
  if [ $# -gt 0 ] || [ -n "$files" ]; then
    [ $# -eq 0 ] || try 'read the indexes of the repositories' apt-get -q -o DPkg::Lock::Timeout=120 update
    if [ -n "$apply" ]; then pick_available "$@"; else say "would install $# packages:"; [ $# -eq 0 ] || printf '  %s\n' "$@"; steps=$((steps + 1)); fi
  fi
  check_debian
}
pick_available() {
  found=$nl$(candidates $(printf '%s\n' "$@" | sed 's/=.*//'))$nl
  picked=
  for word; do
    case $word in
      *=*) case $found in *"$nl$word$nl"*) picked="$picked $word" ;; esac ;;
      *) case $found in *"$nl$word (none)$nl"*) ;; *"$nl$word "*) picked="$picked $word" ;; esac ;;
    esac
  done
  rest=
  [ -n "$removals" ] || rest=--no-remove
  [ "$exact" != yes ] || rest="$rest --allow-downgrades --allow-change-held-packages"
  [ -n "$picked$files" ] || return 0
  quiet
  IFS_before=$IFS
  # Words of picked are names, versions and options, checked when this script was made; a path of a kept package may hold blanks.
  # shellcheck disable=SC2086
  set -- $rest $picked
  IFS=$nl
  # shellcheck disable=SC2086
  set -- "$@" $files
  IFS=$IFS_before
  DEBIAN_FRONTEND=noninteractive
  export DEBIAN_FRONTEND
  try 'install packages' apt-get -q -y -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0 --no-install-recommends install "$@"
  loud
}
is_here() {
  case $here in *"$nl$1 $2 $3$nl"*) return 0 ;; esac
  line=$(lines_of "$1" "$2" | head -n 1)
  # A newer version may have become independent of the architecture, or the other way round.
  if [ -z "$line" ] && [ "$exact" != yes ]; then
    case $2 in all) line=$(lines_of "$1" "$native") ;; "$native") line=$(lines_of "$1" all) ;; esac
  fi
  [ -n "$line" ] || return 1
  [ "$3" != - ] || return 0
  [ "$exact" != yes ] && dpkg --compare-versions "${'$'}{line##* }" ge "$3"
}
check_debian() {
  [ -z "$apply" ] || here=$nl$(installed)$nl
  automatic=$nl$(apt-mark showauto)$nl
  held=$nl$(apt-mark showhold)$nl
  to_auto= to_manual= to_hold= missing=
  while read -r name arch version mark hold file; do
    [ -n "$name" ] || continue
    word=$name
    case $arch in - | all | "$native") ;; *) word=$name:$arch ;; esac
    if ! is_here "$name" "$arch" "$version"; then
      missing="$missing $word=$version"
      case $here in *"$nl$name "*) ;; *) continue ;; esac
    fi
    case $mark:$automatic in
      auto:*"$nl$word$nl"*) ;;
      auto:*) to_auto="$to_auto $word" ;;
      manual:*"$nl$word$nl"*) to_manual="$to_manual $word" ;;
    esac
    case $hold:$held in hold:*"$nl$word$nl"*) ;; hold:*) to_hold="$to_hold $word" ;; esac
  done <<DRIFT_WANTED
$wanted
DRIFT_WANTED
  # shellcheck disable=SC2086
  [ -z "$to_auto" ] || try 'mark packages as automatic' apt-mark -qq auto $to_auto
  # shellcheck disable=SC2086
  [ -z "$to_manual" ] || try 'mark packages as manual' apt-mark -qq manual $to_manual
  # shellcheck disable=SC2086
  [ -z "$to_hold" ] || try "hold$to_hold" apt-mark -qq hold $to_hold
  if [ -n "$apply" ] && [ -n "$missing" ]; then for word in $missing; do fail "$word is not here, or an older version of it is"; done; fi
}
`;

export const DNF_LIBRARY = String.raw`# RPM: what is installed as 'name arch version' lines.
installed() { rpm -qa --qf '%{NAME} %{ARCH} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\n'; }
stream() {
  if grep -qx "state=enabled" "/etc/dnf/modules.d/$1.module" 2>/dev/null && grep -qx "stream=$2" "/etc/dnf/modules.d/$1.module"; then return 0; fi
  try "enable the module $1:$2" dnf -q -y module enable "$1:$2"
}
no_stream() {
  if grep -qx "state=disabled" "/etc/dnf/modules.d/$1.module" 2>/dev/null; then return 0; fi
  try "disable the module $1" dnf -q -y module disable "$1"
}
# rpm_key FINGERPRINT ID ARMOURED: into the package database.
rpm_key() {
  if rpm -q gpg-pubkey --qf '%{VERSION}\n' 2>/dev/null | grep -qix "$2"; then return 0; fi
  try "trust the key $1" rpm_key_now "$3"
}
rpm_key_now() {
  file=$(mktemp) || return 1
  printf '%s' "$1" >"$file"
  rpmkeys --import "$file"
  code=$?
  rm -f -- "$file"
  return $code
}
is_here() {
  case $here in *"$nl$1 $2 $3$nl"*) return 0 ;; esac
  lines=$(lines_of "$1" "$2")
  [ -n "$lines" ] || return 1
  [ "$3" != - ] || return 0
  [ "$exact" != yes ] && [ "$4" != side ] || return 1
  [ "$(rpm --eval "%{lua: print(rpm.vercmp('${'$'}{lines##* }', '$3'))}" 2>/dev/null)" = 1 ]
}
# Lines 'name arch version mark side file' on stdin; 'side': of several versions beside each other.
rpm_packages() {
  wanted=$(cat)
  here=$nl$(installed)$nl
  set --
  files=
  while read -r name arch version mark side file; do
    [ -n "$name" ] || continue
    if is_here "$name" "$arch" "$version" "$side"; then continue; fi
    if [ "$file" != - ] && [ -n "$kept" ] && [ -f "$kept/$file" ]; then files="$files$nl$kept/$file"; continue; fi
    if [ "$file" = + ]; then continue; fi
    word=$name
    if [ "$version" != - ] && { [ "$exact" = yes ] || [ "$side" = side ]; }; then word=$word-$version; fi
    case $arch in -) ;; *) word=$word.$arch ;; esac
    set -- "$@" "$word"
  done <<DRIFT_WANTED
$wanted
DRIFT_WANTED
  if [ $# -gt 0 ] || [ -n "$files" ]; then
    if [ -z "$apply" ]; then say "would install $# packages:"; [ $# -eq 0 ] || printf '  %s\n' "$@"; steps=$((steps + 1)); else install_rpms "$@"; fi
  fi
  check_rpm
}
install_rpms() {
  quiet
  IFS_before=$IFS
  IFS=$nl
  # shellcheck disable=SC2086
  set -- "$@" $files
  IFS=$IFS_before
  if dnf --version 2>/dev/null | grep -qi dnf5; then set -- --skip-unavailable "$@"; else set -- --setopt=strict=0 "$@"; fi
  [ -z "$removals" ] || set -- --allowerasing "$@"
  try "install packages" dnf -q -y --setopt=install_weak_deps=False --setopt=keepcache=False install "$@"
  loud
}
check_rpm() {
  [ -z "$apply" ] || here=$nl$(installed)$nl
  missing= names=
  while read -r name arch version mark side file; do
    [ -n "$name" ] || continue
    if ! is_here "$name" "$arch" "$version" "$side"; then
      missing="$missing $name-$version.$arch"
      case $here in *"$nl$name "*) ;; *) continue ;; esac
    fi
    case $names in *" $name.$arch$nl"*) ;; *) names="$names$mark $name.$arch$nl" ;; esac
  done <<DRIFT_WANTED
$wanted
DRIFT_WANTED
  set_marks
  if [ -n "$apply" ] && [ -n "$missing" ]; then for word in $missing; do fail "$word is not here, or an older version of it is"; done; fi
}
# Asking dnf writes into its cache, so that marks are looked at with --apply only.
set_marks() {
  if [ -z "$apply" ] || ! has dnf; then return 0; fi
  chosen=$nl$(dnf -q -C repoquery --userinstalled --qf '%{name}.%{arch}
' 2>/dev/null)$nl
  to_user= to_dependency=
  while read -r mark word; do
    [ -n "$mark" ] || continue
    case $mark:$chosen in
      manual:*"$nl$word$nl"*) ;;
      manual:*) to_user="$to_user $word" ;;
      auto:*"$nl$word$nl"*) to_dependency="$to_dependency $word" ;;
    esac
  done <<DRIFT_MARKS
$names
DRIFT_MARKS
  if dnf --version 2>/dev/null | grep -qi dnf5; then user=user dependency=dependency; else user=install dependency=remove; fi
  # shellcheck disable=SC2086
  [ -z "$to_user" ] || try 'mark packages as chosen' dnf -q -y mark $user $to_user
  # shellcheck disable=SC2086
  [ -z "$to_dependency" ] || try 'mark packages as dependencies' dnf -q -y mark $dependency $to_dependency
}
`;
