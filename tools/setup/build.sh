# Building: the lab program itself and what the asked command runs. CMake and Ninja do the work;
# here is only when to call them and what to say when they fail.
# shellcheck shell=bash

# Editors look for it there. Whoever has put one there keeps it.
link_for_editors() {
  local link=$LAB_ROOT/compile_commands.json
  [ -e "$link" ] || [ -L "$link" ] || ln -s build/release/compile_commands.json "$link"
}

configure() {
  link_for_editors
  [ -f "$LAB_BUILD/build.ninja" ] && return 0
  step "Configuring the build" cmake --preset release -S "$LAB_ROOT" ||
    fail "CMake could not set up the build." \
      "It names what it lacks above. ./lab doctor checks the packages." \
      "To start over: rm -rf build/release"
}

nothing_to_build() { # nothing_to_build TARGET...
  [ -f "$LAB_BUILD/build.ninja" ] &&
    ninja -C "$LAB_BUILD" -n "$@" 2>/dev/null | grep -q 'no work to do'
}

build() { # build TARGET...
  configure
  nothing_to_build "$@" && return 0
  step "Building $*" cmake --build "$LAB_BUILD" --target "$@" ||
    fail "the build failed." "The compiler's words are above, all of them in .lab/log/setup.log."
}
