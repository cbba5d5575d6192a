#include "disk/identity.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>

#include "disk/names.hpp"
#include "wire/crc32c.hpp"

namespace disk {
namespace {

constexpr std::string_view title = "distributed systems course: data folder\n";
constexpr std::uint64_t max_file_bytes = 1024;

std::string to_text(const Identity& identity) {
  std::string text(title);
  text += "version " + std::to_string(format_version);
  text += "\nsystem " + identity.system;
  text += "\nfolder " + std::to_string(identity.folder_id);
  text += "\nincarnation " + std::to_string(identity.incarnation);
  text += "\nchecksum " + std::to_string(wire::crc32c(text)) + "\n";
  return text;
}

/// Takes "`key` NUMBER\n" off the front of `text`.
std::optional<std::uint64_t> take_number(std::string_view& text, std::string_view key) {
  if (!text.starts_with(key)) return std::nullopt;
  const char* begin = text.data() + key.size();
  const char* end = text.data() + text.size();
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(begin, end, number);
  if (error != std::errc() || stop == end || *stop != '\n') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop + 1 - text.data()));
  return number;
}

/// Takes "`key`TEXT\n" off the front of `text`.
std::optional<std::string> take_text(std::string_view& text, std::string_view key) {
  const std::size_t end = text.find('\n');
  if (!text.starts_with(key) || end == std::string_view::npos) return std::nullopt;
  std::string taken(text.substr(key.size(), end - key.size()));
  text.remove_prefix(end + 1);
  return taken;
}

Error other_version(std::uint64_t version) {
  return Error{.kind = ErrorKind::other_version,
               .what = "the data folder is of version " + std::to_string(version) +
                       ", and this program reads version " + std::to_string(format_version) +
                       ". Use the program that wrote it, or choose another folder",
               .file = {},
               .offset = 0,
               .seq = {}};
}

Result<Identity> parse(std::string_view content) {
  std::string_view rest = content;
  Identity identity;
  if (rest.starts_with(title)) {
    rest.remove_prefix(title.size());
    const auto version = take_number(rest, "version ");
    if (version && *version != format_version) return std::unexpected(other_version(*version));
    identity.system = take_text(rest, "system ").value_or("");
    identity.folder_id = take_number(rest, "folder ").value_or(0);
    identity.incarnation = take_number(rest, "incarnation ").value_or(0);
  }
  // There is one way only to write an identity: whatever differs from it is damage.
  const std::string expected = to_text(identity);
  if (content == expected) return identity;
  const auto differs = std::ranges::mismatch(content, expected);
  const auto offset = static_cast<std::uint64_t>(std::distance(content.begin(), differs.in1));
  return std::unexpected(damage(identity_name, offset, {}, "it is not what a store has written"));
}

}  // namespace

Result<std::optional<Identity>> read_identity(FileSystem& files) {
  const auto content = files.read(identity_name, 0, max_file_bytes);
  if (!content && content.error().kind == IoErrorKind::not_found) return std::nullopt;
  if (!content) return std::unexpected(to_error(content.error()));
  const auto identity = parse(*content);
  if (!identity) return std::unexpected(identity.error());
  return *identity;
}

IoResult<void> write_identity(FileSystem& files, const Identity& identity) {
  auto done = files.create(identity_draft_name);
  if (done) done = files.write(identity_draft_name, 0, to_text(identity));
  if (done) done = files.sync(identity_draft_name);
  if (done) done = files.rename(identity_draft_name, identity_name);
  if (done) done = files.sync_folder();
  return done;
}

}  // namespace disk
