// Writes as the store sees them: the contract's own types with records that are bytes.
#pragma once

#include "core/bytes.hpp"
#include "core/contract.hpp"

namespace disk {

/// A protocol of which nothing but the record is known. See typed.hpp for the way to a core's own.
struct Raw {
  using Record = core::Bytes;
};

using RawWrite = core::Write<Raw>;
using RawRecovered = core::Recovered<Raw>;

}  // namespace disk
