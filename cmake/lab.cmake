# The two ways to build something here, and the rule of who may use what.

set(LAB_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
# A hunt turns it off: a diff may leave a parameter unused.
option(CMAKE_COMPILE_WARNING_AS_ERROR "Stop at warnings" ON)
# Optimizing, g++ 12 takes the alternatives that a std::variant does not hold for uninitialized members.
# The sanitizer builds and clang look for the real ones.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND LAB_WARNINGS -Wno-maybe-uninitialized)
endif()
# std::stable_sort of g++ 12's library calls what it deprecates itself, which clang reports at our call.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  list(APPEND LAB_WARNINGS -Wno-deprecated-declarations)
endif()
# Sizes have 64 bits in what is stored and sent, and 32 in this memory, which is never larger.
if(LAB_WASM)
  list(APPEND LAB_WARNINGS -Wno-shorten-64-to-32)
endif()

# What each part of lib/ may link. A core may link core, wire, check; never disk, sim or net.
set(LAB_MAY_USE_core "")
set(LAB_MAY_USE_wire core)
set(LAB_MAY_USE_wire_json core wire)
set(LAB_MAY_USE_check core)
set(LAB_MAY_USE_disk core wire)
set(LAB_MAY_USE_sim core wire check disk)
set(LAB_MAY_USE_net core wire wire_json disk)
set(LAB_MAY_USE_child core)

function(lab_check_uses name allowed)
  foreach(used IN LISTS ARGN)
    if(NOT used IN_LIST allowed)
      message(FATAL_ERROR "${name} may not use ${used}: it may use only: ${allowed}. See ARCHITECTURE.md.")
    endif()
  endforeach()
endfunction()

# lab_library(NAME SOURCES a.cpp ... [USES core wire ...] [LINKS Boost::json ...])
# A part of lib/. USES is checked against the rule above; LINKS names libraries from outside.
# ANCHOR: library
function(lab_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES;LINKS" ${ARGN})
  lab_check_uses(${name} "${LAB_MAY_USE_${name}}" ${arg_USES})
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/lib)
  target_compile_options(${name} PRIVATE ${LAB_WARNINGS})
  target_link_libraries(${name} PUBLIC ${arg_USES} ${arg_LINKS})
endfunction()
# ANCHOR_END: library

# lab_core(NAME SOURCES ... [USES core wire check])
# A system's core: it may reach no disk, no socket, no clock. tools/tidy also checks its symbols.
function(lab_core name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES" ${ARGN})
  lab_check_uses(${name} "core;wire;check" ${arg_USES})
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/lib ${CMAKE_CURRENT_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${LAB_WARNINGS})
  target_link_libraries(${name} PUBLIC ${arg_USES})
  set_property(GLOBAL APPEND PROPERTY LAB_CORES ${name})
endfunction()

# lab_write_list_of_cores(): writes BUILD/cores.txt, one archive a line, for tools/tidy: every core, and the
# parts of lib/ that a core may link. None of them may ask the operating system for anything.
function(lab_write_list_of_cores)
  get_property(cores GLOBAL PROPERTY LAB_CORES)
  foreach(part IN ITEMS core wire check ${cores})
    if(TARGET ${part})
      get_target_property(type ${part} TYPE)
      if(type STREQUAL STATIC_LIBRARY)
        string(APPEND archives "$<TARGET_FILE:${part}>\n")
      endif()
    endif()
  endforeach()
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/cores.txt CONTENT "${archives}")
endfunction()

# lab_program(NAME SOURCES ... LINKS ...)
function(lab_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  if(LAB_WASM)
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/wasm_runtime.cpp)
  endif()
  target_compile_options(${name} PRIVATE ${LAB_WARNINGS})
  target_link_libraries(${name} PRIVATE ${arg_LINKS})
endfunction()

# lab_embed(TARGET FILE HEADER FUNCTION): the target gets FUNCTION, which HEADER declares and which gives the
# text of FILE, so that the program needs no file at run time.
function(lab_embed target file header function)
  file(READ ${file} text)
  string(FIND "${text}" ")lab\"" end)
  if(NOT end EQUAL -1)
    message(FATAL_ERROR "${file} holds )lab\", which ends the literal that it becomes")
  endif()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${file}.cpp)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT [[
#include "@header@"

std::string_view @function@() { return R"lab(@text@)lab"; }
]])
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  target_sources(${target} PRIVATE ${source})
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
endfunction()

# lab_test(NAME SOURCES ... LINKS ...): a GoogleTest program that ctest runs test by test. Without all of the
# tests' libraries (a machine where only ./lab up has been) there are no tests; ./lab test installs them and
# configures again.
function(lab_test name)
  if(LAB_SIM_ONLY OR LAB_PROGRAMS_ONLY OR NOT GTest_FOUND OR NOT rapidcheck_FOUND)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  lab_program(${name} SOURCES ${arg_SOURCES} LINKS ${arg_LINKS} GTest::gtest_main)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 120)
endfunction()

if(NOT LAB_SIM_ONLY AND NOT LAB_PROGRAMS_ONLY)
  enable_testing()
  include(GoogleTest)
  find_package(GTest)
  find_package(rapidcheck QUIET)
  if(NOT GTest_FOUND OR NOT rapidcheck_FOUND)
    message(STATUS "No tests: GoogleTest or RapidCheck is missing. On Debian: apt install libgtest-dev libgmock-dev "
      "librapidcheck-dev")
  endif()
endif()
