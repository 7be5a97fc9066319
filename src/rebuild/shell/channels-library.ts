// The part of the script that installs software of other channels, each by its own program (pip(1), npm(1), gem(1)): only with --channels.

export const CHANNELS_LIBRARY = String.raw`# Software of other channels: nobody whom this system trusts has signed it, and its installation runs its code.
# Of lines on stdin those that 'here' does not have.
missing_here() { while read -r line; do case $here in *"$nl$line$nl"*) ;; *) printf '%s\n' "$line" ;; esac; done; }
# pip_packages SHOWN PYTHON ENVIRONMENT, 'name==version' lines on stdin. Names are the same whatever case and separators they are written with.
pip_packages() {
  wanted=$(cat)
  [ -n "$channels" ] || return 0
  python=$2
  if [ -n "$3" ]; then
    if [ ! -x "$python" ]; then try "make the Python environment $1" python3 -m venv "$3" || return 0; fi
  elif ! has "$python"; then python=python3; fi
  here=$nl$("$python" -m pip --disable-pip-version-check list --format=freeze 2>/dev/null | tr 'A-Z' 'a-z' | sed -e ':a' -e 's/^\([^=]*\)[_.]/\1-/' -e 'ta' -e ':b' -e 's/^\([^=]*\)--/\1-/' -e 'tb')$nl
  todo=$(printf '%s\n' "$wanted" | missing_here | tr '\n' ' ')
  # shellcheck disable=SC2086
  [ -z "$todo" ] || try "install by pip into $1: $todo" pip_now $todo
}
pip_now() { PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore "$python" -m pip --disable-pip-version-check install --quiet --no-input --no-deps "$@"; }
# npm_packages SHOWN PREFIX, 'name@version' lines on stdin.
npm_packages() {
  wanted=$(cat)
  [ -n "$channels" ] || return 0
  here=$nl$(npm ls --global --prefix "$2" --depth 0 --parseable --long 2>/dev/null | sed -n 's/^[^:]*:\([^:]*@[^:@]*\).*/\1/p')$nl
  todo=$(printf '%s\n' "$wanted" | missing_here | tr '\n' ' ')
  # shellcheck disable=SC2086
  [ -z "$todo" ] || try "install by npm into $1: $todo" npm install --global --prefix "$2" --loglevel error --no-audit --no-fund $todo
}
# gem_packages SHOWN HOME, 'name version' lines on stdin.
gem_packages() {
  wanted=$(cat)
  [ -n "$channels" ] || return 0
  while read -r name version; do
    for record in "$2/specifications/$name-$version.gemspec" "$2/specifications/$name-$version"-*.gemspec; do if [ -f "$record" ]; then continue 2; fi; done
    try "install by gem into $1: $name $version" gem_now "$2" "$name" "$version"
  done <<DRIFT_WANTED
$wanted
DRIFT_WANTED
}
gem_now() {
  if [ "$(gem env gemdir)" = "$1" ]; then gem install --quiet --ignore-dependencies --no-document --version "$3" "$2"
  else gem install --quiet --ignore-dependencies --no-document --version "$3" --install-dir "$1" "$2"; fi
}
`;
