// Where the servers keep their data.
#pragma once

#include <string>

namespace bench {

/// A folder that is gone when the bench is, also when a signal ends it: then the servers are
/// stopped first. At most one at a time, made before there is a second thread.
class Place {
 public:
  /// Throws Wrong.
  explicit Place(const std::string& parent);
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place();

  const std::string& path() const { return path_; }

  /// "ext4", "tmpfs", ...
  std::string file_system() const;

  /// How long fdatasync takes after 4 KiB were written over old ones, in microseconds, median of
  /// many. Throws Wrong.
  double sync_us() const;

 private:
  std::string path_;
};

}  // namespace bench
