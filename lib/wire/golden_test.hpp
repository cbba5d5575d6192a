// Golden files: how sample values look in binary and in JSON, kept beside the tests, so that no
// change of a format goes unnoticed. With LAB_REWRITE=1 in the environment the test writes the file
// anew: look at the difference, it is what an older program or an older disk will not understand.
//
//   wire::Golden golden("messages");           // golden/messages.txt beside the test's source
//   golden.add("an enqueue", Enqueue{"mail", core::Bytes("hello")});
//   golden.expect_every_alternative<Command>();
//   golden.check();
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <source_location>
#include <string>
#include <string_view>
#include <variant>

#include "wire/json.hpp"
#include "wire/wire.hpp"

namespace wire {

inline std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    (hex += digits[byte >> 4]) += digits[byte & 0xf];
  }
  return hex;
}

class Golden {
 public:
  /// The file golden/`name`.txt in the folder of the source file that calls this.
  explicit Golden(const std::string& name,
                  std::source_location place = std::source_location::current())
      : path_(std::filesystem::path(place.file_name()).parent_path() / "golden" / (name + ".txt")) {
  }

  /// Adds a value, and expects that both of its forms can be read back.
  template <class T>
  void add(const std::string& name, const T& value) {
    const std::string binary = encode(value);
    const std::string json = to_json(value);
    expect_same(name, binary, decode<T>(binary));
    expect_same(name, binary, from_json<T>(json));
    note(value);
    text_ += name + "\n  binary " + to_hex(binary) + "\n  json   " + json + "\n";
  }

  /// Adds bytes as they are, such as a frame.
  void add_bytes(const std::string& name, std::string_view bytes) {
    text_ += name + "\n  bytes  " + to_hex(bytes) + "\n";
  }

  /// Expects that each alternative of the variant was added, by itself or held by one.
  template <class Variant>
  void expect_every_alternative() const {
    expect_all(static_cast<Variant*>(nullptr));
  }

  /// Compares with the file, or rewrites it.
  void check() const {
    const std::string wanted = std::string(head) + text_;
    if (std::getenv("LAB_REWRITE") != nullptr) {
      std::filesystem::create_directories(path_.parent_path());
      std::ofstream(path_, std::ios::binary) << wanted;
    }
    std::ifstream file(path_, std::ios::binary);
    ASSERT_TRUE(file) << path_ << " is missing; LAB_REWRITE=1 writes it";
    const std::string found(std::istreambuf_iterator<char>(file), {});
    EXPECT_EQ(found, wanted)
        << path_ << " differs. If the format is meant to change, run with LAB_REWRITE=1";
  }

 private:
  static constexpr std::string_view head =
      "# Written by a test when LAB_REWRITE=1. A change here is a change of format.\n";

  template <class T>
  static void expect_same(const std::string& name, const std::string& binary,
                          const std::expected<T, Error>& read) {
    ASSERT_TRUE(read) << name << ": " << read.error().what;
    EXPECT_EQ(to_hex(encode(*read)), to_hex(binary)) << name;
  }

  template <class T>
  void note(const T& value) {
    if constexpr (requires { name_of(value); }) seen_.insert(std::string(name_of(value)));
  }

  template <class... Alternatives>
  void expect_all(std::variant<Alternatives...>*) const {
    for (const std::string_view name : {description<Alternatives>.name...}) {
      EXPECT_TRUE(seen_.contains(std::string(name))) << "no sample of " << name;
    }
  }

  std::filesystem::path path_;
  std::string text_;
  std::set<std::string> seen_;  // names of the types added
};

}  // namespace wire
