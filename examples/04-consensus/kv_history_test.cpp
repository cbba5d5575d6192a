#include "kv_history.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace kv {

namespace {

core::Instant at(int seconds) { return core::Instant(std::chrono::seconds(seconds)); }

core::Bytes bytes(const std::string& text) { return core::Bytes(text); }

/// A call with its answer.
void put(History& history, int called, int returned, const std::string& value, Version version) {
  const std::size_t call = history.ask(at(called), Operation(Put{"a", bytes(value), {}}));
  history.answer(call, at(returned), Stored{version});
}

void get(History& history, int called, int returned, const std::string& value, Version version) {
  const std::size_t call = history.ask(at(called), Query{"a"});
  history.answer(call, at(returned), Found{bytes(value), version});
}

}  // namespace

TEST(KvHistory, CallsInTheOrderOfTheirVersionsCanBe) {
  History history;
  put(history, 0, 9, "2", 2);
  put(history, 1, 5, "1", 1);
  get(history, 2, 6, "1", 1);
  get(history, 7, 8, "2", 2);
  EXPECT_EQ(history.what_is_wrong(), std::nullopt);
}

TEST(KvHistory, AnOldVersionIsSeenToBeOldThoughItsValueIsTheSame) {
  History history;
  put(history, 0, 1, "1", 1);
  put(history, 2, 3, "1", 2);
  get(history, 4, 5, "1", 1);
  EXPECT_NE(history.what_is_wrong(), std::nullopt);
}

TEST(KvHistory, WhatSawAVersionDidNotReturnBeforeItWasMade) {
  History history;
  get(history, 0, 1, "1", 1);
  put(history, 2, 3, "1", 1);
  EXPECT_NE(history.what_is_wrong(), std::nullopt);
}

TEST(KvHistory, ReadsOfOneVersionMayComeInAnyOrder) {
  History history;
  put(history, 0, 1, "1", 1);
  get(history, 6, 7, "1", 1);
  get(history, 2, 3, "1", 1);
  put(history, 4, 9, "2", 2);
  EXPECT_EQ(history.what_is_wrong(), std::nullopt);
}

}  // namespace kv
