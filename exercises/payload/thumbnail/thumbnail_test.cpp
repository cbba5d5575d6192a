// What the exercise asks for, tried by hand.
#include "thumbnail.hpp"

#include <gtest/gtest.h>

#include <string>

#include "height.hpp"

namespace queue {

namespace {

using payload::Height;

Thumbnail wren(const Height& height) {
  Thumbnail thumbnail;
  thumbnail.photo = "wren.jpg";
  thumbnail.width = 320;
  payload::set_height(thumbnail, height);
  return thumbnail;
}

std::optional<Thumbnail> decode_text(const std::string& text) { return decode(core::Bytes(text)); }

}  // namespace

TEST(Thumbnail, AHeightTravels) {
  const auto read = decode(encode(wren(240)));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->photo, "wren.jpg");
  EXPECT_EQ(read->width, 320U);
  EXPECT_EQ(payload::height_of(*read), 240U);
}

TEST(Thumbnail, ThereNeedBeNoHeight) {
  const auto read = decode(encode(wren({})));
  ASSERT_TRUE(read);
  EXPECT_EQ(payload::height_of(*read), Height());
}

TEST(Thumbnail, AProgramInAnyLanguageCanNameAHeight) {
  const auto read = decode_text(R"({"height": 240, "photo": "wren.jpg", "width": 320})");
  ASSERT_TRUE(read);
  EXPECT_EQ(payload::height_of(*read), 240U);
}

TEST(Thumbnail, WhatWasWrittenBeforeThereWereHeightsIsRead) {
  const auto read = decode_text(R"({"photo":"wren.jpg","width":320})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->photo, "wren.jpg");
  EXPECT_EQ(read->width, 320U);
  EXPECT_EQ(payload::height_of(*read), Height());
}

TEST(Thumbnail, WhatIsNoThumbnailIsRefused) {
  for (const char* text :
       {"", "{", "17", R"({"photo":"wren.jpg"})", R"({"width":320})",
        R"({"photo":"../wren.jpg","width":320})", R"({"photo":"wren.jpg","width":"wide"})",
        R"({"photo":"wren.jpg","width":1000000})"}) {
    EXPECT_FALSE(decode_text(text)) << text;
  }
}

}  // namespace queue
