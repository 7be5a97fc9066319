// The part of the script that every RPM host has (dnf(8), rpm(8)); the functions of library.ts stand before it.

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
