#include "disk/store.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "core/require.hpp"
#include "disk/identity.hpp"
#include "disk/log_recovery.hpp"
#include "disk/names.hpp"

namespace disk {
namespace {

using core::Lane;

constexpr std::uint64_t least_segment_bytes = 2048;
constexpr std::uint64_t most_segment_bytes = 1 << 30;

void check_options(const Options& options) {
  core::require(options.segment_bytes % sector_bytes == 0 &&
                    options.segment_bytes >= least_segment_bytes &&
                    options.segment_bytes <= most_segment_bytes,
                "Options::segment_bytes is out of range");
  core::require(options.reserve_bytes >= options.segment_bytes,
                "Options::reserve_bytes must hold a segment");
}

bool is_draft(std::string_view name) {
  return name == identity_draft_name || name == snapshot_draft_name || name == spare_draft_name;
}

/// What a folder holds before anything in it is believed.
struct Contents {
  std::vector<std::uint64_t> segments;  // ascending
  std::vector<std::string> drafts;
  std::string any;  // one of the files that only a store makes; empty when there is none
};

Result<Contents> look_around(FileSystem& files) {
  auto names = files.list();
  if (!names) return std::unexpected(to_error(names.error()));
  Contents contents;
  for (const std::string& name : *names) {
    const auto number = segment_number(name);
    if (number) contents.segments.push_back(*number);
    if (is_draft(name)) contents.drafts.push_back(name);
    if (number || name == snapshot_name) contents.any = name;
  }
  std::ranges::stable_sort(contents.segments);
  return contents;
}

Error other_system(const std::string& theirs, const std::string& ours) {
  return Error{.kind = ErrorKind::other_system,
               .what = "the data folder belongs to the system '" + theirs + "', and this is '" +
                       ours + "'. Choose another folder",
               .file = {},
               .offset = 0,
               .seq = {}};
}

/// The identity that this opening is to have.
Result<Identity> next_identity(FileSystem& files, const Options& options,
                               const Contents& contents) {
  const auto found = read_identity(files);
  if (!found) return std::unexpected(found.error());
  if (*found && (*found)->system != options.system) {
    return std::unexpected(other_system((*found)->system, options.system));
  }
  if (*found) return Identity{options.system, (*found)->folder_id, (*found)->incarnation + 1};
  if (!contents.any.empty()) {
    return std::unexpected(
        damage(identity_name, 0, {}, "the file is missing, though " + contents.any + " is there"));
  }
  return Identity{options.system, options.folder_id, 1};
}

/// Whether a whole reserve stands; one of another size is removed.
IoResult<bool> find_reserve(FileSystem& files, std::uint64_t bytes) {
  const auto size = files.size(reserve_name);
  if (!size && size.error().kind == IoErrorKind::not_found) return false;
  if (!size) return std::unexpected(size.error());
  if (*size == bytes) return true;
  const auto removed = files.remove(reserve_name);
  if (!removed) return std::unexpected(removed.error());
  return false;
}

IoResult<void> remove_all(FileSystem& files, std::span<const std::string> names) {
  for (const std::string& name : names) {
    const auto removed = files.remove(name);
    if (!removed) return removed;
  }
  return {};
}

}  // namespace

/// The steps of open(), in order. Nothing is changed before all has been read and found whole.
class Opening {
 public:
  Opening(FileSystem& files, const Options& options) : files_(files), options_(options) {}

  Result<Opened> run() {
    auto done = read();
    if (!done) return std::unexpected(std::move(done).error());
    auto written = write();
    if (!written) return std::unexpected(to_error(written.error()));
    Store store(files_, std::move(space_), make_log(), std::move(snapshots_));
    const auto prepared = store.prepare_all();
    if (!prepared) return std::unexpected(prepared.error());
    return Opened{std::move(store), std::move(recovered_), identity_.incarnation};
  }

 private:
  Result<void> read() {
    auto locked = files_.lock();
    if (!locked) return checked(std::move(locked));
    auto contents = look_around(files_);
    if (!contents) return std::unexpected(std::move(contents).error());
    contents_ = std::move(*contents);
    const auto identity = next_identity(files_, options_, contents_);
    if (!identity) return std::unexpected(identity.error());
    identity_ = *identity;
    auto snapshots = Snapshots::recover(files_, identity_.folder_id, recovered_.snapshot);
    if (!snapshots) return std::unexpected(std::move(snapshots).error());
    snapshots_ = std::move(*snapshots);
    auto log = recover_log(files_, contents_.segments, identity_.folder_id, snapshots_.covered());
    if (!log) return std::unexpected(std::move(log).error());
    log_ = std::move(*log);
    recovered_.covered = snapshots_.covered();
    recovered_.log = std::move(log_.writes);
    recovered_.last_control = log_.last;
    recovered_.last_bulk = snapshots_.appended();
    return {};
  }

