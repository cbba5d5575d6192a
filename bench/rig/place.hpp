// Where the servers keep their data.
#pragma once

#include <string>

namespace bench {

struct Disk {
  std::string file_system;  // "ext4", "tmpfs", ...
  double sync_us = 0;       // of fdatasync after 4 KiB were written over old ones, median of many
};

/// A folder that is gone when the bench is, also when a signal ends it: then the servers are
/// stopped first. At most one at a time, made before there is a second thread.
class Place {
 public:
  /// In `parent`, called `name` and something more. Throws Wrong.
  Place(const std::string& parent, const std::string& name);
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place();

  const std::string& path() const { return path_; }

  /// Throws Wrong.
  Disk disk() const;

 private:
  std::string path_;
};

}  // namespace bench
