// Wrong on purpose: keeps state in a size_t, which has 32 bits in WebAssembly.
#include <cstddef>

#include "core/digest.hpp"
#include "core/prng.hpp"
#include "hashes.hpp"

static std::uint64_t hash(std::uint64_t seed) {
  const auto state = static_cast<std::size_t>(core::Prng(seed).next());
  return core::Digest().add(std::uint64_t{state}).value();
}

int main(int argc, char** argv) { return samples::main(argc, argv, hash); }