  IoResult<void> write() {
    auto done = remove_all(files_, contents_.drafts);
    if (!done) return done;
    const auto reserve = find_reserve(files_, options_.reserve_bytes);
    if (!reserve) return std::unexpected(reserve.error());
    space_ = Space({.segment_bytes = options_.segment_bytes,
                    .reserve_bytes = options_.reserve_bytes,
                    .folder_id = identity_.folder_id},
                   *reserve);
    // This syncs the folder, too: a snapshot whose rename was not durable is from here on.
    done = space_.grow(files_, [this] { return write_identity(files_, identity_); });
    if (done) done = settle_log(files_, log_);
    if (!done || !log_.segments.empty()) return done;
    const auto made = space_.make_segment(files_, 1);
    if (!made) return std::unexpected(made.error());
    log_.segments.push_back(Segment{.number = made->number, .bytes = made->bytes, .extent = {}});
    return {};
  }

  Log make_log() {
    return Log(identity_.folder_id, std::move(log_.segments), log_.active, log_.last);
  }

  FileSystem& files_;
  Options options_;
  Contents contents_;
  Identity identity_;
  Space space_;
  Snapshots snapshots_;
  RecoveredLog log_;
  RawRecovered recovered_;
};

Store::Store(FileSystem& files, Space space, Log log, Snapshots snapshots)
    : files_(&files),
      space_(std::move(space)),
      log_(std::move(log)),
      snapshots_(std::move(snapshots)) {}

Result<Opened> Store::open(FileSystem& files, const Options& options) {
  check_options(options);
  return Opening(files, options).run();
}

/// Removes what a crash kept from being removed, then makes what is missing, as far as there is
/// space.
Result<void> Store::prepare_all() {
  auto done = checked(log_.remove_covered(*files_, snapshots_.covered()));
  if (!done) return done;
  Result<bool> more = true;
  while (more && *more) more = prepare();
  if (!more) return std::unexpected(std::move(more).error());
  return {};
}

/// Lets nothing follow a failure: what a failed write or sync has left behind is not known, and a
/// second sync may succeed though the first has dropped the data.
Result<void> Store::unless_failed(Result<void> result) {
  if (!result) stopped_ = true;
  return result;
}

Result<void> Store::check_running() const {
  if (!stopped_) return {};
  return std::unexpected(Error{.kind = ErrorKind::stopped,
                               .what = "the store has stopped after an earlier error",
                               .file = {},
                               .offset = 0,
                               .seq = {}});
}

Result<void> Store::append_run(std::span<const RawWrite> run) {
  if (run.front().lane == Lane::control) return log_.append(*files_, space_, run);
  for (const RawWrite& write : run) {
    core::require(write.kind != core::WriteKind::commit || write.covers <= log_.appended(),
                  "a commit covers no more than what was appended");
    // A new snapshot would overwrite the file of one whose commit still waits.
    Result<void> done;
    if (snapshots_.commit_waits()) done = sync_all();
    if (done) done = snapshots_.append(*files_, space_, write);
    if (!done) return done;
  }
  return {};
}

Result<void> Store::append(std::span<const RawWrite> writes) {
  auto done = check_running();
  while (done && !writes.empty()) {
    const auto other_lane = std::ranges::find_if(
        writes, [&](const RawWrite& write) { return write.lane != writes.front().lane; });
    const auto count = static_cast<std::size_t>(other_lane - writes.begin());
    done = unless_failed(append_run(writes.first(count)));
    writes = writes.subspan(count);
  }
  return done;
}

/// The log before the snapshot: a commit must not cover what a crash could still take away.
Result<void> Store::sync_all() {
  auto done = log_.sync(*files_);
  const bool commit = snapshots_.commit_waits();
  if (done) done = snapshots_.sync(*files_);
  if (done && commit) done = log_.remove_covered(*files_, snapshots_.covered());
  return checked(std::move(done));
}

Result<void> Store::sync() {
  auto done = check_running();
  if (done) done = unless_failed(sync_all());
  return done;
}

std::expected<std::vector<RawWrite>, core::LoadError> Store::read(core::Lane lane,
                                                                  core::WriteSeq first,
                                                                  core::WriteSeq last) {
  if (stopped_) return std::unexpected(core::LoadError::io);
  return lane == Lane::control ? log_.read(*files_, first, last)
                               : snapshots_.read(*files_, first, last);
}

bool Store::wants_prepare() const { return space_.wants_prepare(log_.has_spare()); }

Result<bool> Store::prepare() {
  const auto running = check_running();
  if (!running) return std::unexpected(running.error());
  const auto step = space_.prepare(*files_, log_.has_spare(), log_.next_number());
  if (!step) {
    stopped_ = true;
    return std::unexpected(to_error(step.error()));
  }
  if (step->made) log_.add_spare(*step->made);
  return step->more;
}

std::uint64_t Store::bytes_used() const {
  return log_.bytes_used() + snapshots_.bytes_used() + space_.bytes_used();
}

core::WriteSeq Store::appended(Lane lane) const {
  return lane == Lane::control ? log_.appended() : snapshots_.appended();
}

core::WriteSeq Store::durable(Lane lane) const {
  return lane == Lane::control ? log_.durable() : snapshots_.durable();
}

Store Store::copy_onto(FileSystem& files) const {
  Store copy(*this);
  copy.files_ = &files;
  return copy;
}

}  // namespace disk
