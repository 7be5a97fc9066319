// The part of the script that every Debian host has (apt-get(8), dpkg(1), debconf-set-selections(1)); the functions of library.ts stand before it.

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
