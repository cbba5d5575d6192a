// From a core's own records to bytes and back, by their wire descriptions.
#pragma once

#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "core/bytes.hpp"
#include "core/contract.hpp"
#include "disk/error.hpp"
#include "disk/raw.hpp"
#include "disk/store.hpp"
#include "wire/wire.hpp"

namespace disk {

/// The same write with each record in its binary form.
template <class P>
RawWrite to_raw(const core::Write<P>& write) {
  RawWrite raw{write.lane, write.seq, write.kind, write.covers, {}};
  raw.records.reserve(write.records.size());
  for (const auto& record : write.records) raw.records.emplace_back(wire::encode(record));
  return raw;
}

/// `damaged`: bytes that passed their checksum and are no record, so another program wrote them.
inline Error undecodable(core::Lane lane, core::WriteSeq seq, const wire::Error& error) {
  const bool log = lane == core::Lane::control;
  std::string what = log ? "write " + std::to_string(seq.value) + " of the log" : "the snapshot";
  what += " holds a record that this program does not know (" + error.what +
          "). Use the program that wrote it";
  return Error{
      .kind = ErrorKind::damaged, .what = std::move(what), .file = {}, .offset = 0, .seq = seq};
}

/// The reverse of to_raw for the records of write `seq`. What is core::Bytes in a record shares the
/// storage of that record's binary form.
template <class P>
Result<std::vector<typename P::Record>> decode_records(core::Lane lane, core::WriteSeq seq,
                                                       const std::vector<core::Bytes>& raw) {
  std::vector<typename P::Record> records;
  records.reserve(raw.size());
  for (const core::Bytes& bytes : raw) {
    auto record = wire::decode<typename P::Record>(bytes);
    if (!record) return std::unexpected(undecodable(lane, seq, record.error()));
    records.push_back(std::move(*record));
  }
  return records;
}

template <class P>
Result<core::Write<P>> from_raw(const RawWrite& raw) {
  auto records = decode_records<P>(raw.lane, raw.seq, raw.records);
  if (!records) return std::unexpected(std::move(records).error());
  return core::Write<P>{raw.lane, raw.seq, raw.kind, raw.covers, std::move(*records)};
}

template <class P>
Result<std::vector<core::Write<P>>> from_raw(const std::vector<RawWrite>& raw) {
  std::vector<core::Write<P>> writes;
  writes.reserve(raw.size());
  for (const RawWrite& one : raw) {
    auto write = from_raw<P>(one);
    if (!write) return std::unexpected(std::move(write).error());
    writes.push_back(std::move(*write));
  }
  return writes;
}

template <class P>
Result<core::Recovered<P>> from_raw(const RawRecovered& raw) {
  auto snapshot = decode_records<P>(core::Lane::bulk, {}, raw.snapshot);
  if (!snapshot) return std::unexpected(std::move(snapshot).error());
  auto log = from_raw<P>(raw.log);
  if (!log) return std::unexpected(std::move(log).error());
  return core::Recovered<P>{std::move(*snapshot), raw.covered, std::move(*log), raw.last_control,
                            raw.last_bulk};
}

/// Answers a Load. A record that cannot be decoded is `damaged`.
template <class P>
core::Loaded<P> load(Store& store, const core::Load& request) {
  const auto raw = store.read(request.lane, request.first, request.last);
  if (!raw) return {request.load, std::unexpected(raw.error())};
  auto writes = from_raw<P>(*raw);
  if (!writes) return {request.load, std::unexpected(core::LoadError::damaged)};
  return {request.load, std::move(*writes)};
}

}  // namespace disk
