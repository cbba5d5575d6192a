#include "kv.hpp"

#include <gtest/gtest.h>

namespace kv {

namespace {

core::Bytes bytes(const std::string& text) { return core::Bytes(text); }

}  // namespace

TEST(KeyValue, TellsWhatWasPutLast) {
  KeyValue store({});
  EXPECT_EQ(store.ask(Get{"a"}), Answer(Missing{}));
  EXPECT_EQ(store.apply(Put{"a", bytes("1"), {}}), Answer(Stored{1}));
  EXPECT_EQ(store.apply(Put{"a", bytes("2"), {}}), Answer(Stored{2}));
  EXPECT_EQ(store.ask(Get{"a"}), Answer(Found{bytes("2"), 2}));
}

TEST(KeyValue, ChangesOnlyTheVersionThatWasExpected) {
  KeyValue store({});
  EXPECT_EQ(store.apply(Put{"a", bytes("1"), 1}), Answer(Conflict{0}));
  EXPECT_EQ(store.apply(Put{"a", bytes("1"), 0}), Answer(Stored{1}));
  EXPECT_EQ(store.apply(Put{"a", bytes("2"), 0}), Answer(Conflict{1}));
  EXPECT_EQ(store.apply(Delete{"a", 2}), Answer(Conflict{1}));
  EXPECT_EQ(store.apply(Put{"a", bytes("2"), 1}), Answer(Stored{2}));
  EXPECT_EQ(store.apply(Delete{"a", 2}), Answer(Missing{}));
  EXPECT_EQ(store.ask(Get{"a"}), Answer(Missing{}));
}

TEST(KeyValue, AVersionIsNotGivenAgainAfterADelete) {
  KeyValue store({});
  store.apply(Put{"a", bytes("1"), {}});
  store.apply(Delete{"a", {}});
  EXPECT_EQ(store.apply(Put{"a", bytes("1"), {}}), Answer(Stored{3}));
}

TEST(KeyValue, AppendsAndBeginsWithNothing) {
  KeyValue store({});
  store.apply(Append{"a", bytes("x")});
  EXPECT_EQ(store.apply(Append{"a", bytes("y")}), Answer(Stored{2}));
  EXPECT_EQ(store.ask(Get{"a"}), Answer(Found{bytes("xy"), 2}));
}

TEST(KeyValue, RefusesWhatIsTooLargeAndChangesNothing) {
  Limits limits;
  limits.max_value_bytes = 4;
  limits.max_stored_bytes = 10;
  KeyValue store(limits);
  EXPECT_EQ(store.apply(Put{"a", bytes("12345"), {}}), Answer(TooLarge{}));
  store.apply(Put{"a", bytes("1234"), {}});
  EXPECT_EQ(store.apply(Append{"a", bytes("5")}), Answer(TooLarge{}));
  EXPECT_EQ(store.apply(Put{"b", bytes("1234"), {}}), Answer(Stored{2}));  // 10 bytes
  EXPECT_EQ(store.apply(Put{"c", bytes(""), {}}), Answer(TooLarge{}));
  store.apply(Delete{"b", {}});
  EXPECT_EQ(store.apply(Put{"c", bytes("1234"), {}}), Answer(Stored{4}));
  EXPECT_EQ(store.ask(Get{"a"}), Answer(Found{bytes("1234"), 1}));
}

TEST(KeyValue, ItsPiecesMakeAnotherThatIsEqual) {
  KeyValue store({});
  store.apply(Put{"a", bytes("1"), {}});
  store.apply(Put{"b", bytes("2"), {}});
  store.apply(Delete{"a", {}});
  KeyValue copy({});
  for (const Piece& piece : store.pieces()) copy.take(piece);
  core::Digest one;
  core::Digest other;
  store.add_to(one);
  copy.add_to(other);
  EXPECT_EQ(one.value(), other.value());
  EXPECT_EQ(copy.apply(Put{"a", bytes("1"), {}}), Answer(Stored{4}));
}

}  // namespace kv
