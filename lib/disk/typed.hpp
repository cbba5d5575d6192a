// From a core's own records to bytes and back, by their wire descriptions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/bytes.hpp"
#include "core/contract.hpp"
#include "disk/error.hpp"
#include "disk/raw.hpp"
#include "wire/wire.hpp"

namespace disk {

/// The same write with each record in its binary form.
template <class P>
RawWrite to_raw(const core::Write<P>& write) {
  RawWrite raw{write.lane, write.seq, write.kind, write.covers, {}};
  raw.records.reserve(write.records.size());
  for (const auto& record : write.records) raw.records.push_back(wire::encode(record));
  return raw;
}

/// The reverse. What cannot be decoded passed its checksum, so it was written by another program:
/// `damaged`, with the write named.
template <class P>
Result<core::Write<P>> from_raw(RawWrite raw);

template <class P>
Result<core::Recovered<P>> from_raw(RawRecovered raw);

}  // namespace disk
