// Wrong on purpose: widens a plain char, which is signed on x86-64 and in WebAssembly, unsigned on
// ARM.
#include "core/digest.hpp"
#include "core/prng.hpp"
#include "hashes.hpp"

static std::uint64_t hash(std::uint64_t seed) {
  const char byte = static_cast<char>(core::Prng(seed).next());
  return core::Digest().add(static_cast<std::uint64_t>(byte)).value();
}

int main(int argc, char** argv) { return samples::main(argc, argv, hash); }
