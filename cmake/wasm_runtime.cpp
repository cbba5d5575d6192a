// What clang's runtime library for wasm32 asks of the program that it is linked into: the two
// halves of the stack protector, which wasi-libc leaves out.
#include <cstdint>
#include <cstdlib>

extern "C" {
std::uintptr_t __stack_chk_guard = 0x595e9fbd;
[[noreturn]] void __stack_chk_fail() { std::abort(); }
}
