# The toolchain for 64-bit ARM, where plain char is unsigned: cross-built, linked statically and run
# under qemu-aarch64, so that the same source is seen by another processor.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)

find_program(LAB_ARM64_CXX
  NAMES aarch64-linux-gnu-g++-12 aarch64-linux-gnu-g++-13 aarch64-linux-gnu-g++-14 aarch64-linux-gnu-g++
  REQUIRED)
set(CMAKE_CXX_COMPILER ${LAB_ARM64_CXX})
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)

find_program(LAB_QEMU_ARM64 NAMES qemu-aarch64 qemu-aarch64-static)
if(LAB_QEMU_ARM64)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${LAB_QEMU_ARM64})
endif()

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
