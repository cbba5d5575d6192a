# The toolchain for WebAssembly: clang and lld for wasm32-wasi, with Debian's wasi-libc and libc++.
# Run what it builds with `node tools/wasm/run.mjs FILE.wasm ARGUMENTS`.

set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(LAB_WASM ON)

find_program(LAB_WASM_CXX NAMES clang++-19 clang++-20 clang++-21 clang++-18 REQUIRED)
find_program(LAB_WASM_AR NAMES llvm-ar-19 llvm-ar-20 llvm-ar-21 llvm-ar-18 REQUIRED)
find_program(LAB_WASM_RANLIB NAMES llvm-ranlib-19 llvm-ranlib-20 llvm-ranlib-21 llvm-ranlib-18 REQUIRED)
set(CMAKE_CXX_COMPILER ${LAB_WASM_CXX})
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasi)
set(CMAKE_AR ${LAB_WASM_AR})
set(CMAKE_RANLIB ${LAB_WASM_RANLIB})

# Without exceptions and threads: no core needs them, and WASI has neither.
set(CMAKE_CXX_FLAGS_INIT "-fno-exceptions -stdlib=libc++")
# A megabyte of stack below the data, so that an overflow traps instead of overwriting what is there.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,--stack-first -Wl,-z,stack-size=1048576")

# The compiler's own check would link a program, which cannot be run here.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_EXECUTABLE_SUFFIX_CXX .wasm)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
